#pragma once

#include "runtime-bridge/base/error.h"

#include <QByteArray>
#include <QObject>
#include <QTimer>

#include <memory>

namespace device {

class SshLoop;
class SshStream;

/// A shell of a device in a terminal of its own, over the device's SSH session. Takes what it says
/// in pieces that leave the thread time for other things; a shell that says more waits.
class SshTerminal final : public QObject
{
    Q_OBJECT

public:
    /// See SshSession::openTerminal(). \a loop may be gone: then failed() follows.
    SshTerminal(std::weak_ptr<SshLoop> loop, int columns, int rows);
    ~SshTerminal() override; ///< Hangs up. No signal follows.

    void write(const QByteArray &bytes);
    void resize(int columns, int rows);

Q_SIGNALS:
    void received(const QByteArray &bytes);
    // One of these comes, once and last.
    void exited(int exitCode); ///< The shell ended; -1: by a signal.
    /// ErrorCode::DeviceLost, or DeviceUnsuitable where there is no terminal to be had.
    void failed(const runtime::Error &error);

private:
    struct Inbox;
    void deliver();
    void wakeLoop();

    std::weak_ptr<SshLoop> m_loop;
    std::shared_ptr<SshStream> m_stream; // shared with the I/O thread
    std::shared_ptr<Inbox> m_inbox;      // written by the I/O thread
    QTimer m_next;
};

} // namespace device
