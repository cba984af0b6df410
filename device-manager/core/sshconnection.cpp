#include "device-manager/core/sshconnection.h"

#include "device-manager/core/sshlibrary.h"
#include "device-manager/core/sshresolve.h"

#include <QFile>
#include <QFileInfo>

#include <libssh/libssh.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace device {

using namespace std::chrono_literals;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int stoppedStatus = -100; // none of libssh's
constexpr int userTimeoutMs = 4000;
constexpr auto connectLimit = 4s; ///< Of one address: a lost SYN is sent again after 1 and 3 s.

/// What we ask a server for, in this order, so that one device always shows the same key.
constexpr const char *hostKeyPreference[][2] = {
    {"ssh-ed25519", "ssh-ed25519"},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"},
    {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256"},
};
constexpr const char *anyHostKey =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
    "rsa-sha2-256";

void setUpSocket(int fd)
{
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &userTimeoutMs, sizeof userTimeoutMs);
}

struct KeyDeleter {
    void operator()(ssh_key_struct *key) const { ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, KeyDeleter>;

} // namespace

SshConnection::SshConnection(Device device, SshAsk ask, int wakeFd)
    : m_device(std::move(device)), m_ask(std::move(ask)), m_wakeFd(wakeFd)
{
    useSshLibrary();
}

SshConnection::~SshConnection()
{
    closeSession();
}

void SshConnection::closeSession()
{
    if (m_session) {
        ssh_silent_disconnect(m_session);
        ssh_free(m_session);
        m_session = nullptr;
    }
    if (m_socket >= 0)
        ::close(std::exchange(m_socket, -1));
    m_proxy.reset();
}

tl::unexpected<runtime::Error> SshConnection::unreachable(const std::string &detail) const
{
    if (m_stop.stop_requested())
        return failure(ErrorCode::Cancelled, m_device.name.toStdString());
    return failure(ErrorCode::DeviceUnreachable, m_device.name.toStdString(),
                   toAddress(m_device).toStdString() + ": " + detail);
}

Result<> SshConnection::open(std::stop_token stop, std::chrono::milliseconds limit)
{
    m_stop = std::move(stop);
    m_deadline = Clock::now() + limit;
    m_route = sshRouteOf(m_device, m_stop);
    return connectSocket()
        .and_then([this] { return exchangeKeys(anyHostKey); })
        .and_then([this] { return verifyHost(); })
        .and_then([this] { return checkServer(); })
        .and_then([this] { return authenticate(); });
}

/// False when it was stopped or took too long.
bool SshConnection::wait(short events)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_deadline - Clock::now());
    if (m_stop.stop_requested() || left <= 0ms)
        return false;
    pollfd fds[] = {{m_socket, events, 0}, {m_wakeFd, POLLIN, 0}};
    // Requests that wait for the session make the second one readable too; then the wait is
    // shortened to a look at the first.
    const bool onlyFirst = ::poll(&fds[1], 1, 0) > 0;
    ::poll(fds, onlyFirst ? 1 : 2, int(std::min(left, onlyFirst ? 20ms : 1000ms).count()));
    return !m_stop.stop_requested();
}

template<typename Step> int SshConnection::settle(int again, Step step)
{
    for (;;) {
        const int status = step();
        if (status != again)
            return status;
        const bool isWriting = (ssh_get_poll_flags(m_session) & SSH_WRITE_PENDING) != 0;
        if (!wait(short(POLLIN | (isWriting ? POLLOUT : 0))))
            return stoppedStatus;
    }
}

Result<> SshConnection::connectByProxy()
{
    m_proxy = std::make_unique<SshProxy>(m_route.proxy);
    m_socket = m_proxy->takeSocket();
    if (m_socket < 0)
        return unreachable(m_route.proxy.front().toStdString() + " cannot be started");
    return {};
}

Result<> SshConnection::connectSocket()
{
    if (!m_route.proxy.isEmpty())
        return connectByProxy();
    const Result<std::vector<SocketAddress>> addresses =
        resolve(m_route.host, m_route.port, m_deadline, m_stop);
    if (!addresses)
        return unreachable(addresses.error().detail);
    std::string reason = "no address";
    for (const SocketAddress &address : *addresses) {
        m_socket = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (m_socket < 0)
            continue;
        int status = ::connect(m_socket, address.get(), address.size) == 0 ? 0 : errno;
        if (status == EINPROGRESS) {
            pollfd ready{m_socket, POLLOUT, 0};
            const auto last = Clock::now() + connectLimit;
            while (::poll(&ready, 1, 0) == 0 && Clock::now() < last && wait(POLLOUT))
                continue;
            socklen_t size = sizeof status;
            if (ready.revents == 0)
                status = ETIMEDOUT;
            else
                ::getsockopt(m_socket, SOL_SOCKET, SO_ERROR, &status, &size);
        }
        if (status == 0) {
            setUpSocket(m_socket);
            return {};
        }
        reason = std::strerror(status);
        ::close(std::exchange(m_socket, -1));
    }
    return unreachable(reason);
}

