#include "device-manager/core/mdnssocket.h"

#include "device-manager/core/dnsmessage.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

namespace device {

using namespace std::chrono_literals;
using MdnsClock = std::chrono::steady_clock;

namespace {

constexpr const char *mdnsGroup = "224.0.0.251"; // RFC 6762 §3
constexpr quint16 mdnsPort = 5353;
constexpr qsizetype largestMdnsMessage = 9000; // RFC 6762 §17
constexpr auto askAgainAfter = 500ms;
constexpr int lookAtStopMs = 50;

/// Opens one end for each network and asks there.
std::vector<std::unique_ptr<MdnsSocket>> askEverywhere(const QByteArray &question)
{
    std::vector<std::unique_ptr<MdnsSocket>> sockets;
    for (const NetworkInterface &interface : networkInterfaces()) {
        auto socket = std::make_unique<MdnsSocket>(interface);
        if (socket->send(question) == 0)
            sockets.push_back(std::move(socket));
    }
    return sockets;
}

QStringList addressesIn(const QByteArray &message, const QByteArray &host)
{
    QStringList addresses;
    for (const DnsRecord &record : dnsRecordsFrom(message))
        if (record.type == DnsType::A && record.name == host)
            addresses.append(record.address);
    return addresses;
}

} // namespace

MdnsSocket::MdnsSocket(const NetworkInterface &interface)
    : m_handle(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
{
    const in_addr own{htonl(interface.address)};
    ip_mreqn out{};
    out.imr_address = own;
    out.imr_ifindex = int(interface.index);
    const int hops = 255; // RFC 6762 §11
    const int no = 0;
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr = own;
    if (m_handle < 0 ||
        ::setsockopt(m_handle, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out) != 0 ||
        ::setsockopt(m_handle, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) != 0 ||
        ::setsockopt(m_handle, IPPROTO_IP, IP_MULTICAST_LOOP, &no, sizeof no) != 0 ||
        ::bind(m_handle, reinterpret_cast<sockaddr *>(&local), sizeof local) != 0)
        m_error = errno;
}

MdnsSocket::~MdnsSocket()
{
    if (m_handle >= 0)
        ::close(m_handle);
}

int MdnsSocket::send(const QByteArray &message)
{
    if (m_error != 0)
        return m_error;
    sockaddr_in group{};
    group.sin_family = AF_INET;
    group.sin_port = htons(mdnsPort);
    ::inet_pton(AF_INET, mdnsGroup, &group.sin_addr);
    return ::sendto(m_handle, message.constData(), std::size_t(message.size()), 0,
                    reinterpret_cast<sockaddr *>(&group), sizeof group) < 0
               ? errno
               : 0;
}

std::optional<MdnsSocket::Message> MdnsSocket::receive()
{
    QByteArray bytes(largestMdnsMessage, Qt::Uninitialized);
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t count = ::recvfrom(m_handle, bytes.data(), std::size_t(bytes.size()), 0,
                                     reinterpret_cast<sockaddr *>(&from), &size);
    if (count < 0)
        return std::nullopt;
    bytes.truncate(count);
    return Message{bytes, addressText(ntohl(from.sin_addr.s_addr))};
}

QStringList resolveByMdns(const QString &host, MdnsClock::time_point deadline,
                          const std::stop_token &stop)
{
    const QByteArray name = host.toLower().toUtf8();
    const QByteArray question = toDnsQuery({{name, DnsType::A}});
    while (!stop.stop_requested() && MdnsClock::now() < deadline) {
        // Anew each time: a network may have come.
        const auto sockets = askEverywhere(question);
        std::vector<pollfd> waiting;
        for (const auto &socket : sockets)
            waiting.push_back({socket->handle(), POLLIN, 0});
        const auto again = std::min(deadline, MdnsClock::now() + askAgainAfter);
        while (!stop.stop_requested() && MdnsClock::now() < again) {
            ::poll(waiting.data(), waiting.size(), lookAtStopMs);
            for (const auto &socket : sockets)
                while (const auto message = socket->receive())
                    if (QStringList found = addressesIn(message->bytes, name); !found.isEmpty())
                        return found;
        }
    }
    return {};
}

} // namespace device
