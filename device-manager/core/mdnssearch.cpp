#include "device-manager/core/mdnssearch.h"

#include <QHash>
#include <QPointer>
#include <QSocketNotifier>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace device {

using namespace std::chrono_literals;

namespace {

constexpr const char *mdnsGroup = "224.0.0.251"; // RFC 6762 §3
constexpr quint16 mdnsPort = 5353;
constexpr int questionsAtOnce = 40;
constexpr qsizetype largestMdnsMessage = 9000; // RFC 6762 §17
constexpr int messagesAtOnce = 32;             // who floods us does not hold up the window

/// When the rounds begin after one another, and how long the last one listens: shared answers are
/// held back by up to 120 ms (RFC 6762 §6), and a machine may be busy.
constexpr std::array roundTimes{1000ms, 2000ms, 1500ms};

/// What machines with an SSH server publish: the server itself, files over it, and that they are
/// machines.
constexpr const char *sshServices[] = {"_ssh._tcp.local", "_sftp-ssh._tcp.local"};
constexpr const char *otherServices[] = {"_workstation._tcp.local", "_udisks-ssh._tcp.local"};

QString textOf(const QByteArray &name)
{
    return QString::fromUtf8(name);
}

} // namespace

QList<QByteArray> mdnsQueriesFor(const NetworkInterface &interface)
{
    QList<DnsQuestion> browse;
    for (const char *service : sshServices)
        browse.append({service, DnsType::Ptr});
    for (const char *service : otherServices)
        browse.append({service, DnsType::Ptr});
    // Its name before anybody gave it another, also in a network larger than the sweep.
    browse.append({"raspberrypi.local", DnsType::A});
    QList<QByteArray> messages{toDnsQuery(browse)};
    QList<DnsQuestion> sweep;
    const QList<quint32> addresses = sweepAddresses(interface);
    for (const quint32 address : addresses) {
        sweep.append({reverseName(address), DnsType::Ptr});
        if (sweep.size() == questionsAtOnce || address == addresses.back()) {
            messages.append(toDnsQuery(sweep));
            sweep.clear();
        }
    }
    return messages;
}

QList<MdnsAnswer> mdnsAnswersFrom(const QList<DnsRecord> &records, const QString &sender,
                                  const QString &interface)
{
    const auto isInstanceOf = [](const QByteArray &name, const char *service) {
        return name.endsWith(QByteArray(".") + service);
    };
    const auto isSsh = [&](const QByteArray &name) {
        return std::ranges::any_of(
            sshServices, [&](const char *service) { return isInstanceOf(name, service); });
    };
    QHash<QByteArray, QString> addresses; // of hosts
    for (const DnsRecord &record : records)
        if (record.type == DnsType::A)
            addresses[record.name] = record.address;
    QList<MdnsAnswer> answers;
    for (const DnsRecord &record : records) {
        if (record.type == DnsType::Srv) {
            const bool hasSsh = isSsh(record.name);
            answers.append({textOf(record.target), addresses.value(record.target, sender),
                            interface, hasSsh, hasSsh ? record.port : quint16(22)});
        } else if (const QString address = addressOfReverseName(record.name);
                   record.type == DnsType::Ptr && !address.isEmpty()) {
            answers.append({textOf(record.target), address, interface});
        }
    }
    for (auto it = addresses.begin(); it != addresses.end(); ++it)
        if (std::ranges::none_of(
                answers, [&](const MdnsAnswer &answer) { return answer.host == textOf(it.key()); }))
            answers.append({textOf(it.key()), it.value(), interface});
    return answers;
}

