#pragma once

#include "device-manager/core/device.h"
#include "device-manager/core/sshquestion.h"
#include "runtime-bridge/client/channel.h"

#include <QFuture>
#include <QObject>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

namespace device {

class SshLoop;
class SshStream;
class SshTerminal;

/// What a command on a device left.
struct ExecResult {
    int exitCode = 0; ///< -1: a signal ended it.
    QByteArray output;
    QByteArray errorOutput;
};

/// A text as one word of a POSIX shell.
[[nodiscard]] QString shellQuoted(const QString &text);

/// One SSH session with one device. The work is done on a thread of its own; every call may be made
/// from any thread and returns at once.
///
/// Each request delivers exactly one result; after its stop token fired, or close(), it is
/// ErrorCode::Cancelled within a second, and when the session is lost ErrorCode::DeviceLost.
/// Requests made while the session opens wait for it.
class SshSession final : public QObject
{
    Q_OBJECT

public:
    explicit SshSession(Device device, SshAsk ask = {}, QObject *parent = nullptr);
    ~SshSession() override;

    /// Once. The errors are those of SshConnection::open().
    [[nodiscard]] QFuture<runtime::Result<>>
    open(std::chrono::milliseconds limit = std::chrono::seconds(10));

    /// Runs \a command by the device's /bin/sh with \a input as its standard input. A command that
    /// fails is a result, with its exit code.
    [[nodiscard]] QFuture<runtime::Result<ExecResult>>
    exec(const QString &command, const QByteArray &input = {}, std::stop_token stop = {});
    /// The same with an input of any length: \a source is asked on the I/O thread for the next
    /// piece when there is room for it, until it gives an empty one.
    [[nodiscard]] QFuture<runtime::Result<ExecResult>>
    execFrom(const QString &command, std::function<QByteArray()> source, std::stop_token stop = {});

    /// Makes the file \a path (absolute, or below the home) with \a contents, whole or not at all.
    /// ErrorCode::DeviceDiskFull, or FileUnwritable with what the device said.
    [[nodiscard]] QFuture<runtime::Result<>> upload(const QByteArray &contents, const QString &path,
                                                    unsigned mode, std::stop_token stop = {});

    /// A channel to the socket \a path of the device. Where the server forbids forwarding, \a relay
    /// is run instead and spoken to through its standard input and output. Belongs to the calling
    /// thread, and may outlive the session, which closes it.
    [[nodiscard]] std::unique_ptr<runtime::Channel> openUnix(const QString &path,
                                                             const QString &relay);

    /// The user's shell in a terminal of its own. Belongs to the calling thread, and may outlive
    /// the session, which ends it.
    [[nodiscard]] std::unique_ptr<SshTerminal> openTerminal(int columns, int rows);

    /// Ends the session and everything on it within a second. No signal follows.
    void close();

Q_SIGNALS:
    /// The session was open and is no more. Every request has its answer by then.
    void lost(const runtime::Error &error);

private:
    [[nodiscard]] std::shared_ptr<SshLoop> loop() const;
    [[nodiscard]] QFuture<runtime::Result<ExecResult>>
    run(const QString &command, const std::function<void(SshStream &)> &feed, std::stop_token stop);

    mutable std::mutex m_mutex;
    std::shared_ptr<SshLoop> m_loop; // channels wake it, and may outlive the session
};

} // namespace device
