#include "runtime-bridge/daemon/worker.h"

#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/process.h"
#include "runtime-bridge/daemon/workerlimits.h"

#include <nlohmann/json.hpp>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <sys/wait.h>

#include <array>
#include <cstring>

namespace runtime {

using nlohmann::json;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto loadLimit = 30s;
constexpr auto leaveTime = 200ms;
constexpr auto endLimit = 2s; ///< From a worker's last sign to the news of its end.
constexpr auto memoryInterval = 20ms;
constexpr std::size_t maxAnswer = 64u << 20;
constexpr std::size_t maxLogLines = 10'000; ///< Of one invocation; more are counted.
constexpr std::size_t maxLogBytes = 1u << 20;
constexpr std::size_t drainLimit = 4u << 20;

std::string frame(std::string_view bytes)
{
    std::string text(4, '\0');
    for (int i = 0; i < 4; ++i)
        text[std::size_t(i)] = char((bytes.size() >> (24 - 8 * i)) & 0xff);
    return text.append(bytes);
}

} // namespace

/// A message from the shim, and the value that followed it.
struct Worker::Answer {
    json message;
    std::string body;
    bool complete = false;
};

struct Worker::Pipe {
    asio::posix::stream_descriptor descriptor;
    LineSplitter lines;

    /// Passes on what is there now, one buffer at most: how much that was, 0 at the end, -1 for
    /// nothing yet.
    ssize_t takeSome()
    {
        std::array<char, 16 << 10> buffer;
        const ssize_t got = ::read(descriptor.native_handle(), buffer.data(), buffer.size());
        if (got > 0)
            lines.feed({buffer.data(), std::size_t(got)});
        return got < 0 && errno != EAGAIN && errno != EINTR ? 0 : got;
    }
};

Worker::Worker(asio::io_context &io, Children &children, EmptyWorker process, WorkerTask task,
               std::filesystem::path temporaryFolder, Logged logged)
    : m_io(io)
    , m_children(children)
    , m_pid(process.pid)
    , m_task(std::move(task))
    , m_temporaryFolder(std::move(temporaryFolder))
    , m_logged(std::move(logged))
    , m_channel(io, asio::local::stream_protocol(), process.channel.release())
    , m_changed(io)
    , m_deadlineTimer(io)
    , m_memoryTimer(io)
    , m_leaveTimer(io)
{
    const auto pipe = [&](Descriptor &descriptor, bool isError) {
        return std::unique_ptr<Pipe>(new Pipe{
            asio::posix::stream_descriptor(io, descriptor.release()),
            LineSplitter([this, isError](std::string text) { onLine(std::move(text), isError); })});
    };
    m_output = pipe(process.output, false);
    m_error = pipe(process.error, true);
    for (Pipe *each : {m_output.get(), m_error.get()})
        each->descriptor.native_non_blocking(true);
}

Worker::~Worker() = default;

void Worker::begin()
{
    std::error_code error;
    std::filesystem::create_directories(m_temporaryFolder, error);
    m_children.watch(m_pid, [self = shared_from_this()](int status) { self->onEnded(status); });
    limitMemory();
    readChannel();
    readPipe(*m_output);
    readPipe(*m_error);
}

