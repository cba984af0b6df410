#include "runtime-bridge/daemon/programrun.h"

#include "runtime-bridge/daemon/linesplitter.h"
#include "runtime-bridge/daemon/wake.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <memory>
#include <optional>

namespace runtime {

namespace asio = boost::asio;

namespace {

/// Held by the callbacks too, which may come after the one who waits has gone.
struct Running : std::enable_shared_from_this<Running> {
    Running(asio::io_context &io, Descriptor output, std::function<void(std::string)> line)
        : pipe(io, output.release()), splitter(std::move(line)), wake(io)
    {
    }

    void read()
    {
        pipe.async_read_some(
            asio::buffer(buffer),
            [self = shared_from_this()](const boost::system::error_code &error, std::size_t size) {
                if (self->isLeft)
                    return;
                self->splitter.feed({self->buffer.data(), size});
                if (!error)
                    return self->read();
                self->splitter.flush();
                self->isClosed = true;
                self->wake.notify();
            });
    }

    asio::posix::stream_descriptor pipe;
    LineSplitter splitter;
    Wake wake;
    std::array<char, 8192> buffer{};
    std::optional<int> status;
    bool isClosed = false;
    bool isLeft = false; ///< Nobody waits any more.
};

} // namespace

Result<int> runProgram(asio::io_context &io, Children &children, ProcessPlan plan,
                       std::chrono::seconds limit, const std::function<void(std::string)> &line,
                       asio::yield_context yield)
{
    Result<std::pair<Descriptor, Descriptor>> pipe = createPipe();
    if (!pipe)
        return tl::unexpected(pipe.error());
    plan.descriptors = {{pipe->second.get(), 1}, {pipe->second.get(), 2}};
    const std::string program = plan.command.front();
    const Result<pid_t> pid = startProcess(plan);
    if (!pid)
        return tl::unexpected(pid.error());
    pipe->second.close();
    const auto running = std::make_shared<Running>(io, std::move(pipe->first), line);
    children.watch(*pid, [running](int status) {
        running->status = status;
        running->wake.notify();
    });
    running->read();
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while ((!running->status || !running->isClosed) && std::chrono::steady_clock::now() < deadline)
        running->wake.waitUntil(deadline, yield);
    running->isLeft = true;
    if (running->status && running->isClosed)
        return *running->status;
    killTree(*pid);
    boost::system::error_code ignored;
    running->pipe.close(ignored);
    return failure(ErrorCode::RuntimeBusy, program,
                   "it did not end within " + std::to_string(limit.count()) + " s");
}

} // namespace runtime
