#include "runtime-bridge/daemon/workeroutput.h"

#include "runtime-bridge/daemon/log.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace runtime {

namespace asio = boost::asio;

namespace {
constexpr std::size_t maxLogLines = 10'000; ///< Of one invocation; more are counted.
constexpr std::size_t maxLogBytes = 1u << 20;
constexpr std::size_t drainLimit = 4u << 20;
constexpr std::size_t lastErrorSize = 4096;
} // namespace

struct WorkerOutput::Pipe {
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

WorkerOutput::WorkerOutput(asio::io_context &io, Descriptor output, Descriptor error,
                           std::string function, Logged logged)
    : m_function(std::move(function)), m_logged(std::move(logged))
{
    const auto pipe = [&](Descriptor &descriptor, bool isError) {
        return std::unique_ptr<Pipe>(new Pipe{
            asio::posix::stream_descriptor(io, descriptor.release()),
            LineSplitter([this, isError](std::string text) { onLine(std::move(text), isError); })});
    };
    m_output = pipe(output, false);
    m_error = pipe(error, true);
    for (Pipe *each : {m_output.get(), m_error.get()})
        each->descriptor.native_non_blocking(true);
}

WorkerOutput::~WorkerOutput() = default;

void WorkerOutput::open()
{
    read(*m_output);
    read(*m_error);
}

void WorkerOutput::setInvocation(Invocation *invocation)
{
    m_invocation = invocation;
    m_bytes = 0;
}

void WorkerOutput::read(Pipe &pipe)
{
    // What is printed stays in the pipe until its turn: bytes read ahead would come after those
    // that drain() takes meanwhile.
    pipe.descriptor.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [self = shared_from_this(), &pipe](const boost::system::error_code &error) {
            if (!error && pipe.takeSome() != 0)
                self->read(pipe);
        });
}

void WorkerOutput::drain()
{
    std::array<pollfd, 2> ready{pollfd{m_output->descriptor.native_handle(), POLLIN, 0},
                                pollfd{m_error->descriptor.native_handle(), POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), 0) == 0 && m_output->lines.isEmpty() &&
        m_error->lines.isEmpty())
        return; // as mostly
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

void WorkerOutput::close()
{
    boost::system::error_code ignored;
    m_output->descriptor.close(ignored);
    m_error->descriptor.close(ignored);
    m_logged = [](const LogLine &, bool) {};
}

void WorkerOutput::onLine(std::string text, bool isError)
{
    LogLine line{nowUs(), m_function, m_invocation ? m_invocation->id : std::string(), isError,
                 std::move(text)};
    if (isError) {
        m_lastError += '\n' + line.text;
        if (m_lastError.size() > lastErrorSize)
            m_lastError.erase(0, m_lastError.size() - lastErrorSize);
    }
    if (m_invocation) {
        if (m_invocation->log.size() >= maxLogLines || m_bytes + line.text.size() > maxLogBytes) {
            ++m_invocation->logDropped;
            m_logged(line, false);
            return;
        }
        m_bytes += line.text.size();
        m_invocation->log.push_back(line);
    }
    m_logged(line, true);
}

} // namespace runtime
