#pragma once

#include "device-manager/core/device.h"
#include "device-manager/core/sshquestion.h"
#include "device-manager/core/sshroute.h"

#include <chrono>
#include <memory>
#include <stop_token>

struct ssh_session_struct;

namespace device {

/// An authenticated SSH session, made step by step on one thread: name, TCP or what the SSH
/// configuration has in its place, key exchange, host key, user. Every wait ends when \c wakeFd
/// becomes readable and stop was requested.
class SshConnection final
{
public:
    SshConnection(Device device, SshAsk ask, int wakeFd);
    ~SshConnection();
    SshConnection(const SshConnection &) = delete;
    SshConnection &operator=(const SshConnection &) = delete;

    /// ErrorCode::DeviceUnreachable, DeviceHostKeyUnknown (detail: the fingerprint),
    /// DeviceHostKeyChanged (detail: both), DeviceUnsuitable (its SSH server carries one command a
    /// session), DeviceAuthRejected, Cancelled. After an error of the host key, nothing of the user
    /// was sent.
    [[nodiscard]] runtime::Result<> open(std::stop_token stop, std::chrono::milliseconds limit);

    [[nodiscard]] ssh_session_struct *session() const { return m_session; }
    [[nodiscard]] int socket() const { return m_socket; }

private:
    enum class Offer { Ok, Unknown, Changed };

    [[nodiscard]] runtime::Result<> connectSocket();
    [[nodiscard]] runtime::Result<> connectByProxy();
    [[nodiscard]] runtime::Result<> exchangeKeys(const char *hostKeyTypes);
    [[nodiscard]] runtime::Result<Offer> checkHostKey();
    [[nodiscard]] runtime::Result<> verifyHost();
    [[nodiscard]] runtime::Result<> checkServer() const;
    [[nodiscard]] runtime::Result<> authenticate();
    [[nodiscard]] runtime::Result<bool> tryKeyFile(const QString &file);
    [[nodiscard]] runtime::Result<bool> tryAgent();
    [[nodiscard]] runtime::Result<bool> tryPassword();
    [[nodiscard]] runtime::Result<bool> tryKeyboardInteractive();
    template<typename Step> int settle(int again, Step step);
    bool wait(short events);
    [[nodiscard]] tl::unexpected<runtime::Error> unreachable(const std::string &detail) const;
    [[nodiscard]] runtime::Result<bool> verdict(int status) const;
    void closeSession();

    Device m_device;
    SshAsk m_ask;
    int m_wakeFd;
    int m_socket = -1;
    SshRoute m_route;
    std::unique_ptr<SshProxy> m_proxy;
    ssh_session_struct *m_session = nullptr;
    std::stop_token m_stop;
    std::chrono::steady_clock::time_point m_deadline;
    QString m_offered; ///< Fingerprint of the host key that the device showed.
    QString m_offeredType;
    bool m_gavePassword = false; ///< The user answered; what was wrong is the password then.
};

} // namespace device
