#include "device-manager/core/sshstream.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <utility>

namespace device {

using runtime::Error;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

/// A write up to this is sent at once, whatever waits below.
constexpr qsizetype shortWrite = 4 << 10;
constexpr qsizetype pieceSize = 32 << 10;

} // namespace

/// The libssh channel and what its callbacks told.
struct SshStream::Channel {
    Channel(ssh_session session, SshStream *owner) : handle(ssh_channel_new(session))
    {
        callbacks.userdata = owner;
        callbacks.channel_data_function = onData;
        callbacks.channel_eof_function = onEnd;
        callbacks.channel_close_function = onClose;
        callbacks.channel_exit_status_function = onExitStatus;
        callbacks.channel_exit_signal_function = onExitSignal;
        ssh_callbacks_init(&callbacks);
        ssh_set_channel_callbacks(handle, &callbacks);
    }

    ~Channel()
    {
        ssh_remove_channel_callbacks(handle, &callbacks);
        if (ssh_channel_is_open(handle))
            ssh_channel_close(handle);
        ssh_channel_free(handle);
    }

    Channel(const Channel &) = delete;
    Channel &operator=(const Channel &) = delete;

    static int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isError,
                      void *owner)
    {
        auto *stream = static_cast<SshStream *>(owner);
        if (stream->hasRoom && !stream->hasRoom()) {
            stream->m_holds = true;
            return 0; // libssh keeps it, and opens the window no further
        }
        if (stream->received)
            stream->received(QByteArray(static_cast<const char *>(data), qsizetype(size)),
                             isError != 0);
        return int(size);
    }

    static void onEnd(ssh_session, ssh_channel, void *owner)
    {
        static_cast<SshStream *>(owner)->m_channel->ended = true;
    }

    static void onClose(ssh_session, ssh_channel, void *owner)
    {
        static_cast<SshStream *>(owner)->m_channel->closed = true;
    }

    static void onExitStatus(ssh_session, ssh_channel, int status, void *owner)
    {
        static_cast<SshStream *>(owner)->m_channel->exitCode = status;
    }

    static void onExitSignal(ssh_session, ssh_channel, const char *, int, const char *,
                             const char *, void *owner)
    {
        static_cast<SshStream *>(owner)->m_channel->exitCode = -1;
    }

    ssh_channel handle;
    ssh_channel_callbacks_struct callbacks{};
    bool ended = false, closed = false;
    int exitCode = 0;
};

SshStream::SshStream(Kind kind, QByteArray target, QByteArray fallbackCommand)
    : m_kind(kind), m_target(std::move(target)), m_fallback(std::move(fallbackCommand))
{
}

SshStream::~SshStream() = default;

void SshStream::write(const QByteArray &bytes)
{
    const std::lock_guard lock(m_mutex);
    if (m_sent == m_output.size()) {
        m_output = bytes; // shared, not copied: long writes come in one piece
        m_sent = 0;
    } else {
        m_output += bytes;
    }
}

void SshStream::end()
{
    const std::lock_guard lock(m_mutex);
    m_endWanted = true;
}

void SshStream::resize(int columns, int rows)
{
    const std::lock_guard lock(m_mutex);
    m_size = {columns, rows};
    m_sizeWanted = true;
}

void SshStream::close()
{
    const std::lock_guard lock(m_mutex);
    m_closeWanted = true;
}

bool SshStream::advance(ssh_session session, bool mayQueue)
{
    bool closeWanted = false;
    {
        const std::lock_guard lock(m_mutex);
        closeWanted = m_closeWanted;
    }
    if (closeWanted) {
        complete(failure(ErrorCode::Cancelled, {}));
        return false;
    }
    switch (m_state) {
    case State::New:
        m_channel = std::make_unique<Channel>(session, this);
        m_state = State::Opening;
        [[fallthrough]];
    case State::Opening: return open(session);
    case State::Requesting: return request(session);
    case State::Running: return transfer(mayQueue);
    case State::Done: break;
    }
    return false;
}

bool SshStream::open(ssh_session session)
{
    const int status = m_kind != Kind::UnixSocket
                           ? ssh_channel_open_session(m_channel->handle)
                           : ssh_channel_open_forward_unix(m_channel->handle, m_target.constData(),
                                                           "localhost", 0);
    if (status == SSH_AGAIN)
        return true;
    if (status != SSH_OK && m_kind == Kind::UnixSocket && !m_fallback.isEmpty()) {
        // A server that forbids forwarding says the same as for a socket where nobody listens.
        m_kind = Kind::Command;
        m_target = std::exchange(m_fallback, {});
        m_channel = std::make_unique<Channel>(session, this);
        return open(session);
    }
    if (status != SSH_OK) {
        complete(failure(m_kind != Kind::UnixSocket ? ErrorCode::DeviceLost
                                                    : ErrorCode::RuntimeUnreachable,
                         m_target.toStdString(), ssh_get_error(session)));
        return false;
    }
    m_state = State::Requesting;
    return request(session);
}