Result<double> Worker::load(asio::yield_context yield)
{
    const auto self = shared_from_this();
    begin();
    const FunctionSpec &spec = m_task.spec;
    json environment = spec.environment;
    for (const auto &[name, value] : workerEnvironment(m_task, m_temporaryFolder))
        environment[name] = value;
    json message{{"t", "load"},
                 {"name", spec.name},
                 {"handler", spec.handler},
                 {"dialect", spec.dialect},
                 {"root", m_task.root.string()},
                 {"linked", m_task.linked},
                 {"bundle", m_task.bundle},
                 {"version", m_task.version},
                 {"memory_mb", spec.memoryBytes >> 20},
                 {"environment", std::move(environment)}};
    if (m_task.debug)
        message["debug"] = toJson(*m_task.debug);
    const auto began = Clock::now();
    m_loading = true;
    send(frame(message.dump()), yield);
    if (!m_task.debug) // a person may take his time to attach
        setDeadline(std::chrono::duration_cast<std::chrono::milliseconds>(loadLimit));
    waitForAnswer(yield);
    m_loading = false;
    loadMs = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
    const std::unique_ptr<Answer> answer = std::move(m_answer);
    const std::string kind = answer ? answer->message.value("t", "") : "";
    if (kind == "loaded") {
        idleSince = Clock::now();
        return loadMs;
    }
    Fault fault{"WorkerDied",
                "the worker " + endedHow() + " while it loaded the function" +
                    (m_lastError.empty() ? "" : ":" + m_lastError),
                {}};
    if (kind == "init_failed") {
        if (const Result<Fault> read = fromJson<Fault>(answer->message["fault"]))
            fault = *read;
    } else if (m_verdict == Outcome::Timeout) {
        fault = {"Timeout", "the function did not load within 30 s", {}};
    } else if (m_verdict == Outcome::OutOfMemory) {
        fault = {"OutOfMemory", "loading the function took more memory than it may have", {}};
    }
    kill();
    if (kind == "no_debugger")
        return failure(ErrorCode::DebuggerMissing, spec.name, answer->message.value("message", ""));
    return failure(ErrorCode::FunctionInitFailed, spec.name, toJson(fault).dump());
}

void Worker::run(Invocation &invocation, asio::yield_context yield)
{
    const auto self = shared_from_this();
    m_current = &invocation;
    m_logBytes = 0;
    m_answer.reset();
    m_verdict.reset();
    printedSeries.clear();
    const json message{{"t", "invoke"},
                       {"id", invocation.id},
                       {"trigger", invocation.trigger},
                       {"timeout_ms", m_task.spec.timeout.count()}};
    if (!m_task.debug)
        setDeadline(m_task.spec.timeout);
    watchMemory();
    const auto began = Clock::now();
    send(frame(message.dump()) + frame(invocation.event), yield);
    waitForAnswer(yield);
    invocation.durationMs = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
    conclude(invocation);
    m_current = nullptr;
    m_memoryTimer.cancel();
    idleSince = Clock::now();
    ++served;
}

void Worker::conclude(Invocation &invocation)
{
    invocation.memoryKb = m_peakKb;
    const std::unique_ptr<Answer> answer = std::move(m_answer);
    if (!answer || m_verdict) {
        concludeDeath(invocation);
        return;
    }
    const json &message = answer->message;
    invocation.durationMs = message.value("ms", invocation.durationMs);
    invocation.memoryKb = message.value("memory_kb", invocation.memoryKb);
    if (message.value("t", "") == "result") {
        invocation.outcome = Outcome::Result;
        invocation.result = std::move(answer->body);
        return;
    }
    invocation.outcome = Outcome::FunctionError;
    if (const Result<Fault> fault = fromJson<Fault>(message.value("fault", json::object())))
        invocation.fault = *fault;
    if (invocation.fault.type == "MemoryError") {
        invocation.outcome = Outcome::OutOfMemory;
        kill(); // what it still holds would fail the next one
    }
}

void Worker::concludeDeath(Invocation &invocation)
{
    const std::string limit = std::to_string(m_task.spec.memoryBytes >> 20) + " MB";
    invocation.outcome =
        m_verdict.value_or(ranOutOfMemory(m_status.value_or(0), m_lastError) ? Outcome::OutOfMemory
                                                                             : Outcome::WorkerDied);
    switch (invocation.outcome) {
    case Outcome::Timeout:
        invocation.fault = {"Timeout",
                            "the function did not finish within " +
                                std::to_string(m_task.spec.timeout.count()) + " ms",
                            {}};
        break;
    case Outcome::OutOfMemory:
        invocation.fault = {"OutOfMemory", "the function took more than " + limit, {}};
        break;
    case Outcome::Cancelled: invocation.fault = {"Cancelled", "cancelled", {}}; break;
    default: invocation.fault = {"WorkerDied", "the worker " + endedHow(), {}}; break;
    }
}

