#include "device-manager/core/dnsmessage.h"

// The C library's own reader and writer of DNS messages: it bounds every read, follows compressed
// names no longer than a message, and needs neither a daemon nor another package.
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>

#include <array>

namespace device {

namespace {

constexpr std::size_t largestMessage = 1440; // what a frame carries beside IP and UDP
const QByteArray reverseEnd(".in-addr.arpa");

QByteArray nameFrom(const ns_msg &message, const unsigned char *at)
{
    std::array<unsigned char, NS_MAXCDNAME> packed;
    std::array<char, NS_MAXDNAME> text;
    if (::ns_name_unpack(ns_msg_base(message), ns_msg_end(message), at, packed.data(),
                         packed.size()) < 0 ||
        ::ns_name_ntop(packed.data(), text.data(), text.size()) < 0)
        return {};
    return QByteArray(text.data()).toLower();
}

QString addressFrom(const ns_rr &record, int family, std::size_t size)
{
    std::array<char, INET6_ADDRSTRLEN> text;
    if (ns_rr_rdlen(record) != size ||
        !::inet_ntop(family, ns_rr_rdata(record), text.data(), text.size()))
        return {};
    return QString::fromLatin1(text.data());
}

/// False: it tells nothing that is wanted.
bool readRecord(const ns_msg &message, const ns_rr &raw, DnsRecord &record)
{
    constexpr std::size_t srvHead = 3 * NS_INT16SZ; // priority, weight, port
    record.name = QByteArray(ns_rr_name(raw)).toLower();
    record.type = DnsType(ns_rr_type(raw));
    switch (record.type) {
    case DnsType::A:
        record.address = addressFrom(raw, AF_INET, NS_INADDRSZ);
        return !record.address.isEmpty();
    case DnsType::Aaaa:
        record.address = addressFrom(raw, AF_INET6, NS_IN6ADDRSZ);
        return !record.address.isEmpty();
    case DnsType::Ptr: record.target = nameFrom(message, ns_rr_rdata(raw)); break;
    case DnsType::Srv:
        if (ns_rr_rdlen(raw) <= srvHead)
            return false;
        record.port = quint16(::ns_get16(ns_rr_rdata(raw) + 2 * NS_INT16SZ));
        record.target = nameFrom(message, ns_rr_rdata(raw) + srvHead);
        break;
    default: return false;
    }
    return !record.target.isEmpty();
}

} // namespace

QByteArray toDnsQuery(const QList<DnsQuestion> &questions)
{
    std::array<unsigned char, largestMessage> buffer{};
    std::array<const unsigned char *, 64> names{buffer.data(), nullptr};
    unsigned char *at = buffer.data() + NS_HFIXEDSZ;
    const unsigned char *const end = buffer.data() + buffer.size() - 2 * NS_INT16SZ;
    quint16 count = 0;
    for (const DnsQuestion &question : questions) {
        const int size = ::ns_name_compress(question.name.constData(), at, std::size_t(end - at),
                                            names.data(), names.data() + names.size());
        if (size < 0)
            continue;
        at += size;
        ::ns_put16(quint16(question.type), at);
        ::ns_put16(ns_c_in, at + NS_INT16SZ);
        at += 2 * NS_INT16SZ;
        if (++count == 0xffff || at >= end)
            break;
    }
    ::ns_put16(count, buffer.data() + 2 * NS_INT16SZ); // RFC 1035 §4.1.1: QDCOUNT
    return {reinterpret_cast<const char *>(buffer.data()), qsizetype(at - buffer.data())};
}

QList<DnsRecord> dnsRecordsFrom(const QByteArray &bytes)
{
    ns_msg message{};
    if (::ns_initparse(reinterpret_cast<const unsigned char *>(bytes.constData()),
                       int(bytes.size()), &message) != 0 ||
        ns_msg_getflag(message, ns_f_qr) == 0)
        return {};
    QList<DnsRecord> records;
    for (const ns_sect section : {ns_s_an, ns_s_ns, ns_s_ar}) {
        for (int i = 0; i < ns_msg_count(message, section); ++i) {
            ns_rr raw{};
            if (::ns_parserr(&message, section, i, &raw) != 0)
                return {};
            if (DnsRecord record; readRecord(message, raw, record))
                records.append(std::move(record));
        }
    }
    return records;
}

QByteArray reverseName(quint32 address)
{
    QByteArray name;
    for (int i = 0; i < 4; ++i)
        name += QByteArray::number((address >> (8 * i)) & 0xff) + (i < 3 ? "." : "");
    return name + reverseEnd;
}

QString addressOfReverseName(const QByteArray &name)
{
    if (!name.endsWith(reverseEnd))
        return {};
    const QList<QByteArray> parts = name.chopped(reverseEnd.size()).split('.');
    if (parts.size() != 4)
        return {};
    const QByteArray text = parts[3] + '.' + parts[2] + '.' + parts[1] + '.' + parts[0];
    in_addr address{};
    return ::inet_pton(AF_INET, text.constData(), &address) == 1 ? QString::fromLatin1(text)
                                                                 : QString();
}

} // namespace device
