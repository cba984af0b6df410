#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

namespace device {

/// The types of records that a search asks for (RFC 1035, RFC 3596, RFC 2782).
enum class DnsType : quint16 { A = 1, Ptr = 12, Aaaa = 28, Srv = 33 };

/// A question of the class IN. Names have dots between their labels and none at the end.
struct DnsQuestion {
    QByteArray name;
    DnsType type = DnsType::Ptr;
};

/// A record of an answer: names in lower case, as RFC 1035 §5.1 writes them ("my\.host.local").
struct DnsRecord {
    QByteArray name;
    DnsType type = DnsType::Ptr;
    QByteArray target; ///< The name that a PTR or SRV record leads to.
    quint16 port = 0;  ///< Of an SRV record.
    QString address;   ///< Of an A or AAAA record.

    bool operator==(const DnsRecord &) const = default;
};

/// One DNS message with \a questions; names that are none are left out. With 40 reverse names it
/// fits into one Ethernet frame, since names share their ends.
[[nodiscard]] QByteArray toDnsQuery(const QList<DnsQuestion> &questions);

/// The records of these types in all sections of the answer \a message. Nothing for a question, and
/// for bytes that are no DNS message: the network may send anything.
[[nodiscard]] QList<DnsRecord> dnsRecordsFrom(const QByteArray &message);

/// "11.0.77.10.in-addr.arpa" for "10.77.0.11" given as the number that it is.
[[nodiscard]] QByteArray reverseName(quint32 address);
/// What reverseName() was made from, as text; empty for any other name.
[[nodiscard]] QString addressOfReverseName(const QByteArray &name);

} // namespace device