std::string Worker::endedHow() const
{
    if (!m_status)
        return "ended";
    if (WIFSIGNALED(*m_status))
        return std::string("was ended by signal ") + ::strsignal(WTERMSIG(*m_status));
    return "ended with status " + std::to_string(WEXITSTATUS(*m_status));
}

bool Worker::send(const std::string &frames, const asio::yield_context &yield)
{
    boost::system::error_code error;
    asio::async_write(m_channel, asio::buffer(frames), yield[error]);
    return !error;
}

void Worker::waitForAnswer(const asio::yield_context &yield)
{
    while (!(m_answer && m_answer->complete) && !m_gone)
        m_changed.wait(yield);
    m_deadlineTimer.cancel();
    if (!(m_answer && m_answer->complete))
        m_answer.reset();
}

void Worker::readChannel()
{
    m_channel.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](
                                                           const boost::system::error_code &error) {
        if (error || self->m_channelClosed)
            return;
        std::array<char, 64 << 10> buffer;
        for (;;) {
            const ssize_t got =
                ::recv(self->m_channel.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0 && errno == EAGAIN)
                break;
            if (got <= 0)
                return self->onChannelClosed();
            self->m_received.append(buffer.data(), std::size_t(got));
            if (std::size_t(got) < buffer.size())
                break;
        }
        if (self->takeFrames())
            self->readChannel();
        else
            self->kill(); // not our shim's language: the function wrote into its channel
    });
}

bool Worker::takeFrames()
{
    while (m_received.size() >= 4) {
        std::size_t size = 0;
        for (int i = 0; i < 4; ++i)
            size = size << 8 | static_cast<unsigned char>(m_received[std::size_t(i)]);
        if (size > maxAnswer)
            return false;
        if (m_received.size() < 4 + size)
            return true;
        const std::string_view bytes = std::string_view(m_received).substr(4, size);
        if (m_answer && !m_answer->complete) {
            m_answer->body = bytes;
            onAnswer();
        } else {
            auto answer = std::make_unique<Answer>();
            answer->message = json::parse(bytes, nullptr, false);
            if (!answer->message.is_object())
                return false;
            m_answer = std::move(answer);
            if (!m_answer->message.value("body", false))
                onAnswer();
        }
        m_received.erase(0, 4 + size);
    }
    return true;
}

void Worker::onAnswer()
{
    if (m_answer->message.value("t", "") == "connecting") {
        m_answer.reset();
        if (onConnecting)
            onConnecting();
        return;
    }
    drainPipes(); // what it printed before it answered belongs to this invocation
    m_answer->complete = true;
    m_changed.notify();
}

void Worker::readPipe(Pipe &pipe)
{
    // What is printed stays in the pipe until its turn: bytes read ahead would come after those
    // that drainPipes takes meanwhile.
    pipe.descriptor.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [self = shared_from_this(), &pipe](const boost::system::error_code &error) {
            if (!error && pipe.takeSome() != 0)
                self->readPipe(pipe);
        });
}

void Worker::drainPipes()
{
    for (Pipe *pipe : {m_output.get(), m_error.get()}) {
        for (std::size_t total = 0; total < drainLimit;) {
            const ssize_t got = pipe->takeSome();
            if (got <= 0)
                break;
            total += std::size_t(got);
        }
        pipe->lines.flush();
    }
}

void Worker::onLine(std::string text, bool isError)
{
    LogLine line{nowUs(), m_task.spec.name, m_current ? m_current->id : std::string(), isError,
                 std::move(text)};
    if (isError)
        m_lastError = (m_lastError + '\n' + line.text)
                          .substr(m_lastError.size() > 4096 ? m_lastError.size() - 4096 : 0);
    if (m_current) {
        if (m_current->log.size() >= maxLogLines || m_logBytes + line.text.size() > maxLogBytes) {
            ++m_current->logDropped;
            m_logged(*this, line, false);
            return;
        }
        m_logBytes += line.text.size();
        m_current->log.push_back(line);
    }
    m_logged(*this, line, true);
}

