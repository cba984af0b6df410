# Serves one Ruby function over the socket at descriptor 3. Frames are four bytes of length, most
# significant first, and JSON; a message with "body" is followed by a frame that holds a value of the
# user's. Standard output belongs to the function.
require 'json'

module Edgewright
  class Channel
    def initialize
      @io = IO.for_fd(3, 'r+b')
      @io.sync = true
      @io.close_on_exec = true
    end

    # The next frame; nil when the runtime closed the channel.
    def read
      head = @io.read(4)
      return nil if head.nil? || head.bytesize < 4
      @io.read(head.unpack1('N'))
    end

    def write(message, body = nil)
      message[:body] = true if body
      head = JSON.generate(message)
      frames = [head.bytesize].pack('N') + head.b
      frames << [body.bytesize].pack('N') << body.b if body
      @io.write(frames)
    rescue Errno::EPIPE
      exit!(0)
    end
  end

  # What AWS Lambda's Ruby runtime passes as the context.
  class Context
    attr_reader :function_name, :function_version, :invoked_function_arn, :memory_limit_in_mb,
                :aws_request_id, :log_group_name, :log_stream_name, :deadline_ms

    def initialize(load, message)
      @function_name = load['name']
      @function_version = load['version'].to_s
      @invoked_function_arn = "arn:aws:lambda:local:000000000000:function:#{load['name']}"
      @memory_limit_in_mb = load['memory_mb'].to_s
      @aws_request_id = message['id']
      @log_group_name = "/edgewright/#{load['name']}"
      @log_stream_name = load['bundle']
      @deadline_ms = (Time.now.to_f * 1000).to_i + message['timeout_ms']
    end

    def get_remaining_time_in_millis
      [0, @deadline_ms - (Time.now.to_f * 1000).to_i].max
    end
  end

  class Worker
    def initialize
      @channel = Channel.new
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC) * 1000
    end

    def cpu
      Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) * 1000
    end

    def peak_kb
      File.foreach('/proc/self/status') { |line| return line[/\d+/].to_i if line.start_with?('VmHWM') }
      0
    end

    # Type, message and stack, the innermost frame last; it begins in the user's files.
    def fault_of(error)
      root = "#{@load['root'].chomp('/')}/"
      frames = (error.backtrace_locations || []).map do |frame|
        [frame.absolute_path || frame.path, frame.lineno, frame.label]
      end
      frames = frames.take_while { |file, _, _| file != File.expand_path(__FILE__) }
      frames.pop while frames.any? && !frames.last[0].start_with?(root)
      stack = frames.reverse.map { |file, line, label| "#{file.delete_prefix(root)}:#{line} in #{label}" }
      message = error.message.dup
      if error.is_a?(SyntaxError) && (match = /\A(.*?):(\d+): (.*)/m.match(message))
        stack = ["#{match[1].delete_prefix(root)}:#{match[2]} in <main>"]
        message = match[3]
      end
      { type: error.class.name, message: message.scrub, stack: stack }
    end

    # "file.method", or "file.Module::Class.method" as AWS takes it.
    def find_handler
      file, *names = @load['handler'].split('.')
      require File.join(@load['root'], "#{file}.rb")
      name = names.pop
      owner = names.empty? ? TOPLEVEL_BINDING.receiver : Object.const_get(names.join('.'))
      handler = owner.method(name)
      @keywords = handler.parameters.any? { |kind, _| %i[key keyreq keyrest].include?(kind) }
      @takes = handler.arity
      handler
    end

    def call(message, event)
      return @handler.call(event) if @load['dialect'] == 'openwhisk'
      context = Context.new(@load, message)
      return @handler.call(event: event, context: context) if @keywords
      @takes == 1 ? @handler.call(event) : @handler.call(event, context)
    end

    def start
      began = now
      if @load['debug']
        @channel.write({ t: 'no_debugger', message: 'Ruby functions cannot be debugged yet' })
        return false
      end
      ENV.update(@load['environment'])
      Dir.chdir(@load['root'])
      $LOAD_PATH.unshift(@load['root'])
      begin
        @handler = find_handler
      rescue SystemExit
        raise
      rescue Exception => error # whatever the file raises is the user's to see
        @channel.write({ t: 'init_failed', fault: fault_of(error) })
        return false
      end
      @channel.write({ t: 'loaded', ms: now - began, memory_kb: peak_kb })
      true
    end

    def invoke(message, event)
      began = now
      used = cpu
      ENV['TRACEPARENT'] = message['traceparent']
      ENV['TRACESTATE'] = message['tracestate']
      answer = { t: 'result', id: message['id'] }
      body = nil
      begin
        body = JSON.generate(call(message, JSON.parse(event, quirks_mode: true)))
      rescue SystemExit
        raise
      rescue Exception => error
        body = nil
        fault = fault_of(error)
        fault[:type] = 'MemoryError' if error.is_a?(NoMemoryError)
        answer.update(t: 'error', fault: fault)
      end
      answer[:ms] = now - began
      answer[:cpu_ms] = cpu - used
      answer[:memory_kb] = peak_kb
      @channel.write(answer, body)
    end

    def serve
      first = @channel.read or return
      @load = JSON.parse(first)
      return unless start
      while (frame = @channel.read)
        event = @channel.read or return
        invoke(JSON.parse(frame), event.force_encoding('UTF-8'))
      end
    end
  end
end

$stdout.sync = true
$stderr.sync = true
$PROGRAM_NAME = 'function'
Edgewright::Worker.new.serve