Result<> SshConnection::exchangeKeys(const char *hostKeyTypes)
{
    m_session = ssh_new();
    const int no = 0;
    const int yes = 1;
    const QByteArray host = m_device.host.toUtf8();
    const QByteArray user = m_device.user.toUtf8();
    const unsigned port = m_device.port;
    ssh_options_set(m_session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(m_session, SSH_OPTIONS_HOST, host.constData());
    ssh_options_set(m_session, SSH_OPTIONS_USER, user.constData());
    ssh_options_set(m_session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(m_session, SSH_OPTIONS_NODELAY, &yes);
    ssh_options_set(m_session, SSH_OPTIONS_HOSTKEYS, hostKeyTypes);
    ssh_options_set(m_session, SSH_OPTIONS_FD, &m_socket);
    ssh_set_blocking(m_session, 0);
    const int status = settle(SSH_AGAIN, [this] { return ssh_connect(m_session); });
    if (status == SSH_OK)
        return {};
    const std::string reason = status == stoppedStatus ? "no answer to the key exchange"
                                                       : std::string(ssh_get_error(m_session));
    // A proxy knows better than we why it hung up.
    const std::string complaint = m_proxy ? m_proxy->complaint() : std::string();
    return unreachable(complaint.empty() ? reason : complaint);
}

Result<SshConnection::Offer> SshConnection::checkHostKey()
{
    ssh_key raw = nullptr;
    if (ssh_get_server_publickey(m_session, &raw) != SSH_OK)
        return unreachable("no host key");
    const Key key(raw);
    m_offered = fingerprintOf(raw);
    m_offeredType = QString::fromLatin1(ssh_key_type_to_char(ssh_key_type(raw)));
    if (m_device.hostKey.isEmpty())
        return Offer::Unknown;
    return m_offered == m_device.hostKey ? Offer::Ok : Offer::Changed;
}

Result<> SshConnection::verifyHost()
{
    Result<Offer> offer = checkHostKey();
    if (!offer)
        return tl::unexpected(offer.error());
    const std::string first = m_offered.toStdString();
    const std::string subject = m_device.name.toStdString();
    if (*offer == Offer::Unknown)
        return failure(ErrorCode::DeviceHostKeyUnknown, subject, first);
    if (*offer == Offer::Ok)
        return {};
    // The known key may be another of the server's keys than the one that we prefer.
    const QString shown = m_offeredType;
    for (const auto &[type, algorithms] : hostKeyPreference) {
        if (shown == QLatin1String(type))
            continue;
        closeSession();
        const Result<> again =
            connectSocket().and_then([&, list = algorithms] { return exchangeKeys(list); });
        if (m_stop.stop_requested())
            return again;
        if (!again) // it has no key of this type
            continue;
        offer = checkHostKey();
        if (offer && *offer == Offer::Ok)
            return {};
    }
    closeSession();
    return failure(ErrorCode::DeviceHostKeyChanged, subject,
                   m_device.hostKey.toStdString() + " expected, " + first + " offered");
}

Result<> SshConnection::checkServer() const
{
    // It ends the session with its first command.
    const std::string banner = ssh_get_serverbanner(m_session);
    if (banner.find("tinyssh") == std::string::npos)
        return {};
    return failure(ErrorCode::DeviceUnsuitable, m_device.name.toStdString(),
                   "its SSH server (" + banner +
                       ") carries a single command a session; OpenSSH (openssh-server) and "
                       "dropbear carry many");
}

Result<bool> SshConnection::verdict(int status) const
{
    if (status == stoppedStatus)
        return unreachable("no answer to the authentication");
    if (status == SSH_AUTH_ERROR)
        return unreachable(ssh_get_error(m_session));
    return status == SSH_AUTH_SUCCESS;
}

Result<> SshConnection::authenticate()
{
    const auto none =
        verdict(settle(SSH_AUTH_AGAIN, [this] { return ssh_userauth_none(m_session, nullptr); }));
    if (!none)
        return tl::unexpected(none.error());
    if (*none)
        return {};
    std::vector<std::function<Result<bool>()>> ways;
    if (!m_device.keyFile.isEmpty()) {
        ways.emplace_back([this] { return tryKeyFile(m_device.keyFile); });
    } else {
        ways.emplace_back([this] { return tryAgent(); });
        for (const QString &file : m_route.keyFiles)
            ways.emplace_back([this, file] {
                return QFileInfo::exists(file) ? tryKeyFile(file) : Result<bool>(false);
            });
    }
    ways.emplace_back([this] { return tryKeyboardInteractive(); });
    ways.emplace_back([this] { return tryPassword(); });
    for (const auto &way : ways) {
        const Result<bool> done = way();
        if (!done)
            return tl::unexpected(done.error());
        if (*done)
            return {};
        if (m_stop.stop_requested())
            return unreachable({});
    }
    const char *methods = ssh_get_error(m_session);
    return failure(ErrorCode::DeviceAuthRejected, m_device.name.toStdString(),
                   toAddress(m_device).toStdString() + ": " + methods +
                       (m_gavePassword ? "; a password was given" : "") +
                       (m_device.keyFile.isEmpty()
                            ? std::string()
                            : "; key file " + m_device.keyFile.toStdString()));
}

Result<bool> SshConnection::tryKeyFile(const QString &file)
{
    const QByteArray path = QFile::encodeName(file);
    ssh_key raw = nullptr;
    int status = ssh_pki_import_privkey_file(path.constData(), "", nullptr, nullptr, &raw);
    if (status == SSH_EOF)
        return failure(ErrorCode::DeviceAuthRejected, m_device.name.toStdString(),
                       "key file " + file.toStdString() + " cannot be read");
    if (status != SSH_OK && m_ask) {
        const auto passphrase = m_ask({SshQuestion::Kind::Passphrase, file, {}, true}, m_stop);
        if (passphrase)
            status = ssh_pki_import_privkey_file(path.constData(), passphrase->toUtf8().constData(),
                                                 nullptr, nullptr, &raw);
        m_deadline = Clock::now() + 10s; // the user took the time, not the device
    }
    const Key key(raw);
    if (status != SSH_OK)
        return false;
    return verdict(settle(SSH_AUTH_AGAIN,
                          [&] { return ssh_userauth_publickey(m_session, nullptr, key.get()); }));
}

Result<bool> SshConnection::tryAgent()
{
    if (qEnvironmentVariableIsEmpty("SSH_AUTH_SOCK"))
        return false;
    const int status =
        settle(SSH_AUTH_AGAIN, [this] { return ssh_userauth_agent(m_session, nullptr); });
    // An agent that is gone is no reason to give up.
    return status == SSH_AUTH_ERROR && ssh_is_connected(m_session) ? Result<bool>(false)
                                                                   : verdict(status);
}

Result<bool> SshConnection::tryPassword()
{
    if (!m_ask || (ssh_userauth_list(m_session, nullptr) & SSH_AUTH_METHOD_PASSWORD) == 0)
        return false;
    const auto password = m_ask({SshQuestion::Kind::Password, m_device.name, {}, true}, m_stop);
    if (!password)
        return false;
    m_gavePassword = true;
    m_deadline = Clock::now() + 10s; // the user took the time, not the device
    const QByteArray text = password->toUtf8();
    return verdict(settle(SSH_AUTH_AGAIN, [&] {
        return ssh_userauth_password(m_session, nullptr, text.constData());
    }));
}

Result<bool> SshConnection::tryKeyboardInteractive()
{
    if (!m_ask || (ssh_userauth_list(m_session, nullptr) & SSH_AUTH_METHOD_INTERACTIVE) == 0)
        return false;
    for (;;) {
        const int status = settle(
            SSH_AUTH_AGAIN, [this] { return ssh_userauth_kbdint(m_session, nullptr, nullptr); });
        if (status != SSH_AUTH_INFO)
            return verdict(status);
        const int prompts = ssh_userauth_kbdint_getnprompts(m_session);
        for (int i = 0; i < prompts; ++i) {
            char echo = 0;
            const char *text = ssh_userauth_kbdint_getprompt(m_session, unsigned(i), &echo);
            const auto answer = m_ask(
                {SshQuestion::Kind::Prompt, m_device.name, QString::fromUtf8(text), echo == 0},
                m_stop);
            if (!answer)
                return false;
            m_gavePassword = true;
            ssh_userauth_kbdint_setanswer(m_session, unsigned(i), answer->toUtf8().constData());
        }
        m_deadline = Clock::now() + 10s;
    }
}

} // namespace device
