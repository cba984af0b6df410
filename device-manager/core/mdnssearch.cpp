#include "device-manager/core/mdnssearch.h"

#include "device-manager/core/mdnssocket.h"

#include <QHash>
#include <QPointer>
#include <QSocketNotifier>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace device {

using namespace std::chrono_literals;

namespace {

constexpr int questionsAtOnce = 40;
constexpr int messagesAtOnce = 32; // who floods us does not hold up the window

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
    Port(NetworkInterface network, MdnsSearch *owner)
        : m_network(std::move(network)), m_socket(m_network)
    {
        if (!m_socket.isOpen())
            return;
        m_notifier = std::make_unique<QSocketNotifier>(m_socket.handle(), QSocketNotifier::Read);
        connect(m_notifier.get(), &QSocketNotifier::activated, owner,
                [this, owner] { receive(*owner); });
    }

    ~Port()
    {
        if (!m_notifier)
            return;
        m_notifier->setEnabled(false);
        m_notifier.release()->deleteLater(); // this may be its signal
    }

    Port(const Port &) = delete;
    Port &operator=(const Port &) = delete;

    [[nodiscard]] const NetworkInterface &network() const { return m_network; }

    /// 0, or why not.
    [[nodiscard]] int ask()
    {
        for (const QByteArray &query : mdnsQueriesFor(m_network))
            if (const int error = m_socket.send(query); error != 0)
                return error;
        return 0;
    }

private:
    void receive(MdnsSearch &owner)
    {
        QList<MdnsAnswer> answers;
        for (int i = 0; i < messagesAtOnce; ++i) {
            const auto message = m_socket.receive();
            if (!message)
                break;
            answers +=
                mdnsAnswersFrom(dnsRecordsFrom(message->bytes), message->sender, m_network.name);
        }
        // A receiver may stop the search, and then this is gone.
        const QPointer<MdnsSearch> alive(&owner);
        for (const MdnsAnswer &answer : answers)
            if (alive && alive->isRunning())
                Q_EMIT alive->answered(answer);
    }

    NetworkInterface m_network;
    MdnsSocket m_socket;
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
