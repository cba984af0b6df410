#pragma once

#include "device-manager/core/dnsmessage.h"
#include "device-manager/core/networkinterfaces.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

namespace device {

/// A machine that answered over multicast DNS.
struct MdnsAnswer {
    QString host;        ///< "porch.local", lower case.
    QString address;     ///< IPv4
    QString interface;   ///< Of this computer, on which the answer came.
    bool hasSsh = false; ///< It publishes an SSH server; else it was found by its address alone.
    quint16 port = 22;
};

/// Asks every network that this computer is on who is there, by multicast DNS (RFC 6762): browses
/// for the services that machines with SSH publish, and asks for the name behind each address of
/// the local /24, since a stock Raspberry Pi OS publishes no service but answers for its address.
///
/// One-shot questions from a port of our own (RFC 6762 §5.1): answered at once and to us alone,
/// with no daemon on this computer. Asked at 0, 1 and 3 s, each time on the networks that are there
/// by then; answers that come between count. Nothing but multicast is sent: no machine is probed.
class MdnsSearch final : public QObject
{
    Q_OBJECT

public:
    explicit MdnsSearch(QObject *parent = nullptr);
    ~MdnsSearch() override;

    /// Begins, or begins anew.
    void start();
    void stop();
    [[nodiscard]] bool isRunning() const { return m_running; }

Q_SIGNALS:
    /// A round of questions went out on \a interface; \a sweep says which addresses were asked for.
    void asked(const QString &interface, const QString &sweep);
    /// More than once for a machine that answers more than one question.
    void answered(const device::MdnsAnswer &answer);
    /// No question could be sent on \a interface.
    void failed(const QString &interface, const QString &reason);
    /// Once for each start(), unless it was stopped.
    void finished();

private:
    class Port; ///< A socket on one interface.

    void ask();
    void endRound();
    [[nodiscard]] Port *portOf(const NetworkInterface &interface);

    std::vector<std::unique_ptr<Port>> m_ports;
    QTimer m_timer;
    int m_round = 0;
    bool m_running = false;
};

/// What the records of one answer, sent by \a sender, tell of machines.
[[nodiscard]] QList<MdnsAnswer> mdnsAnswersFrom(const QList<DnsRecord> &records,
                                                const QString &sender, const QString &interface);

/// The questions of one round on \a interface, as messages.
[[nodiscard]] QList<QByteArray> mdnsQueriesFor(const NetworkInterface &interface);

} // namespace device

Q_DECLARE_METATYPE(device::MdnsAnswer)
