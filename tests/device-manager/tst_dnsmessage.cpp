#include "device-manager/core/dnsmessage.h"
#include "device-manager/core/mdnssearch.h"

#include <QRandomGenerator>
#include <QTest>

using namespace device;

class tst_DnsMessage : public QObject
{
    Q_OBJECT

    static QByteArray name(const QByteArray &text)
    {
        QByteArray wire;
        for (const QByteArray &label : text.split('.'))
            wire += char(label.size()) + label;
        return wire + '\0';
    }

    static QByteArray number(quint16 value)
    {
        return QByteArray(1, char(value >> 8)) + char(value & 0xff);
    }

    /// The header of an answer with \a count records.
    static QByteArray head(quint16 count, quint16 flags = 0x8400)
    {
        return number(0) + number(flags) + number(0) + number(count) + number(0) + number(0);
    }

    static QByteArray record(const QByteArray &owner, DnsType type, const QByteArray &data)
    {
        const QByteArray cacheFlush = number(0x8001);
        return owner + number(quint16(type)) + cacheFlush + number(0) + number(120) +
               number(quint16(data.size())) + data;
    }

    static QByteArray whole()
    {
        const QByteArray host = name("Pi1.local");
        return head(3) + record(name("11.0.77.10.in-addr.arpa"), DnsType::Ptr, host) +
               record(name("pi1._ssh._tcp.local"), DnsType::Srv,
                      number(0) + number(0) + number(2222) + host) +
               record(host, DnsType::A, QByteArray::fromHex("0a4d000b"));
    }

private Q_SLOTS:
    void readsWhatAnAnswerTells()
    {
        const QList<DnsRecord> records = dnsRecordsFrom(whole());
        QCOMPARE(records.size(), 3);
        QVERIFY(records[0] ==
                (DnsRecord{"11.0.77.10.in-addr.arpa", DnsType::Ptr, "pi1.local", 0, {}}));
        QVERIFY(records[1] ==
                (DnsRecord{"pi1._ssh._tcp.local", DnsType::Srv, "pi1.local", 2222, {}}));
        QVERIFY(records[2] ==
                (DnsRecord{"pi1.local", DnsType::A, {}, 0, QStringLiteral("10.77.0.11")}));
    }

    void anAnswerIsOneMachineWithItsPort()
    {
        const QList<MdnsAnswer> answers = mdnsAnswersFrom(
            dnsRecordsFrom(whole()), QStringLiteral("10.77.0.99"), QStringLiteral("eth0"));
        QCOMPARE(answers.size(), 2);
        for (const MdnsAnswer &answer : answers) {
            QCOMPARE(answer.host, QStringLiteral("pi1.local"));
            QCOMPARE(answer.address, QStringLiteral("10.77.0.11"));
        }
        QVERIFY(!answers[0].hasSsh);
        QVERIFY(answers[1].hasSsh);
        QCOMPARE(answers[1].port, quint16(2222));
    }

    void aSweepOfANetworkIsFewSmallMessages()
    {
        const NetworkInterface interface {
            QStringLiteral("eth0"), 1, 0x0a4d00fd, 16
        };
        const QList<QByteArray> messages = mdnsQueriesFor(interface);
        QCOMPARE(messages.size(), 8); // the browse and 253 addresses, 40 at once
        QSet<QByteArray> asked;
        for (const QByteArray &message : messages) {
            QVERIFY2(message.size() <= 1440, QByteArray::number(message.size()).constData());
            // What is asked, read back as an answer would be: by giving it the flag of one.
            QVERIFY(dnsRecordsFrom(message).isEmpty());
        }
        QCOMPARE(addressOfReverseName(reverseName(0x0a4d000b)), QStringLiteral("10.77.0.11"));
        QVERIFY(addressOfReverseName("1.2.3.in-addr.arpa").isEmpty());
        QVERIFY(addressOfReverseName("a.b.c.d.in-addr.arpa").isEmpty());
        QCOMPARE(sweepText(interface), QStringLiteral("10.77.0.0/24"));
        QCOMPARE(sweepAddresses({QStringLiteral("eth0"), 1, 0x0a4d0001, 30}),
                 QList<quint32>{0x0a4d0002});
        QVERIFY(sweepAddresses({QStringLiteral("eth0"), 1, 0x0a4d0001, 32}).isEmpty());
    }

    void hostileMessagesTellNothing_data()
    {
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("a header alone, cut") << head(1).left(11);
        QTest::newRow("records that are not there") << head(0xffff);
        QTest::newRow("a question") << whole().replace(2, 2, number(0));
        QTest::newRow("bytes behind the end") << whole() + "more";
        const QByteArray self = QByteArray::fromHex("c00c"); // points to itself
        QTest::newRow("a name that is its own end")
            << head(1) + record(self, DnsType::Ptr, name("pi.local"));
        const QByteArray pair = QByteArray::fromHex("c00ec00c");
        QTest::newRow("two names that are each other's end")
            << head(1) + pair + number(12) + number(1) + number(0) + number(0) + number(0);
        QTest::newRow("a target that leads to itself")
            << head(1) + record(name("x.local"), DnsType::Ptr, QByteArray::fromHex("c01f"));
        QTest::newRow("a pointer beyond the end")
            << head(1) + record(QByteArray::fromHex("ffff"), DnsType::Ptr, name("pi.local"));
        QTest::newRow("a label beyond the end") << head(1) + QByteArray("\x3fpi", 3);
        QTest::newRow("a label of a kind that is none")
            << head(1) + record(QByteArray::fromHex("80"), DnsType::Ptr, name("pi.local"));
        QTest::newRow("an address of three bytes")
            << head(1) + record(name("pi.local"), DnsType::A, "abc");
        QTest::newRow("a service without a target")
            << head(1) + record(name("pi.local"), DnsType::Srv, number(0) + number(0) + number(22));
        QByteArray longName;
        for (int i = 0; i < 20; ++i)
            longName += char(63) + QByteArray(63, 'a');
        QTest::newRow("a name longer than a name may be")
            << head(1) + record(longName + '\0', DnsType::Ptr, name("pi.local"));
    }

    void hostileMessagesTellNothing()
    {
        QFETCH(QByteArray, message);
        QVERIFY(dnsRecordsFrom(message).isEmpty());
    }

    void everyCutOfAnAnswerDoesNoHarm()
    {
        const QByteArray message = whole();
        for (qsizetype size = 0; size < message.size(); ++size)
            QVERIFY(dnsRecordsFrom(message.left(size)).isEmpty());
    }

    void everyChangedByteDoesNoHarm()
    {
        // Under the address sanitizer this finds what a reader does out of bounds.
        QRandomGenerator random(7);
        for (int i = 0; i < 20'000; ++i) {
            QByteArray message = whole();
            for (int changes = 1 + i % 4; changes > 0; --changes)
                message[random.bounded(int(message.size()))] = char(random.bounded(256));
            for (const MdnsAnswer &answer : mdnsAnswersFrom(dnsRecordsFrom(message), {}, {}))
                QVERIFY(answer.host.size() <= 4 * 255);
        }
    }
};

QTEST_GUILESS_MAIN(tst_DnsMessage)
#include "tst_dnsmessage.moc"
