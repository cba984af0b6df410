<?php
// Serves one PHP function over the socket at descriptor 3. Frames are four bytes of length, most
// significant first, and JSON; a message with "body" is followed by a frame that holds a value of
// the user's. Standard output belongs to the function.

namespace Edgewright;

final class Channel
{
    private $stream;

    public function __construct()
    {
        $this->stream = fopen('php://fd/3', 'r+b');
        stream_set_read_buffer($this->stream, 0);
        stream_set_write_buffer($this->stream, 0);
    }

    private function bytes(int $size): ?string
    {
        $bytes = '';
        while (strlen($bytes) < $size) {
            $more = fread($this->stream, $size - strlen($bytes));
            if ($more === false || $more === '')
                return null;
            $bytes .= $more;
        }
        return $bytes;
    }

    /** The next frame; null when the runtime closed the channel. */
    public function read(): ?string
    {
        $head = $this->bytes(4);
        return $head === null ? null : $this->bytes(unpack('N', $head)[1]);
    }

    public function write(array $message, ?string $body = null): void
    {
        if ($body !== null)
            $message['body'] = true;
        $head = json_encode($message, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
        $frames = pack('N', strlen($head)) . $head;
        if ($body !== null)
            $frames .= pack('N', strlen($body)) . $body;
        while ($frames !== '') {
            $sent = fwrite($this->stream, $frames);
            if ($sent === false || $sent === 0)
                exit(0);
            $frames = substr($frames, $sent);
        }
    }
}

/** What AWS Lambda tells of an invocation, by the names that PHP's runtimes use. */
final class Context
{
    public string $functionName;
    public string $functionVersion;
    public string $invokedFunctionArn;
    public string $memoryLimitInMB;
    public string $awsRequestId;
    public string $logGroupName;
    public string $logStreamName;
    private float $deadline;

    public function __construct(array $load, array $message)
    {
        $this->functionName = $load['name'];
        $this->functionVersion = (string) $load['version'];
        $this->invokedFunctionArn = 'arn:aws:lambda:local:000000000000:function:' . $load['name'];
        $this->memoryLimitInMB = (string) $load['memory_mb'];
        $this->awsRequestId = $message['id'];
        $this->logGroupName = '/edgewright/' . $load['name'];
        $this->logStreamName = $load['bundle'];
        $this->deadline = microtime(true) + $message['timeout_ms'] / 1000;
    }

    public function getAwsRequestId(): string { return $this->awsRequestId; }
    public function getInvokedFunctionArn(): string { return $this->invokedFunctionArn; }
    public function getTraceId(): string { return ''; }

    public function getRemainingTimeInMillis(): int
    {
        return max(0, (int) (($this->deadline - microtime(true)) * 1000));
    }
}

final class Worker
{
    private Channel $channel;
    private array $load = [];
    private $handler = null;
    private ?array $current = null; // the message of the invocation that runs
    private float $began = 0;
    private float $cpu = 0;
    private bool $ready = false;

    public function __construct()
    {
        $this->channel = new Channel();
    }

    private static function cpuMs(): float
    {
        $u = getrusage();
        return ($u['ru_utime.tv_sec'] + $u['ru_stime.tv_sec']) * 1e3 +
            ($u['ru_utime.tv_usec'] + $u['ru_stime.tv_usec']) / 1e3;
    }

    private function place(string $file, int $line, string $function): string
    {
        $root = rtrim($this->load['root'], '/') . '/';
        if (str_starts_with($file, $root))
            $file = substr($file, strlen($root));
        return "$file:$line in $function";
    }

    /** Type, message and stack, the innermost frame last. */
    private function faultOf(\Throwable $error): array
    {
        $stack = [];
        $file = $error->getFile();
        $line = $error->getLine();
        foreach ($error->getTrace() as $frame) {
            $name = $frame['function'];
            $ours = str_starts_with($frame['class'] ?? '', __NAMESPACE__ . '\\');
            $stack[] = [$file, $line, $ours ? '<main>' : $name];
            $file = $frame['file'] ?? '';
            $line = $frame['line'] ?? 0;
            if ($ours)
                break;
        }
        $stack = array_filter($stack, fn ($frame) => $frame[0] !== '' && $frame[0] !== __FILE__);
        if (!$stack && $error->getFile() !== __FILE__)
            $stack = [[$error->getFile(), $error->getLine(), '<main>']];
        return ['type' => get_class($error), 'message' => $error->getMessage(),
                'stack' => array_map(fn ($frame) => $this->place(...$frame), array_reverse($stack))];
    }