class MdnsSearch::Port final
{
public:
    Port(NetworkInterface network, MdnsSearch *owner) : m_network(std::move(network))
    {
        m_socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const in_addr own{htonl(m_network.address)};
        ip_mreqn out{};
        out.imr_address = own;
        out.imr_ifindex = int(m_network.index);
        const int hops = 255; // RFC 6762 §11
        const int no = 0;
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_addr = own;
        m_isUsable =
            m_socket >= 0 &&
            ::setsockopt(m_socket, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out) == 0 &&
            ::setsockopt(m_socket, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) == 0 &&
            ::setsockopt(m_socket, IPPROTO_IP, IP_MULTICAST_LOOP, &no, sizeof no) == 0 &&
            ::bind(m_socket, reinterpret_cast<sockaddr *>(&local), sizeof local) == 0;
        if (!m_isUsable)
            return;
        m_notifier = std::make_unique<QSocketNotifier>(m_socket, QSocketNotifier::Read);
        connect(m_notifier.get(), &QSocketNotifier::activated, owner,
                [this, owner] { receive(*owner); });
    }

    ~Port()
    {
        if (m_notifier) {
            m_notifier->setEnabled(false);
            m_notifier.release()->deleteLater(); // this may be its signal
        }
        if (m_socket >= 0)
            ::close(m_socket);
    }

    Port(const Port &) = delete;
    Port &operator=(const Port &) = delete;

    [[nodiscard]] const NetworkInterface &network() const { return m_network; }

    /// 0, or why not.
    [[nodiscard]] int ask() const
    {
        if (!m_isUsable)
            return EADDRNOTAVAIL;
        sockaddr_in group{};
        group.sin_family = AF_INET;
        group.sin_port = htons(mdnsPort);
        ::inet_pton(AF_INET, mdnsGroup, &group.sin_addr);
        for (const QByteArray &query : mdnsQueriesFor(m_network))
            if (::sendto(m_socket, query.constData(), std::size_t(query.size()), 0,
                         reinterpret_cast<sockaddr *>(&group), sizeof group) < 0)
                return errno;
        return 0;
    }

private:
    void receive(MdnsSearch &owner)
    {
        QByteArray bytes(largestMdnsMessage, Qt::Uninitialized);
        QList<MdnsAnswer> answers;
        for (int i = 0; i < messagesAtOnce; ++i) {
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const ssize_t count = ::recvfrom(m_socket, bytes.data(), std::size_t(bytes.size()), 0,
                                             reinterpret_cast<sockaddr *>(&from), &size);
            if (count < 0)
                break;
            answers += mdnsAnswersFrom(dnsRecordsFrom(bytes.left(count)),
                                       addressText(ntohl(from.sin_addr.s_addr)), m_network.name);
        }
        // A receiver may stop the search, and then this is gone.
        const QPointer<MdnsSearch> alive(&owner);
        for (const MdnsAnswer &answer : answers)
            if (alive && alive->isRunning())
                Q_EMIT owner.answered(answer);
    }

    NetworkInterface m_network;
    int m_socket = -1;
    bool m_isUsable = false;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

MdnsSearch::MdnsSearch(QObject *parent) : QObject(parent)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &MdnsSearch::endRound);
}

MdnsSearch::~MdnsSearch() = default;

void MdnsSearch::start()
{
    stop();
    m_running = true;
    m_round = 0;
    ask();
}

void MdnsSearch::stop()
{
    m_running = false;
    m_timer.stop();
    m_ports.clear();
}

MdnsSearch::Port *MdnsSearch::portOf(const NetworkInterface &interface)
{
    const auto it = std::ranges::find_if(
        m_ports, [&](const auto &port) { return port->network() == interface; });
    if (it != m_ports.end())
        return it->get();
    return m_ports.emplace_back(std::make_unique<Port>(interface, this)).get();
}

void MdnsSearch::ask()
{
    for (const NetworkInterface &interface : networkInterfaces()) {
        const int error = portOf(interface)->ask();
        if (error == 0)
            Q_EMIT asked(interface.name, sweepText(interface));
        else
            Q_EMIT failed(interface.name, QString::fromLocal8Bit(std::strerror(error)));
    }
    m_timer.start(roundTimes[std::size_t(m_round)]);
}

void MdnsSearch::endRound()
{
    if (++m_round < int(roundTimes.size())) {
        ask();
        return;
    }
    stop();
    Q_EMIT finished();
}

} // namespace device
