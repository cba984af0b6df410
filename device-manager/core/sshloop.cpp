#include "device-manager/core/sshloop.h"

#include "device-manager/core/sshconnection.h"
#include "device-manager/core/sshstream.h"

#include <libssh/libssh.h>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace device {

using runtime::Error;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr int idlePollMs = 500;
constexpr int roomPollMs = 2; // how often we look whether the kernel's queue has drained
constexpr int queueLimit = 96 << 10;

int onWake(socket_t fd, int, void *)
{
    eventfd_t count = 0;
    ::eventfd_read(fd, &count);
    return 0;
}

bool hasRoom(const SshConnection &connection)
{
    int queued = 0;
    ::ioctl(connection.socket(), SIOCOUTQ, &queued);
    return queued < queueLimit &&
           (ssh_get_poll_flags(connection.session()) & SSH_WRITE_PENDING) == 0;
}

} // namespace

SshLoop::SshLoop(Device device, SshAsk ask)
    : m_device(std::move(device))
    , m_ask(std::move(ask))
    , m_wakeFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
}

SshLoop::~SshLoop()
{
    stop();
    ::close(m_wakeFd);
}

void SshLoop::stop()
{
    {
        const std::lock_guard lock(m_startMutex);
        m_isStopped = true;
    }
    m_thread.request_stop();
    wake();
    if (m_thread.joinable())
        m_thread.join();
    // What was asked of a session that was never opened.
    finish({ErrorCode::Cancelled, m_device.name.toStdString(), {}});
}

void SshLoop::start(std::chrono::milliseconds limit, std::function<void(Result<>)> opened,
                    std::function<void(const Error &)> lost)
{
    const std::lock_guard lock(m_startMutex);
    if (m_isStopped) {
        opened(failure(ErrorCode::Cancelled, m_device.name.toStdString()));
        return;
    }
    m_opened = std::move(opened);
    m_lost = std::move(lost);
    m_thread = std::jthread([this, limit](const std::stop_token &stop) { run(stop, limit); });
}

void SshLoop::add(std::shared_ptr<SshStream> stream)
{
    std::optional<Error> end;
    {
        const std::lock_guard lock(m_mutex);
        end = m_end;
        if (!end)
            m_added.push_back(stream);
    }
    if (end)
        stream->fail(*end);
    else
        wake();
}

void SshLoop::wake()
{
    ::eventfd_write(m_wakeFd, 1);
}

void SshLoop::run(const std::stop_token &stop, std::chrono::milliseconds limit)
{
    SshConnection connection(m_device, m_ask, m_wakeFd);
    const Result<> open = connection.open(stop, limit);
    m_opened(open);
    if (!open) {
        finish(open.error());
        return;
    }
    ssh_event event = ssh_event_new();
    ssh_event_add_fd(event, m_wakeFd, POLLIN, onWake, nullptr);
    ssh_event_add_session(event, connection.session());
    serve(stop, connection, event);
    const bool wasStopped = stop.stop_requested();
    const Error error = wasStopped ? Error{ErrorCode::Cancelled, m_device.name.toStdString(), {}}
                                   : lossOf(connection);
    finish(error);
    ssh_event_remove_session(event, connection.session());
    ssh_event_remove_fd(event, m_wakeFd);
    ssh_event_free(event);
    if (!wasStopped)
        m_lost(error);
}

void SshLoop::serve(const std::stop_token &stop, SshConnection &connection, ssh_event event)
{
    while (!stop.stop_requested()) {
        const bool isWriting = advanceStreams(connection);
        const int timeout = !isWriting ? idlePollMs : hasRoom(connection) ? 0 : roomPollMs;
        if (ssh_event_dopoll(event, timeout) == SSH_ERROR ||
            !ssh_is_connected(connection.session()))
            return;
    }
}

Error SshLoop::lossOf(const SshConnection &connection) const
{
    const std::string reason = ssh_get_error(connection.session());
    return {ErrorCode::DeviceLost, m_device.name.toStdString(),
            reason.empty() ? "the device closed the connection" : reason};
}

bool SshLoop::advanceStreams(SshConnection &connection)
{
    {
        const std::lock_guard lock(m_mutex);
        m_streams.insert(m_streams.end(), m_added.begin(), m_added.end());
        m_added.clear();
    }
    bool isWriting = false;
    std::erase_if(m_streams, [&](const std::shared_ptr<SshStream> &stream) {
        const bool lives = stream->advance(connection.session(), hasRoom(connection));
        isWriting |= lives && stream->isWriting();
        return !lives;
    });
    return isWriting;
}

void SshLoop::finish(const Error &error)
{
    std::vector<std::shared_ptr<SshStream>> streams = std::move(m_streams);
    {
        const std::lock_guard lock(m_mutex);
        m_end = error;
        streams.insert(streams.end(), m_added.begin(), m_added.end());
        m_added.clear();
    }
    for (const auto &stream : streams)
        stream->fail(error);
}

} // namespace device
