#pragma once

#include "device-manager/core/device.h"

#include <QStringList>

#include <stop_token>

namespace device {

/// The way to a device as the user's SSH configuration has it.
struct SshRoute {
    QString host;
    quint16 port = 22;
    QStringList keyFiles;
    QStringList
        proxy; ///< A program with its arguments that is connected to the device; empty: TCP.
};

/// What ~/.ssh/config makes of \a device: HostName, Port, IdentityFile, ProxyJump and ProxyCommand.
/// OpenSSH itself reads it (ssh -G), with all that it includes and matches. Where there is no such
/// file, or no ssh, the device's own address and the usual key files. Blocks for some milliseconds.
[[nodiscard]] SshRoute sshRouteOf(const Device &device, const std::stop_token &stop);

/// A running program whose standard input and output are one socket of ours.
class SshProxy final
{
public:
    explicit SshProxy(const QStringList &command);
    ~SshProxy(); ///< Ends the program.
    SshProxy(const SshProxy &) = delete;
    SshProxy &operator=(const SshProxy &) = delete;

    /// Our end, which the caller closes; -1: it could not be started. Once.
    [[nodiscard]] int takeSocket();
    /// What it said on standard error.
    [[nodiscard]] std::string complaint() const;

private:
    int m_socket = -1;
    int m_complaint = -1; ///< A file in memory.
    pid_t m_pid = -1;
};

} // namespace device