bool SshStream::request(ssh_session session)
{
    if (m_kind == Kind::Command) {
        const int status = ssh_channel_request_exec(m_channel->handle, m_target.constData());
        if (status == SSH_AGAIN)
            return true;
        if (status != SSH_OK) {
            const bool isDenied = ssh_get_error_code(session) == SSH_REQUEST_DENIED;
            complete(
                failure(isDenied ? ErrorCode::DeviceUnsuitable : ErrorCode::DeviceLost,
                        m_target.toStdString(),
                        isDenied ? "the server does not run commands" : ssh_get_error(session)));
            return false;
        }
    }
    if (m_kind == Kind::Terminal)
        if (const std::optional<bool> waits = requestTerminal(session))
            return *waits;
    m_state = State::Running;
    if (opened)
        opened();
    return transfer(true);
}

/// The answer of request() while the terminal or its shell is not there; nothing once both are.
std::optional<bool> SshStream::requestTerminal(ssh_session session)
{
    ssh_channel channel = m_channel->handle;
    int status = SSH_OK;
    if (!m_hasTerminal) {
        std::pair<int, int> size;
        {
            const std::lock_guard lock(m_mutex);
            size = m_size;
        }
        status =
            ssh_channel_request_pty_size(channel, m_target.constData(), size.first, size.second);
        m_hasTerminal = status == SSH_OK;
    }
    if (m_hasTerminal)
        status = ssh_channel_request_shell(channel);
    if (status == SSH_AGAIN)
        return true;
    if (status == SSH_OK)
        return std::nullopt;
    const bool isDenied = ssh_get_error_code(session) == SSH_REQUEST_DENIED;
    complete(failure(isDenied ? ErrorCode::DeviceUnsuitable : ErrorCode::DeviceLost, {},
                     isDenied ? "its SSH server gives no terminal" : ssh_get_error(session)));
    return false;
}

void SshStream::applySize()
{
    const std::lock_guard lock(m_mutex);
    if (m_kind == Kind::Terminal && std::exchange(m_sizeWanted, false))
        ssh_channel_change_pty_size(m_channel->handle, m_size.first, m_size.second);
}

void SshStream::takeHeld()
{
    QByteArray piece(pieceSize, Qt::Uninitialized);
    while (m_holds && hasRoom()) {
        const int size = ssh_channel_read_nonblocking(m_channel->handle, piece.data(),
                                                      std::uint32_t(piece.size()), 0);
        m_holds = size > 0;
        if (size > 0 && received)
            received(piece.left(size), false);
    }
}

bool SshStream::transfer(bool mayQueue)
{
    takeHeld();
    applySize();
    const bool isOver = m_channel->closed || (m_kind == Kind::UnixSocket && m_channel->ended);
    if (isOver && m_holds)
        return true; // what it said last is not lost by its end
    if (isOver) {
        complete(m_channel->exitCode);
        return false;
    }
    if (!writeSome(mayQueue)) {
        complete(failure(ErrorCode::DeviceLost, {}, "the channel does not take bytes any more"));
        return false;
    }
    return true;
}

bool SshStream::writeSome(bool mayQueue)
{
    const std::lock_guard lock(m_mutex);
    m_writing = false;
    while (m_sent < m_output.size() || source) {
        if (m_sent == m_output.size()) {
            if (!mayQueue) {
                m_writing = true;
                return true;
            }
            m_output = source();
            m_sent = 0;
            if (m_output.isEmpty()) {
                source = {};
                m_endWanted = true;
            }
            continue;
        }
        const qsizetype left = m_output.size() - m_sent;
        if (left > shortWrite && !mayQueue) {
            m_writing = true;
            return true;
        }
        const int written = ssh_channel_write(m_channel->handle, m_output.constData() + m_sent,
                                              std::uint32_t(std::min(left, pieceSize)));
        if (written < 0)
            return written == SSH_AGAIN;
        if (written == 0) // the window is full; its opening wakes us
            return true;
        m_sent += written;
        if (left > shortWrite) {
            mayQueue = false;
            if (progressed)
                progressed();
        }
    }
    m_output.clear();
    m_sent = 0;
    if (m_endWanted && !m_endSent) {
        m_endSent = true;
        return ssh_channel_send_eof(m_channel->handle) != SSH_ERROR;
    }
    return true;
}

void SshStream::fail(const Error &error)
{
    complete(tl::unexpected(error));
}

void SshStream::complete(Result<int> result)
{
    if (m_state == State::Done)
        return;
    m_state = State::Done;
    m_channel.reset();
    if (finished)
        finished(std::move(result));
}

} // namespace device
