#pragma once

#include "runtime-bridge/base/error.h"

#include <QByteArray>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

struct ssh_session_struct;

namespace device {

/// One channel of an SSH session: a command, or a forwarded Unix socket of the device.
///
/// Shared by the thread that asked for it, which may only call write(), end() and close(), and the
/// session's I/O thread, which does the rest and calls the functions below. finished comes exactly
/// once, and last.
class SshStream final
{
public:
    enum class Kind { Command, UnixSocket };

    SshStream(Kind kind, QByteArray target, QByteArray fallbackCommand = {});
    ~SshStream();
    SshStream(const SshStream &) = delete;
    SshStream &operator=(const SshStream &) = delete;

    std::function<void()> opened;
    std::function<void(const QByteArray &bytes, bool fromStandardError)> received;
    /// The device took bytes of a long write: it is alive, though it says nothing.
    std::function<void()> progressed;
    /// The command's exit code, or 0 for a socket that the device closed.
    std::function<void(runtime::Result<int> exitCode)> finished;

    void write(const QByteArray &bytes);
    void end(); ///< Nothing more is written: the command sees the end of its input.
    void close();

    // On the I/O thread alone.

    /// Does what can be done without waiting. False: it is over, finished was called.
    /// \a mayQueue: there is room below for another piece of a long write.
    bool advance(ssh_session_struct *session, bool mayQueue);
    void fail(const runtime::Error &error);
    [[nodiscard]] bool isWriting() const { return m_writing; }

private:
    struct Channel; // hides libssh's types

    bool open(ssh_session_struct *session);
    bool request(ssh_session_struct *session);
    bool transfer(bool mayQueue);
    bool writeSome(bool mayQueue);
    void complete(runtime::Result<int> result);

    enum class State { New, Opening, Requesting, Running, Done };

    Kind m_kind;
    QByteArray m_target, m_fallback;
    State m_state = State::New;
    std::unique_ptr<Channel> m_channel;
    bool m_writing = false; ///< A long write waits for room.

    std::mutex m_mutex; ///< Guards what follows.
    QByteArray m_output;
    qsizetype m_sent = 0; ///< Of m_output.
    bool m_endWanted = false, m_endSent = false, m_closeWanted = false;
};

} // namespace device