    private function findHandler(): callable
    {
        $dot = strrpos($this->load['handler'], '.');
        $file = substr($this->load['handler'], 0, $dot) . '.php';
        $name = substr($this->load['handler'], $dot + 1);
        if (!is_file($file))
            throw new \RuntimeException("there is no file $file");
        if (is_file('vendor/autoload.php'))
            require_once 'vendor/autoload.php';
        $returned = require $this->load['root'] . '/' . $file;
        if ($name === 'default') {
            if (is_callable($returned))
                return $returned;
            if (is_object($returned) && method_exists($returned, 'handle')) // Bref's handlers
                return [$returned, 'handle'];
        }
        if (is_callable($name))
            return $name;
        throw new \RuntimeException("no function $name in $file");
    }

    private function call(string $event): mixed
    {
        $dialect = $this->load['dialect'];
        if ($dialect === 'openwhisk')
            return ($this->handler)(json_decode($event, true, 512, JSON_THROW_ON_ERROR));
        $value = $dialect === 'alibaba' ? $event
            : json_decode($event, true, 512, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
        return ($this->handler)($value, new Context($this->load, $this->current));
    }

    private function flush(): void
    {
        while (ob_get_level() > 0)
            ob_end_flush();
        flush();
    }

    private function finish(array $answer, ?string $body = null): void
    {
        $message = $this->current;
        $this->current = null;
        $this->flush();
        $this->channel->write($answer + ['id' => $message['id'],
            'ms' => (microtime(true) - $this->began) * 1000,
            'cpu_ms' => self::cpuMs() - $this->cpu, 'memory_kb' => getrusage()['ru_maxrss']], $body);
    }

    private function invoke(array $message, string $event): void
    {
        $this->current = $message;
        $this->began = microtime(true);
        $this->cpu = self::cpuMs();
        foreach (['TRACEPARENT', 'TRACESTATE'] as $name) {
            $value = $message[strtolower($name)] ?? null;
            putenv($value === null ? $name : "$name=$value");
            $_ENV[$name] = $value;
        }
        try {
            $body = json_encode($this->call($event), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE |
                JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR);
            $this->finish(['t' => 'result'], $body);
        } catch (\Throwable $error) {
            $this->finish(['t' => 'error', 'fault' => $this->faultOf($error)]);
        }
    }

    private function start(): bool
    {
        $began = microtime(true);
        $load = $this->load;
        if (isset($load['debug'])) {
            $this->channel->write(['t' => 'no_debugger', 'message' => 'PHP functions cannot be debugged yet']);
            return false;
        }
        foreach ($load['environment'] as $name => $value) {
            putenv("$name=$value");
            $_ENV[$name] = $_SERVER[$name] = $value;
        }
        ini_set('memory_limit', $load['memory_mb'] . 'M');
        chdir($load['root']);
        try {
            $this->handler = $this->findHandler();
        } catch (\Throwable $error) {
            $this->flush();
            $this->channel->write(['t' => 'init_failed', 'fault' => $this->faultOf($error)]);
            return false;
        }
        $this->flush();
        $this->ready = true;
        $this->channel->write(['t' => 'loaded', 'ms' => (microtime(true) - $began) * 1000,
            'memory_kb' => getrusage()['ru_maxrss']]);
        return true;
    }

    /** What ends a script without an exception: exhausted memory, exit in the function. */
    private function onShutdown(): void
    {
        $last = error_get_last();
        $fatal = $last !== null && ($last['type'] & (E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR));
        if (!$fatal)
            return;
        ini_set('memory_limit', '-1');
        $memory = str_contains($last['message'], 'Allowed memory size');
        $fault = ['type' => $memory ? 'MemoryError' : 'Error', 'message' => $last['message'],
                  'stack' => [$this->place($last['file'], $last['line'], '<main>')]];
        if ($this->current !== null)
            $this->finish(['t' => 'error', 'fault' => $fault]);
        elseif (!$this->ready)
            $this->channel->write(['t' => 'init_failed', 'fault' => $fault]);
    }

    public function serve(): void
    {
        $first = $this->channel->read();
        if ($first === null)
            return;
        $this->load = json_decode($first, true);
        register_shutdown_function(fn () => $this->onShutdown());
        if (!$this->start())
            return;
        while (($frame = $this->channel->read()) !== null) {
            $event = $this->channel->read();
            if ($event === null)
                return;
            $this->invoke(json_decode($frame, true), $event);
        }
    }
}

ini_set('display_errors', 'stderr');
ini_set('log_errors', '0');
(new Worker())->serve();
