#pragma once

#include "runtime-bridge/base/error.h"

#include <QByteArray>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

struct ssh_session_struct;

namespace device {

/// One channel of an SSH session: a command, a shell in a terminal, or a forwarded Unix socket of
/// the device.
///
/// Shared by the thread that asked for it, which may only call write(), end(), resize() and
/// close(), and the session's I/O thread, which does the rest and calls the functions below.
/// finished comes exactly once, and last.
class SshStream final
{
public:
    enum class Kind { Command, UnixSocket, Terminal };

    /// \a target: a command line, the path of a socket, or the type of terminal ("xterm").
    SshStream(Kind kind, QByteArray target, QByteArray fallbackCommand = {});
    ~SshStream();
    SshStream(const SshStream &) = delete;
    SshStream &operator=(const SshStream &) = delete;

    std::function<void()> opened;
    std::function<void(const QByteArray &bytes, bool fromStandardError)> received;
    /// Of a terminal: whether received() may be called. While it may not, the device is told to
    /// wait. After it may again, the loop is to be woken.
    std::function<bool()> hasRoom;
    /// What is written after what write() was given, piece by piece as the device takes it; an
    /// empty piece is the end. It is read when there is room for it, and may read a file.
    std::function<QByteArray()> source;
    /// The device took bytes of a long write: it is alive, though it says nothing.
    std::function<void()> progressed;
    /// The command's exit code, or 0 for a socket that the device closed.
    std::function<void(runtime::Result<int> exitCode)> finished;

    void write(const QByteArray &bytes);
    void end(); ///< Nothing more is written: the command sees the end of its input.
    void resize(int columns, int rows); ///< Of a terminal; also before it runs.
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
    std::optional<bool> requestTerminal(ssh_session_struct *session);
    void applySize();
    void takeHeld();
    bool transfer(bool mayQueue);
    bool writeSome(bool mayQueue);
    void complete(runtime::Result<int> result);

    enum class State { New, Opening, Requesting, Running, Done };

    Kind m_kind;
    QByteArray m_target, m_fallback;
    State m_state = State::New;
    std::unique_ptr<Channel> m_channel;
    bool m_hasTerminal = false;
    bool m_holds = false;   ///< Bytes lie in libssh since there was no room for them.
    bool m_writing = false; ///< A long write waits for room.

    std::mutex m_mutex; ///< Guards what follows.
    QByteArray m_output;
    qsizetype m_sent = 0; ///< Of m_output.
    std::pair<int, int> m_size{80, 24};
    bool m_sizeWanted = false; ///< It changed since the device was told.
    bool m_endWanted = false, m_endSent = false, m_closeWanted = false;
};

} // namespace device
