#include "runtime-bridge/daemon/mqtt/mqttpackets.h"

#include <QTest>

using namespace runtime::mqtt;

/// Every connection begins with it.
static const std::string accepted("\x20\x02\x00\x00", 4);

/// Against the examples and rules of MQTT 3.1.1.
class TestMqttPackets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectIsLaidOutAsTheStandardSays();
    void lengthsTakeAsManyBytesAsTheyNeed();
    void publicationsAreRead();
    void whatIsNoPublicationIsRefused_data();
    void whatIsNoPublicationIsRefused();
    void aStreamIsCutWhereverItComesApart();
    void anImpossibleLengthBreaksTheStream();
    void refusalsAreTold();
};

void TestMqttPackets::connectIsLaidOutAsTheStandardSays()
{
    // Figure 3.6 of the standard has the variable header; the flags are user, password and clean.
    const std::string bytes = connectPacket({"ew1", "lamp", "x", true, 10});
    const QByteArray expected("\x10\x18\x00\x04MQTT\x04\xc2\x00\x0a\x00\x03"
                              "ew1\x00\x04lamp\x00\x01x",
                              26);
    QCOMPARE(QByteArray::fromStdString(bytes), expected);
    const std::string bare = connectPacket({"ew1", "", "unused", false, 30});
    QCOMPARE(int(std::uint8_t(bare[9])), 0);
}

void TestMqttPackets::lengthsTakeAsManyBytesAsTheyNeed()
{
    // Table 2.4: 127 is the last that fits into one byte, 16,383 into two.
    for (const auto &[size, bytes] :
         {std::pair<std::size_t, std::size_t>{127, 1}, {128, 2}, {16'383, 2}, {16'384, 3}}) {
        const std::string filter(size - 5, 'a');
        const std::string packet = subscribePacket(1, filter, 0);
        QCOMPARE(packet.size(), 1 + bytes + size);
        PacketReader reader;
        reader.feed(accepted + packet);
        QVERIFY(reader.next());
        const auto read = reader.next();
        QVERIFY(read);
        QCOMPARE(read->body.size(), size);
        QCOMPARE(read->type, PacketType::Subscribe);
        QCOMPARE(int(read->flags), 2);
    }
}

void TestMqttPackets::publicationsAreRead()
{
    const auto message = publicationOf({PacketType::Publish, 0x0b,
                                        std::string("\x00\x03"
                                                    "a/b"
                                                    "\x12\x34"
                                                    "22.5",
                                                    11)});
    QVERIFY(message);
    QCOMPARE(message->topic, std::string("a/b"));
    QCOMPARE(message->payload, std::string("22.5"));
    QCOMPARE(int(message->id), 0x1234);
    QCOMPARE(message->qos, 1);
    QVERIFY(message->isRetained && message->isRepeated);
    const auto empty = publicationOf({PacketType::Publish, 0, std::string("\x00\x01t", 3)});
    QVERIFY(empty && empty->payload.empty() && empty->id == 0);
}

void TestMqttPackets::whatIsNoPublicationIsRefused_data()
{
    QTest::addColumn<int>("flags");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("nothing") << 0 << QByteArray();
    QTest::newRow("no topic") << 0 << QByteArray("\x00\x00x", 3);
    QTest::newRow("topic longer than all") << 0 << QByteArray("\x00\x09xyz", 5);
    QTest::newRow("no number") << 2 << QByteArray("\x00\x01t", 3);
    QTest::newRow("number 0") << 2 << QByteArray("\x00\x01t\x00\x00", 5);
    QTest::newRow("QoS 3") << 6 << QByteArray("\x00\x01t\x00\x01", 5);
}

void TestMqttPackets::whatIsNoPublicationIsRefused()
{
    QFETCH(int, flags);
    QFETCH(QByteArray, body);
    QVERIFY(!publicationOf({PacketType::Publish, std::uint8_t(flags), body.toStdString()}));
}

void TestMqttPackets::aStreamIsCutWhereverItComesApart()
{
    const std::string stream = accepted + answerPacket(PacketType::Puback, 7) +
                               emptyPacket(PacketType::Pingresp) +
                               subscribePacket(1, std::string(300, 't'), 1);
    PacketReader reader;
    std::vector<Packet> packets;
    for (const char byte : stream) {
        reader.feed({&byte, 1});
        while (auto packet = reader.next())
            packets.push_back(*packet);
    }
    QCOMPARE(packets.size(), std::size_t(4));
    QCOMPARE(refusalOf(packets[0]), std::string());
    QCOMPARE(idOf(packets[1]), std::optional<std::uint16_t>(7));
    QCOMPARE(packets[2].type, PacketType::Pingresp);
    QCOMPARE(packets[3].body.size(), std::size_t(305));
    QVERIFY(!reader.isBroken());
}

void TestMqttPackets::anImpossibleLengthBreaksTheStream()
{
    PacketReader endless;
    endless.feed(accepted + "\x30\xff\xff\xff\xff\x01");
    QVERIFY(endless.next());
    QVERIFY(!endless.next());
    QVERIFY(endless.isBroken());
    PacketReader huge;
    huge.feed(accepted + "\x30\xff\xff\xff\x7f");
    QVERIFY(huge.next());
    QVERIFY(!huge.next());
    QVERIFY(huge.isBroken());
    PacketReader waiting;
    waiting.feed("\x20");
    QVERIFY(!waiting.next());
    QVERIFY(!waiting.isBroken());
    PacketReader web;
    web.feed("HTTP/1.1 400 Bad Request");
    QVERIFY(!web.next());
    QVERIFY(web.isBroken());
}

void TestMqttPackets::refusalsAreTold()
{
    const auto connack = [](char code) {
        return Packet{PacketType::Connack, 0, std::string(1, '\0') + code};
    };
    QVERIFY(refusalOf(connack(0)).empty());
    QVERIFY(!hasSession(connack(0)));
    QVERIFY(hasSession({PacketType::Connack, 0, std::string("\x01\x00", 2)}));
    QVERIFY(refusalOf(connack(4)).find("password") != std::string::npos);
    QVERIFY(refusalOf(connack(99)).find("99") != std::string::npos);
    QVERIFY(!refusalOf({PacketType::Publish, 0, std::string(2, '\0')}).empty());
    QVERIFY(!refusalOf({PacketType::Connack, 0, {}}).empty());
}

QTEST_APPLESS_MAIN(TestMqttPackets)
#include "tst_mqttpackets.moc"