void Worker::onChannelClosed()
{
    m_channelClosed = true;
    finishIfGone();
    if (m_gone)
        return;
    // A process that ends closes its channel a moment before its status can be had; one that has
    // closed it and stays has no more to say.
    m_leaveTimer.expires_after(leaveTime);
    m_leaveTimer.async_wait([self = shared_from_this()](const boost::system::error_code &error) {
        if (error || self->m_gone)
            return;
        self->kill();
        self->m_leaveTimer.expires_after(endLimit);
        self->m_leaveTimer.async_wait([self](const boost::system::error_code &stopped) {
            if (!stopped && !self->m_gone)
                self->onEnded(0); // its parent did not tell
        });
    });
}

void Worker::onEnded(int status)
{
    if (m_gone)
        return;
    m_status = status;
    m_channelClosed = true;
    finishIfGone();
}

void Worker::finishIfGone()
{
    if (m_gone || !m_status)
        return;
    m_gone = true;
    ::kill(-m_pid, SIGKILL);
    m_children.killOrphans();
    drainPipes();
    boost::system::error_code ignored;
    m_channel.close(ignored);
    m_output->descriptor.close(ignored);
    m_error->descriptor.close(ignored);
    m_deadlineTimer.cancel();
    m_memoryTimer.cancel();
    m_leaveTimer.cancel();
    std::error_code error;
    std::filesystem::remove_all(m_temporaryFolder, error);
    m_changed.notify();
    if (onGone)
        asio::post(m_io, std::exchange(onGone, {}));
}

void Worker::kill()
{
    if (std::exchange(m_killed, true) || m_gone)
        return;
    killTree(m_pid);
}

void Worker::stopWith(Outcome verdict)
{
    if (m_verdict || (m_answer && m_answer->complete))
        return;
    m_verdict = verdict;
    kill();
}

void Worker::cancel()
{
    if (m_current)
        stopWith(Outcome::Cancelled);
}

void Worker::limitMemory()
{
    if (m_task.spec.runtime == "python3")
        limitData(m_pid, m_task.spec.memoryBytes);
}

void Worker::setDeadline(std::chrono::milliseconds time)
{
    m_left = time;
    m_deadline = Clock::now() + time;
    if (!m_frozen)
        armDeadline();
}

void Worker::armDeadline()
{
    m_deadlineTimer.expires_at(m_deadline);
    m_deadlineTimer.async_wait([self = shared_from_this()](const boost::system::error_code &error) {
        if (!error && !self->m_frozen && Clock::now() >= self->m_deadline)
            self->stopWith(Outcome::Timeout);
    });
}

void Worker::setFrozen(bool frozen)
{
    if (m_frozen == frozen)
        return;
    m_frozen = frozen;
    if (m_task.debug || m_gone || m_channelClosed)
        return;
    if (frozen) {
        m_left = m_deadline - Clock::now();
        m_deadlineTimer.cancel();
    } else if (m_current) {
        m_deadline = Clock::now() + m_left;
        armDeadline();
    }
}

void Worker::endDebugging()
{
    m_task.debug.reset();
    if (m_loading)
        kill();
    else if (m_current)
        setDeadline(m_task.spec.timeout);
}

void Worker::watchMemory()
{
    m_memoryTimer.expires_after(memoryInterval);
    m_memoryTimer.async_wait([self = shared_from_this()](const boost::system::error_code &error) {
        if (error || self->m_gone || !self->m_current)
            return;
        const std::uint64_t resident = residentKb(self->m_pid);
        self->m_peakKb = std::max(self->m_peakKb, resident);
        if (resident * 1024 > residentLimit(self->m_task.spec))
            self->stopWith(Outcome::OutOfMemory);
        else
            self->watchMemory();
    });
}

} // namespace runtime
