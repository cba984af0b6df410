#include "tests/daemon/testruntime.h"

#include <nlohmann/json.hpp>

#include <QFile>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>

using namespace runtime;
using nlohmann::json;
using tests::TestRuntime;
using namespace std::chrono_literals;

/// Mosquitto on a port of its own.
class Broker
{
public:
    ~Broker() { stop(); }

    bool start(const QByteArray &more = "allow_anonymous true\n")
    {
        if (port == 0) {
            QTcpServer free;
            free.listen(QHostAddress::LocalHost);
            port = free.serverPort();
        }
        QFile file(m_folder.filePath(QStringLiteral("mosquitto.conf")));
        if (!file.open(QIODevice::WriteOnly))
            return false;
        file.write("listener " + QByteArray::number(port) + " 127.0.0.1\nuser root\n" + more);
        file.close();
        m_process.start(program(QStringLiteral("mosquitto")),
                        {QStringLiteral("-c"), file.fileName()});
        return QTest::qWaitFor([this] {
            QTcpSocket probe;
            probe.connectToHost(QHostAddress::LocalHost, port);
            return probe.waitForConnected(100);
        });
    }

    void stop()
    {
        m_process.terminate();
        if (!m_process.waitForFinished(5'000))
            m_process.kill();
        m_process.waitForFinished();
    }

    /// With QoS 1: true once the broker has it.
    bool publish(const QString &topic, const QByteArray &payload, const QStringList &more = {})
    {
        QProcess client;
        client.start(QStringLiteral("mosquitto_pub"),
                     QStringList{QStringLiteral("-p"), QString::number(port), QStringLiteral("-q"),
                                 QStringLiteral("1"), QStringLiteral("-t"), topic,
                                 QStringLiteral("-s")} +
                         more);
        client.write(payload);
        client.closeWriteChannel();
        return client.waitForFinished(10'000) && client.exitCode() == 0;
    }

    static QString program(const QString &name)
    {
        return QStandardPaths::findExecutable(
            name, {QStringLiteral("/usr/sbin"), QStringLiteral("/usr/bin")});
    }

    [[nodiscard]] std::string address() const { return "mqtt://127.0.0.1:" + std::to_string(port); }

    quint16 port = 0;

private:
    QTemporaryDir m_folder;
    QProcess m_process;
};

class TestMqtt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aMessageIsAnEvent();
    void cloudEventsForGcp();
    void whatComesWhileTheRuntimeIsAwayIsKept();
    void aBrokerThatComesBackIsFoundAgain();
    void whatFailsIsTriedAgainAndKeptAside();
    void manyMessagesComeOnceAndInOrder();
    void passwordsComeFromTheEnvironment();
    void troubleIsTold();

private:
    [[nodiscard]] FunctionSpec spec(const MqttTrigger &trigger) const;
    void listen();
    [[nodiscard]] TriggerState trigger() { return m_runtime->state("f")->triggers.at(0); }
    bool waitForSubscription();

    Broker m_broker;
    std::unique_ptr<TestRuntime> m_runtime;
    std::unique_ptr<Subscription> m_feed;
    std::vector<Invocation> m_seen;
};

void TestMqtt::init()
{
    if (Broker::program(QStringLiteral("mosquitto")).isEmpty())
        QSKIP("mosquitto is missing (Debian: mosquitto mosquitto-clients)");
    m_seen.clear();
    QVERIFY(m_broker.start());
    m_runtime = std::make_unique<TestRuntime>();
    QVERIFY(m_runtime->start());
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context=None):\n"
                     "    if event.get('payload') == 'bad':\n"
                     "        raise ValueError('no such thing')\n"
                     "    return event\n");
    listen();
}

void TestMqtt::cleanup()
{
    m_feed.reset();
    m_runtime.reset();
    m_broker.stop();
}

FunctionSpec TestMqtt::spec(const MqttTrigger &trigger) const
{
    FunctionSpec spec = TestRuntime::spec("f");
    spec.triggers = {trigger};
    return spec;
}

void TestMqtt::listen()
{
    SubscribeRequest wanted;
    wanted.invocations = true;
    m_feed = m_runtime->client().subscribe(wanted);
    connect(m_feed.get(), &Subscription::happened, this, [this](const Happening &happening) {
        if (happening.kind == Happening::Kind::Invocation)
            m_seen.push_back(happening.invocation);
    });
}

