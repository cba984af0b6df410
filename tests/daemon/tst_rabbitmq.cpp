#include "tests/daemon/triggertest.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <nlohmann/json.hpp>

#include <QFile>
#include <QTcpServer>
#include <QTcpSocket>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

/// rabbitmq-server with files, ports and a name of its own. It starts slowly, so that one serves
/// all the tests here.
class RabbitServer
{
public:
    ~RabbitServer() { stop(); }

    bool start()
    {
        port = port ? port : tests::freePort();
        QFile settings(m_folder.filePath(QStringLiteral("rabbitmq.conf")));
        if (!settings.open(QIODevice::WriteOnly))
            return false;
        settings.write("listeners.tcp.1 = 127.0.0.1:" + QByteArray::number(port) +
                       "\nlog.console = false\n");
        settings.close();
        QFile plugins(m_folder.filePath(QStringLiteral("enabled_plugins")));
        if (!plugins.open(QIODevice::WriteOnly) || plugins.write("[].\n") < 0)
            return false;
        plugins.close();
        m_process.setProcessEnvironment(environment());
        // Else the server leaves one behind.
        m_names.start(tests::findServer(QStringLiteral("epmd")),
                      {QStringLiteral("-port"), QString::number(m_mapper),
                       QStringLiteral("-address"), QStringLiteral("127.0.0.1")});
        if (!tests::waitForPort(m_mapper))
            return false;
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(program(QStringLiteral("rabbitmq-server")), {});
        return tests::waitForPort(port, 120'000);
    }

    void stop()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        control({QStringLiteral("stop")});
        m_process.waitForFinished(60'000);
        tests::endProcess(m_process);
        tests::endProcess(m_names);
    }

    bool control(const QStringList &arguments)
    {
        QProcess process;
        process.setProcessEnvironment(environment());
        process.start(program(QStringLiteral("rabbitmqctl")), arguments);
        return process.waitForFinished(120'000) && process.exitCode() == 0;
    }

    /// The scripts themselves: what lies in /usr/sbin runs them as another user.
    static QString program(const QString &name)
    {
        return QStringLiteral("/usr/lib/rabbitmq/bin/") + name;
    }

    [[nodiscard]] std::string address() const { return "amqp://127.0.0.1:" + std::to_string(port); }

    quint16 port = 0;

private:
    [[nodiscard]] QProcessEnvironment environment()
    {
        if (m_node.isEmpty()) {
            m_node = QStringLiteral("ew%1@localhost").arg(port);
            m_mapper = tests::freePort();
            m_distribution = tests::freePort();
        }
        QProcessEnvironment all = QProcessEnvironment::systemEnvironment();
        const QString root = m_folder.path();
        for (const auto &[name, value] : std::initializer_list<std::pair<const char *, QString>>{
                 {"HOME", root},
                 {"RABBITMQ_NODENAME", m_node},
                 {"RABBITMQ_CONFIG_FILE", root + QStringLiteral("/rabbitmq.conf")},
                 {"RABBITMQ_ENABLED_PLUGINS_FILE", root + QStringLiteral("/enabled_plugins")},
                 {"RABBITMQ_MNESIA_BASE", root + QStringLiteral("/data")},
                 {"RABBITMQ_LOG_BASE", root + QStringLiteral("/log")},
                 {"RABBITMQ_PID_FILE", root + QStringLiteral("/pid")},
                 {"RABBITMQ_CONF_ENV_FILE", root + QStringLiteral("/none.conf")},
                 {"RABBITMQ_DIST_PORT", QString::number(m_distribution)},
                 {"ERL_EPMD_PORT", QString::number(m_mapper)},
                 {"ERL_EPMD_ADDRESS", QStringLiteral("127.0.0.1")}})
            all.insert(QString::fromLatin1(name), value);
        return all;
    }

    QTemporaryDir m_folder;
    QProcess m_names; ///< Erlang's epmd.
    QProcess m_process;
    QString m_node;
    quint16 m_mapper = 0, m_distribution = 0;
};

/// A connection that makes queues and sends to them.
class Sender
{
public:
    explicit Sender(const RabbitServer &server) : m_connection(amqp_new_connection())
    {
        amqp_socket_t *socket = amqp_tcp_socket_new(m_connection);
        m_isOpen = amqp_socket_open(socket, "127.0.0.1", server.port) == AMQP_STATUS_OK &&
                   isWell(amqp_login(m_connection, "/", 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN,
                                     "guest", "guest")) &&
                   amqp_channel_open(m_connection, 1) && isLastWell();
    }
    ~Sender() { amqp_destroy_connection(m_connection); }

    bool declare(const char *queue)
    {
        amqp_queue_declare(m_connection, 1, amqp_cstring_bytes(queue), 0, 1, 0, 0,
                           amqp_empty_table);
        return m_isOpen && isLastWell();
    }

    bool remove(const char *queue)
    {
        amqp_queue_delete(m_connection, 1, amqp_cstring_bytes(queue), 0, 0);
        return m_isOpen && isLastWell();
    }

    /// True once the broker has them, on its disk.
    bool send(const char *queue, const std::vector<QByteArray> &bodies)
    {
        amqp_tx_select(m_connection, 1);
        amqp_table_entry_t header{amqp_cstring_bytes("kind"), {}};
        header.value.kind = AMQP_FIELD_KIND_UTF8;
        header.value.value.bytes = amqp_cstring_bytes("test");
        amqp_basic_properties_t properties{};
        properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG |
                            AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_TIMESTAMP_FLAG;
        properties.delivery_mode = 2;
        properties.content_type = amqp_cstring_bytes("text/plain");
        properties.headers = {1, &header};
        properties.timestamp = 45'221;
        for (const QByteArray &body : bodies)
            if (amqp_basic_publish(m_connection, 1, amqp_empty_bytes, amqp_cstring_bytes(queue), 0,
                                   0, &properties,
                                   {std::size_t(body.size()),
                                    const_cast<char *>(body.constData())}) != AMQP_STATUS_OK)
                return false;
        amqp_tx_commit(m_connection, 1);
        return m_isOpen && isLastWell();
    }

    /// How many wait in \a queue, with those that a reader has; -1: unknown.
    int count(const char *queue)
    {
        const amqp_queue_declare_ok_t *told = amqp_queue_declare(
            m_connection, 1, amqp_cstring_bytes(queue), 1, 0, 0, 0, amqp_empty_table);
        return told ? int(told->message_count) : -1;
    }

private:
    static bool isWell(const amqp_rpc_reply_t &reply)
    {
        return reply.reply_type == AMQP_RESPONSE_NORMAL;
    }
    bool isLastWell() { return isWell(amqp_get_rpc_reply(m_connection)); }

    amqp_connection_state_t m_connection;
    bool m_isOpen = false;
};

class TestRabbitmq : public tests::TriggerTest
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase() { m_server.stop(); }
    void aMessageIsAnEvent();
    void awsGetsItsOwnShape();
    void nothingIsLostThroughKills();
    void whatFailsIsTriedAgainAndKeptAside();
    void aMessageThatIsTooLargeIsPassedOver();
    void passwordsComeFromTheEnvironment();
    void troubleIsTold();
    void aBrokerThatComesBackIsFoundAgain();

private:
    [[nodiscard]] BrokerTrigger trigger() const
    {
        return {"rabbitmq", m_server.address(), "orders"};
    }

    RabbitServer m_server;
};

void TestRabbitmq::initTestCase()
{
    if (!QFile::exists(RabbitServer::program(QStringLiteral("rabbitmq-server"))))
        QSKIP("rabbitmq-server is missing (Debian: rabbitmq-server)");
    QVERIFY(m_server.start());
}

void TestRabbitmq::init()
{
    // It listens a moment before it serves.
    QVERIFY(QTest::qWaitFor([this] { return Sender(m_server).declare("orders"); }, 60'000));
    startRuntime();
}

void TestRabbitmq::cleanup()
{
    endRuntime();
    Sender(m_server).remove("orders");
}

void TestRabbitmq::aMessageIsAnEvent()
{
    Sender sender(m_server);
    QVERIFY(sender.send("orders", {"before"}));
    QVERIFY_OK(arm(trigger()));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(sender.send("orders", {"{\"item\": 7}", QByteArray("\xff\x00", 2)}));
    QVERIFY(waitForSuccesses(3));
    const json event = json::parse(seen[1].event);
    QCOMPARE(seen[1].trigger, std::string("rabbitmq"));
    QCOMPARE(event["queue"].get<std::string>(), std::string("orders"));
    QCOMPARE(event["routingKey"].get<std::string>(), std::string("orders"));
    QCOMPARE(event["redelivered"].get<bool>(), false);
    QCOMPARE(event["headers"]["kind"].get<std::string>(), std::string("test"));
    QCOMPARE(event["properties"]["contentType"].get<std::string>(), std::string("text/plain"));
    QVERIFY(event["properties"]["replyTo"].is_null());
    QCOMPARE(event["payload"]["item"].get<int>(), 7);
    QCOMPARE(json::parse(seen[2].event)["payloadBase64"].get<std::string>(), std::string("/wA="));
    QTRY_COMPARE(sender.count("orders"), 0);
}

void TestRabbitmq::awsGetsItsOwnShape()
{
    QVERIFY_OK(arm(trigger(), {}, "aws"));
    QVERIFY(waitUntilConnected());
    QVERIFY(Sender(m_server).send("orders", {"hello"}));
    QVERIFY(waitForSuccesses(1));
    const json event = json::parse(seen[0].event);
    QCOMPARE(event["eventSource"].get<std::string>(), std::string("aws:rmq"));
    const json message = event["rmqMessagesByQueue"]["orders::/"][0];
    QCOMPARE(message["data"].get<std::string>(), std::string("aGVsbG8="));
    QCOMPARE(message["redelivered"].get<bool>(), false);
    const json properties = message["basicProperties"];
    QCOMPARE(properties["headers"].dump(), std::string(R"({"kind":{"bytes":[116,101,115,116]}})"));
    QCOMPARE(properties["timestamp"].get<std::string>(), std::string("Jan 1, 1970, 12:33:41 PM"));
    QCOMPARE(properties["deliveryMode"].get<int>(), 2);
    QCOMPARE(properties["bodySize"].get<int>(), 5);
    QVERIFY(properties["correlationId"].is_null());
}

void TestRabbitmq::nothingIsLostThroughKills()
{
    Sender sender(m_server);
    QVERIFY_OK(arm(trigger()));
    QVERIFY(waitUntilConnected());
    int next = 0;
    for (int round = 0; round < 3; ++round) {
        const std::size_t before = noted().size();
        std::vector<QByteArray> bodies;
        for (int i = 0; i < 100; ++i)
            bodies.push_back(QByteArray::number(next++));
        QVERIFY(sender.send("orders", bodies));
        QVERIFY(QTest::qWaitFor([&] { return noted().size() > before + 5; }, 60'000));
        restartRuntime();
        QVERIFY(sender.send("orders", {QByteArray::number(next++)}));
    }
    const std::string missing = waitForAll("payload", next);
    QVERIFY2(missing.empty(), missing.c_str());
    QTRY_COMPARE(sender.count("orders"), 0);
}

void TestRabbitmq::whatFailsIsTriedAgainAndKeptAside()
{
    BrokerTrigger wanted = trigger();
    wanted.retry = {2, 20ms};
    QVERIFY_OK(arm(wanted));
    QVERIFY(waitUntilConnected());
    QVERIFY(Sender(m_server).send("orders", {"bad", "good"}));
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), std::size_t(3), 60'000);
    QTRY_COMPARE(queue().dead, std::uint64_t(1));
    QCOMPARE(queue().waiting, std::uint64_t(0));
}

void TestRabbitmq::aMessageThatIsTooLargeIsPassedOver()
{
    Sender sender(m_server);
    QVERIFY_OK(arm(trigger()));
    QVERIFY(waitUntilConnected());
    QVERIFY(sender.send("orders", {"1", QByteArray(9 << 20, 'x'), QByteArray(3 << 20, 'y'), "4"}));
    QVERIFY(waitForSuccesses(3));
    QCOMPARE(noted().at(1)["payload"].get<std::string>().size(), std::size_t(3 << 20));
    QCOMPARE(noted().at(2)["payload"].get<int>(), 4);
    QCOMPARE(state().errors, std::uint64_t(1));
    QTRY_COMPARE(sender.count("orders"), 0);
}

void TestRabbitmq::passwordsComeFromTheEnvironment()
{
    QVERIFY(m_server.control(
        {QStringLiteral("add_user"), QStringLiteral("lamp"), QStringLiteral("s3cret")}));
    QVERIFY(m_server.control({QStringLiteral("set_permissions"), QStringLiteral("lamp"),
                              QStringLiteral(".*"), QStringLiteral(".*"), QStringLiteral(".*")}));
    BrokerTrigger wanted = trigger();
    wanted.user = "lamp";
    wanted.password = "RABBIT_PASSWORD";
    QVERIFY_OK(arm(wanted));
    QVERIFY(waitForTrouble("RABBIT_PASSWORD"));
    QVERIFY_OK(arm(wanted, {{"RABBIT_PASSWORD", "wrong"}}));
    QVERIFY2(waitForTrouble("ACCESS_REFUSED"), state().words.c_str());
    QVERIFY_OK(arm(wanted, {{"RABBIT_PASSWORD", "s3cret"}}));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
}

void TestRabbitmq::troubleIsTold()
{
    BrokerTrigger wanted = trigger();
    wanted.from = "missing";
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("no queue 'missing'"), state().words.c_str());
    wanted.broker += "/elsewhere";
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("vhost elsewhere not found"), state().words.c_str());
    wanted.broker = "amqp://127.0.0.1:" + std::to_string(tests::freePort());
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("no RabbitMQ broker answers there"), state().words.c_str());
    QTcpServer other; // accepts, and speaks something else
    QVERIFY(other.listen(QHostAddress::LocalHost));
    connect(&other, &QTcpServer::newConnection, this,
            [&other] { other.nextPendingConnection()->write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    wanted.broker = "amqp://127.0.0.1:" + std::to_string(other.serverPort());
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("no RabbitMQ broker"), state().words.c_str());
    QVERIFY_OK(arm(trigger()));
    QVERIFY(waitUntilConnected());
    QVERIFY(Sender(m_server).remove("orders"));
    QVERIFY2(waitForTrouble("was deleted"), state().words.c_str());
}

void TestRabbitmq::aBrokerThatComesBackIsFoundAgain()
{
    QVERIFY_OK(arm(trigger()));
    QVERIFY(waitUntilConnected());
    QVERIFY(m_server.control({QStringLiteral("stop_app")}));
    QVERIFY(waitForTrouble(m_server.address()));
    QVERIFY(m_server.control({QStringLiteral("start_app")}));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(Sender(m_server).send("orders", {"1"}));
    QVERIFY(waitForSuccesses(1));
}

QTEST_GUILESS_MAIN(TestRabbitmq)
#include "tst_rabbitmq.moc"
