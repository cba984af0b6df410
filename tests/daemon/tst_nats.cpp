#include "tests/daemon/triggertest.h"

#include <nats/nats.h>
#include <nlohmann/json.hpp>

#include <QDir>
#include <QFile>

#include <csignal>

#include <set>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

/// nats-server with JetStream, on a port and in a folder of its own, and a connection to it.
class NatsServer
{
public:
    ~NatsServer() { stop(); }

    bool start(const QStringList &more = {})
    {
        port = port ? port : tests::freePort();
        m_process.start(tests::findServer(QStringLiteral("nats-server")),
                        QStringList{QStringLiteral("-a"), QStringLiteral("127.0.0.1"),
                                    QStringLiteral("-p"), QString::number(port),
                                    QStringLiteral("-js"), QStringLiteral("-sd"), m_folder.path()} +
                            more);
        return tests::waitForPort(port);
    }

    void stop()
    {
        disconnect();
        tests::endProcess(m_process);
    }

    void disconnect() { natsConnection_Destroy(std::exchange(m_connection, nullptr)); }

    /// True once the server has them.
    bool publish(const std::string &subject, const std::vector<QByteArray> &payloads,
                 const char *header = nullptr)
    {
        for (const QByteArray &payload : payloads) {
            natsMsg *message = nullptr;
            if (natsMsg_Create(&message, subject.c_str(), nullptr, payload.constData(),
                               int(payload.size())) != NATS_OK)
                return false;
            if (header)
                natsMsgHeader_Set(message, "Kind", header);
            const natsStatus done = natsConnection_PublishMsg(connection(), message);
            natsMsg_Destroy(message);
            if (done != NATS_OK)
                return false;
        }
        return natsConnection_FlushTimeout(connection(), 20'000) == NATS_OK;
    }

    bool addStream(const char *name, const char *subject)
    {
        jsCtx *jetStream = nullptr;
        jsStreamConfig config;
        jsStreamConfig_Init(&config);
        config.Name = name;
        config.Subjects = &subject;
        config.SubjectsLen = 1;
        const bool done = natsConnection_JetStream(&jetStream, connection(), nullptr) == NATS_OK &&
                          js_AddStream(nullptr, jetStream, &config, nullptr, nullptr) == NATS_OK;
        jsCtx_Destroy(jetStream);
        return done;
    }

    [[nodiscard]] std::string address() const { return "nats://127.0.0.1:" + std::to_string(port); }

    quint16 port = 0;

private:
    natsConnection *connection()
    {
        if (!m_connection)
            natsConnection_ConnectTo(&m_connection, address().c_str());
        return m_connection;
    }

    QTemporaryDir m_folder;
    QProcess m_process;
    natsConnection *m_connection = nullptr;
};

class TestNats : public tests::TriggerTest
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aMessageIsAnEvent();
    void readersOfAGroupShareTheMessages();
    void aStreamLosesNothingThroughKills();
    void aServerThatComesBackIsFoundAgain();
    void whatFailsIsTriedAgainAndKeptAside();
    void passwordsComeFromTheEnvironment();
    void troubleIsTold();
    void aMissingProgramIsTold();
    void theProgramIsStartedAgainAndLeavesWithTheRuntime();

private:
    [[nodiscard]] pid_t program() const;
    [[nodiscard]] BrokerTrigger trigger(const std::string &subject,
                                        const std::string &stream = {}) const
    {
        BrokerTrigger wanted{"nats", m_server.address(), subject};
        wanted.stream = stream;
        return wanted;
    }

    NatsServer m_server;
};

void TestNats::initTestCase()
{
    if (tests::findServer(QStringLiteral("nats-server")).isEmpty())
        QSKIP("nats-server is missing (Debian: nats-server)");
}

void TestNats::init()
{
    QVERIFY(m_server.start());
    startRuntime();
}

void TestNats::cleanup()
{
    endRuntime();
    m_server.stop();
}