bool TestMqtt::waitForSubscription()
{
    return QTest::qWaitFor(
        [this] {
            const TriggerState state = trigger();
            return !state.failing && !state.words.starts_with("connects");
        },
        10'000);
}

void TestMqtt::aMessageIsAnEvent()
{
    QVERIFY_OK(m_runtime->putLinked(spec({m_broker.address(), "home/+/lux"})));
    QVERIFY2(waitForSubscription(), trigger().words.c_str());
    QVERIFY(m_broker.publish(QStringLiteral("home/hall/lux"), "{\"lux\": 12.5}"));
    QVERIFY(m_broker.publish(QStringLiteral("home/hall/temperature"), "22"));
    QVERIFY(m_broker.publish(QStringLiteral("home/yard/lux"), "grüße"));
    QVERIFY(m_broker.publish(QStringLiteral("home/attic/lux"), QByteArray("\xff\x00\x01", 3),
                             {QStringLiteral("-r")}));
    QTRY_COMPARE(m_seen.size(), std::size_t(3));
    const json first = json::parse(m_seen[0].result);
    QCOMPARE(m_seen[0].trigger, std::string("mqtt"));
    QCOMPARE(first["topic"].get<std::string>(), std::string("home/hall/lux"));
    QCOMPARE(first["payload"]["lux"].get<double>(), 12.5);
    QCOMPARE(first["payloadBase64"].get<std::string>(), std::string("eyJsdXgiOiAxMi41fQ=="));
    QCOMPARE(first["qos"].get<int>(), 1);
    QCOMPARE(first["retain"].get<bool>(), false);
    QCOMPARE(json::parse(m_seen[1].result)["payload"].get<std::string>(), std::string("grüße"));
    const json bytes = json::parse(m_seen[2].result);
    QCOMPARE(bytes["payload"].get<std::string>(), std::string("/wAB"));
    QCOMPARE(trigger().events, std::uint64_t(3));
}

void TestMqtt::cloudEventsForGcp()
{
    FunctionSpec cloud = spec({m_broker.address(), "#"});
    cloud.dialect = "gcp";
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(cloud_event):\n    print(cloud_event['subject'])\n");
    QVERIFY_OK(m_runtime->putLinked(cloud));
    QVERIFY(waitForSubscription());
    QVERIFY(m_broker.publish(QStringLiteral("a/b"), "1"));
    QTRY_COMPARE(m_seen.size(), std::size_t(1));
    QCOMPARE(m_seen[0].outcome, Outcome::Result);
    const json event = json::parse(m_seen[0].event);
    QCOMPARE(event["subject"].get<std::string>(), std::string("a/b"));
    QCOMPARE(event["data"].get<int>(), 1);
}

void TestMqtt::whatComesWhileTheRuntimeIsAwayIsKept()
{
    QVERIFY_OK(m_runtime->putLinked(spec({m_broker.address(), "door"})));
    QVERIFY(waitForSubscription());
    m_feed.reset();
    m_runtime->killHard();
    QVERIFY(m_broker.publish(QStringLiteral("door"), "\"open\""));
    QVERIFY(m_runtime->start());
    listen();
    QVERIFY_OK(m_runtime->putLinked(spec({m_broker.address(), "door"})));
    QTRY_COMPARE(m_seen.size(), std::size_t(1));
    QCOMPARE(json::parse(m_seen[0].result)["payload"].get<std::string>(), std::string("open"));
}

void TestMqtt::aBrokerThatComesBackIsFoundAgain()
{
    QVERIFY_OK(m_runtime->putLinked(spec({m_broker.address(), "door"})));
    QVERIFY(waitForSubscription());
    m_broker.stop();
    QTRY_VERIFY(trigger().failing);
    QVERIFY(m_broker.start());
    QVERIFY(waitForSubscription());
    QVERIFY(m_broker.publish(QStringLiteral("door"), "1"));
    QTRY_COMPARE(m_seen.size(), std::size_t(1));
}

void TestMqtt::whatFailsIsTriedAgainAndKeptAside()
{
    MqttTrigger trigger{m_broker.address(), "door"};
    trigger.retry = {2, 20ms};
    QVERIFY_OK(m_runtime->putLinked(spec(trigger)));
    QVERIFY(waitForSubscription());
    QVERIFY(m_broker.publish(QStringLiteral("door"), "bad"));
    QVERIFY(m_broker.publish(QStringLiteral("door"), "good"));
    QTRY_COMPARE(m_seen.size(), std::size_t(3));
    QTRY_COMPARE(TestRuntime::wait(m_runtime->client().queues())->at(0).dead, std::uint64_t(1));
    const auto queues = TestRuntime::wait(m_runtime->client().queues());
    QVERIFY2(queues->at(0).name.starts_with("mqtt.f."), queues->at(0).name.c_str());
    QCOMPARE(queues->at(0).waiting, std::uint64_t(0));
}

void TestMqtt::manyMessagesComeOnceAndInOrder()
{
    QVERIFY_OK(m_runtime->putLinked(spec({m_broker.address(), "count", 2})));
    QVERIFY(waitForSubscription());
    QProcess client;
    client.start(QStringLiteral("mosquitto_pub"),
                 {QStringLiteral("-p"), QString::number(m_broker.port), QStringLiteral("-q"),
                  QStringLiteral("2"), QStringLiteral("-t"), QStringLiteral("count"),
                  QStringLiteral("-l")});
    constexpr int count = 300;
    for (int i = 0; i < count; ++i)
        client.write(QByteArray::number(i) + '\n');
    client.closeWriteChannel();
    QVERIFY(client.waitForFinished(20'000));
    QTRY_COMPARE_WITH_TIMEOUT(m_seen.size(), std::size_t(count), 20'000);
    for (int i = 0; i < count; ++i)
        QCOMPARE(json::parse(m_seen[std::size_t(i)].result)["payload"].get<int>(), i);
    QTest::qWait(50);
    QCOMPARE(m_seen.size(), std::size_t(count));
}

void TestMqtt::passwordsComeFromTheEnvironment()
{
    m_broker.stop();
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("users"));
    QProcess make;
    make.start(QStringLiteral("mosquitto_passwd"),
               {QStringLiteral("-b"), QStringLiteral("-c"), file, QStringLiteral("lamp"),
                QStringLiteral("s3cret")});
    QVERIFY(make.waitForFinished() && make.exitCode() == 0);
    QVERIFY(m_broker.start("password_file " + file.toUtf8() + "\n"));

    MqttTrigger trigger{m_broker.address(), "door", 0, "lamp", "MQTT_PASSWORD"};
    FunctionSpec wanted = spec(trigger);
    QVERIFY_OK(m_runtime->putLinked(wanted));
    QTRY_VERIFY(this->trigger().words.find("MQTT_PASSWORD") != std::string::npos);
    QVERIFY(this->trigger().failing);
    wanted.environment["MQTT_PASSWORD"] = "wrong";
    QVERIFY_OK(m_runtime->putLinked(wanted));
    QTRY_VERIFY2(this->trigger().words.find("not authorised") != std::string::npos ||
                     this->trigger().words.find("password") != std::string::npos ||
                     this->trigger().words.find("may not connect") != std::string::npos,
                 this->trigger().words.c_str());
    QVERIFY(this->trigger().failing);
    wanted.environment["MQTT_PASSWORD"] = "s3cret";
    QVERIFY_OK(m_runtime->putLinked(wanted));
    QVERIFY2(waitForSubscription(), this->trigger().words.c_str());
}

void TestMqtt::troubleIsTold()
{
    QTcpServer other; // accepts, and speaks something else
    QVERIFY(other.listen(QHostAddress::LocalHost));
    connect(&other, &QTcpServer::newConnection, this,
            [&other] { other.nextPendingConnection()->write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    QVERIFY_OK(m_runtime->putLinked(
        spec({"mqtt://127.0.0.1:" + std::to_string(other.serverPort()), "door"})));
    QTRY_VERIFY2(trigger().words.find("no MQTT broker") != std::string::npos,
                 trigger().words.c_str());
    m_broker.stop();
    QVERIFY_OK(m_runtime->putLinked(spec({m_broker.address(), "door"})));
    QTRY_VERIFY2(trigger().words.find("refused") != std::string::npos, trigger().words.c_str());
    QVERIFY_OK(m_runtime->putLinked(spec({"mqtt://no-such-host.invalid", "door"})));
    QTRY_VERIFY2(trigger().words.find("no host of that name") != std::string::npos,
                 trigger().words.c_str());
    QVERIFY(trigger().failing);
}

QTEST_GUILESS_MAIN(TestMqtt)
#include "tst_mqtt.moc"