void TestNats::aMessageIsAnEvent()
{
    QVERIFY_OK(arm(trigger("orders.>")));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(m_server.publish("orders.new.7", {"{\"item\": 7}"}, "test"));
    QVERIFY(m_server.publish("other", {"1"}));
    QVERIFY(m_server.publish("orders.old", {QByteArray("\xff\x00\x01", 3)}));
    QVERIFY(waitForSuccesses(2));
    const json first = json::parse(seen[0].event);
    QCOMPARE(seen[0].trigger, std::string("nats"));
    QCOMPARE(first["subject"].get<std::string>(), std::string("orders.new.7"));
    QCOMPARE(first["payload"]["item"].get<int>(), 7);
    QCOMPARE(first["headers"]["Kind"].get<std::string>(), std::string("test"));
    QVERIFY(!first.contains("stream"));
    const json second = json::parse(seen[1].event);
    QCOMPARE(second["payload"].get<std::string>(), std::string("/wAB"));
    QCOMPARE(second["payloadBase64"].get<std::string>(), std::string("/wAB"));
    QCOMPARE(state().events, std::uint64_t(2));
}

void TestNats::readersOfAGroupShareTheMessages()
{
    BrokerTrigger one = trigger("orders");
    one.group = "workers";
    BrokerTrigger other = one;
    other.prefetch = 50; // another trigger of the same function
    FunctionSpec spec = tests::TestRuntime::spec("f");
    runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                   "def handler(event, context=None):\n    return event['payload']\n");
    spec.triggers = {one, other};
    QVERIFY_OK(runtime->putLinked(spec));
    QVERIFY(QTest::qWaitFor(
        [this] {
            const auto triggers = runtime->state("f")->triggers;
            return triggers.size() == 2 && !triggers[0].words.starts_with("connects") &&
                   !triggers[1].words.starts_with("connects");
        },
        60'000));
    std::vector<QByteArray> payloads;
    for (int i = 0; i < 200; ++i)
        payloads.push_back(QByteArray::number(i));
    QVERIFY(m_server.publish("orders", payloads));
    QVERIFY(waitForSuccesses(200));
    QTest::qWait(100); // for what would be too much
    QCOMPARE(seen.size(), std::size_t(200));
    std::set<std::string> different;
    for (const std::string &result : results())
        different.insert(result);
    QCOMPARE(different.size(), std::size_t(200));
}

void TestNats::aStreamLosesNothingThroughKills()
{
    QVERIFY(m_server.addStream("ORDERS", "orders.*"));
    QVERIFY(m_server.publish("orders.a", {"0"})); // what was there before is for it too
    QVERIFY_OK(arm(trigger("orders.*", "ORDERS")));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(waitForSuccesses(1));
    const json first = json::parse(seen[0].event);
    QCOMPARE(first["stream"].get<std::string>(), std::string("ORDERS"));
    QCOMPARE(first["sequence"].get<int>(), 1);
    int next = 1;
    for (int round = 0; round < 3; ++round) {
        std::vector<QByteArray> payloads;
        for (int i = 0; i < 100; ++i)
            payloads.push_back(QByteArray::number(next++));
        QVERIFY(m_server.publish("orders.b", payloads));
        const std::size_t before = noted().size();
        QVERIFY(QTest::qWaitFor([&] { return noted().size() > before + 5; }, 60'000));
        restartRuntime();
        QVERIFY(m_server.publish("orders.c", {QByteArray::number(next++)}));
    }
    const std::string missing = waitForAll("payload", next);
    QVERIFY2(missing.empty(), missing.c_str());
}

void TestNats::aServerThatComesBackIsFoundAgain()
{
    QVERIFY_OK(arm(trigger("orders")));
    QVERIFY(waitUntilConnected());
    m_server.stop();
    QVERIFY(waitForTrouble(m_server.address()));
    QVERIFY(m_server.start());
    QVERIFY(waitUntilConnected());
    QVERIFY(m_server.publish("orders", {"1"}));
    QVERIFY(waitForSuccesses(1));
}

void TestNats::whatFailsIsTriedAgainAndKeptAside()
{
    BrokerTrigger wanted = trigger("orders");
    wanted.retry = {2, 20ms};
    QVERIFY_OK(arm(wanted));
    QVERIFY(waitUntilConnected());
    QVERIFY(m_server.publish("orders", {"\"bad\"", "\"good\""}));
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), std::size_t(3), 60'000);
    QTRY_COMPARE(queue().dead, std::uint64_t(1));
    QVERIFY2(queue().name.starts_with("nats.f."), queue().name.c_str());
    QCOMPARE(queue().waiting, std::uint64_t(0));
}

void TestNats::passwordsComeFromTheEnvironment()
{
    m_server.stop();
    QVERIFY(m_server.start({QStringLiteral("--user"), QStringLiteral("lamp"),
                            QStringLiteral("--pass"), QStringLiteral("s3cret")}));
    BrokerTrigger wanted = trigger("orders");
    wanted.user = "lamp";
    wanted.password = "NATS_PASSWORD";
    QVERIFY_OK(arm(wanted));
    QVERIFY(waitForTrouble("NATS_PASSWORD"));
    QVERIFY_OK(arm(wanted, {{"NATS_PASSWORD", "wrong"}}));
    QVERIFY2(waitForTrouble("refuses the user"), state().words.c_str());
    QVERIFY_OK(arm(wanted, {{"NATS_PASSWORD", "s3cret"}}));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
}

void TestNats::troubleIsTold()
{
    QVERIFY_OK(arm(trigger("orders", "MISSING")));
    QVERIFY2(waitForTrouble("stream not found"), state().words.c_str());
    m_server.stop();
    QVERIFY_OK(arm(trigger("orders")));
    QVERIFY2(waitForTrouble("no NATS server answers there"), state().words.c_str());
}

void TestNats::aMissingProgramIsTold()
{
    QTemporaryDir elsewhere;
    endRuntime();
    runtime = std::make_unique<tests::TestRuntime>();
    const QString alone = elsewhere.filePath(QStringLiteral("edgewrightd"));
    QVERIFY(QFile::copy(runtime->program, alone));
    runtime->program = alone;
    QVERIFY(runtime->start());
    QVERIFY_OK(arm(trigger("orders")));
    QVERIFY2(waitForTrouble("edgewright-source is missing"), state().words.c_str());
}

/// The runtime's edgewright-source; 0: there is none.
pid_t TestNats::program() const
{
    const QDir processes(QStringLiteral("/proc"));
    const QByteArray parent = "PPid:\t" + QByteArray::number(runtime->pid()) + '\n';
    for (const QString &name : processes.entryList(QDir::Dirs)) {
        QFile status(processes.filePath(name + QStringLiteral("/status")));
        if (name.toInt() == 0 || !status.open(QIODevice::ReadOnly))
            continue;
        const QByteArray text = status.readAll();
        if (text.startsWith("Name:\tedgewright-sour") && text.contains(parent) &&
            !text.contains("State:\tZ"))
            return name.toInt();
    }
    return 0;
}

void TestNats::theProgramIsStartedAgainAndLeavesWithTheRuntime()
{
    QVERIFY_OK(arm(trigger("orders")));
    QVERIFY(waitUntilConnected());
    const pid_t first = program();
    QVERIFY(first > 0);
    QCOMPARE(::kill(first, SIGKILL), 0);
    QVERIFY(waitForTrouble("edgewright-source ended"));
    QVERIFY(waitUntilConnected());
    const pid_t second = program();
    QVERIFY(second > 0 && second != first);
    QVERIFY(m_server.publish("orders", {"1"}));
    QVERIFY(waitForSuccesses(1));
    runtime->killHard();
    QTRY_VERIFY_WITH_TIMEOUT(::kill(second, 0) != 0, 30'000);
    restartRuntime();
}

QTEST_GUILESS_MAIN(TestNats)
#include "tst_nats.moc"
