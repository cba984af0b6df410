#include "tests/daemon/triggertest.h"

#include <libpq-fe.h>
#include <nlohmann/json.hpp>

#include <QFile>

#include <csignal>

#include <sys/stat.h>
#include <unistd.h>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

/// PostgreSQL 15 with data and a port of its own; as nobody where root runs the tests, because it
/// refuses root.
class PostgresServer
{
public:
    ~PostgresServer() { stop(); }

    static QString program(const char *name)
    {
        return QStringLiteral("/usr/lib/postgresql/15/bin/") + QLatin1String(name);
    }

    bool create()
    {
        port = tests::freePort();
        QFile password(m_folder.filePath(QStringLiteral("password")));
        if (!password.open(QIODevice::WriteOnly) || password.write("s3cret\n") < 0)
            return false;
        password.close();
        if (::geteuid() == 0)
            for (const QString &path : {m_folder.path(), password.fileName()})
                if (::chown(path.toUtf8().constData(), nobody, nobody) != 0)
                    return false;
        QProcess process;
        start(process, program("initdb"),
              {QStringLiteral("-D"), data(), QStringLiteral("-U"), QStringLiteral("lamp"),
               QStringLiteral("--auth=scram-sha-256"), QStringLiteral("--no-sync"),
               QStringLiteral("--pwfile=") + password.fileName()});
        return process.waitForFinished(120'000) && process.exitCode() == 0;
    }

    bool start()
    {
        start(m_process, program("postgres"),
              {QStringLiteral("-D"), data(), QStringLiteral("-p"), QString::number(port),
               QStringLiteral("-c"), QStringLiteral("listen_addresses=127.0.0.1"),
               QStringLiteral("-c"), QStringLiteral("unix_socket_directories=")});
        return QTest::qWaitFor([this] { return query("SELECT 1"); }, 120'000);
    }

    void stop()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        ::kill(pid_t(m_process.processId()), SIGINT); // with SIGTERM it waits for its clients
        m_process.waitForFinished(60'000);
        tests::endProcess(m_process);
    }

    /// True once it is done.
    bool query(const QByteArray &command)
    {
        const QByteArray where = "host=127.0.0.1 user=lamp password=s3cret dbname=postgres port=" +
                                 QByteArray::number(port);
        PGconn *connection = PQconnectdb(where.constData());
        PGresult *result = PQexec(connection, command.constData());
        const ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        PQfinish(connection);
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    }

    [[nodiscard]] std::string address() const
    {
        return "postgresql://127.0.0.1:" + std::to_string(port) + "/postgres";
    }

    quint16 port = 0;

private:
    static constexpr uid_t nobody = 65'534;

    static void start(QProcess &process, const QString &program, QStringList arguments)
    {
        arguments.prepend(program);
        if (::geteuid() == 0)
            arguments =
                QStringList{QStringLiteral("setpriv"), QStringLiteral("--reuid=nobody"),
                            QStringLiteral("--regid=nogroup"), QStringLiteral("--clear-groups")} +
                arguments;
        const QString first = arguments.takeFirst();
        process.setWorkingDirectory(QStringLiteral("/"));
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(first, arguments);
    }
    [[nodiscard]] QString data() const { return m_folder.filePath(QStringLiteral("data")); }

    QTemporaryDir m_folder;
    QProcess m_process;
};

class TestPostgresql : public tests::TriggerTest
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { startRuntime(); }
    void cleanup() { endRuntime(); }
    void cleanupTestCase() { m_server.stop(); }
    void aNotificationIsAnEvent();
    void changedRowsAreToldByATrigger();
    void whatFailsIsTriedAgainAndKeptAside();
    void whatWasKeptSurvivesAKill();
    void aServerThatComesBackIsFoundAgain();
    void troubleIsTold();

private:
    Result<PutResult> listen(const BrokerTrigger &trigger)
    {
        return arm(trigger, {{"DATABASE_PASSWORD", "s3cret"}});
    }
    [[nodiscard]] BrokerTrigger trigger(const std::string &channel = "orders") const
    {
        BrokerTrigger wanted{"database", m_server.address(), channel};
        wanted.user = "lamp";
        wanted.password = "DATABASE_PASSWORD";
        return wanted;
    }

    PostgresServer m_server;
};

void TestPostgresql::initTestCase()
{
    if (!QFile::exists(PostgresServer::program("initdb")))
        QSKIP("PostgreSQL is missing (Debian: postgresql-15)");
    QVERIFY(m_server.create());
    QVERIFY(m_server.start());
}

void TestPostgresql::aNotificationIsAnEvent()
{
    QVERIFY_OK(listen(trigger("new \"orders\"")));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(m_server.query(R"(NOTIFY "new ""orders""", '{"item": 7}')"));
    QVERIFY(m_server.query("NOTIFY orders, 'of another channel'"));
    QVERIFY(m_server.query(R"(NOTIFY "new ""orders""")"));
    QVERIFY(waitForSuccesses(2));
    const json event = json::parse(seen[0].event);
    QCOMPARE(seen[0].trigger, std::string("database"));
    QCOMPARE(event["channel"].get<std::string>(), std::string("new \"orders\""));
    QCOMPARE(event["payload"]["item"].get<int>(), 7);
    QVERIFY(event["pid"].get<int>() > 0);
    QCOMPARE(json::parse(seen[1].event)["payload"].get<std::string>(), std::string());
}

void TestPostgresql::changedRowsAreToldByATrigger()
{
    QVERIFY(m_server.query(
        "CREATE TABLE items(id serial, name text);"
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_notify('items', json_build_object('change', TG_OP, 'row', NEW)::text); "
        "RETURN NEW; END $$;"
        "CREATE TRIGGER tell AFTER INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION "
        "tell();"));
    QVERIFY_OK(listen(trigger("items")));
    QVERIFY(waitUntilConnected());
    QVERIFY(
        m_server.query("INSERT INTO items(name) SELECT 'n' || i FROM generate_series(1, 500) i"));
    QVERIFY(waitForSuccesses(500));
    const json event = json::parse(seen[499].event);
    QCOMPARE(event["payload"]["change"].get<std::string>(), std::string("INSERT"));
    QCOMPARE(event["payload"]["row"]["name"].get<std::string>(), std::string("n500"));
}

void TestPostgresql::whatFailsIsTriedAgainAndKeptAside()
{
    BrokerTrigger wanted = trigger();
    wanted.retry = {2, 20ms};
    QVERIFY_OK(listen(wanted));
    QVERIFY(waitUntilConnected());
    QVERIFY(m_server.query("NOTIFY orders, 'bad'"));
    QVERIFY(m_server.query("NOTIFY orders, 'good'"));
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), std::size_t(3), 60'000);
    QTRY_COMPARE(queue().dead, std::uint64_t(1));
}

void TestPostgresql::whatWasKeptSurvivesAKill()
{
    QVERIFY_OK(listen(trigger()));
    QVERIFY(waitUntilConnected());
    QVERIFY(m_server.query("SELECT pg_notify('orders', i::text) FROM generate_series(1, 300) i"));
    // All of them are with the runtime, and most of them wait for the function.
    QVERIFY(QTest::qWaitFor(
        [this] { return noted().size() + queue().waiting >= 300 && noted().size() > 3; }, 60'000));
    restartRuntime();
    const std::string missing = waitForAll("payload", 300);
    QVERIFY2(missing.empty(), missing.c_str());
}

void TestPostgresql::aServerThatComesBackIsFoundAgain()
{
    QVERIFY_OK(listen(trigger()));
    QVERIFY(waitUntilConnected());
    m_server.stop();
    QVERIFY(waitForTrouble(m_server.address()));
    QVERIFY(m_server.start());
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(m_server.query("NOTIFY orders, '1'"));
    QVERIFY(waitForSuccesses(1));
}

void TestPostgresql::troubleIsTold()
{
    QVERIFY_OK(arm(trigger()));
    QVERIFY(waitForTrouble("DATABASE_PASSWORD"));
    QVERIFY_OK(arm(trigger(), {{"DATABASE_PASSWORD", "wrong"}}));
    QVERIFY2(waitForTrouble("password authentication failed"), state().words.c_str());
    BrokerTrigger wanted = trigger();
    wanted.broker += "y";
    QVERIFY_OK(listen(wanted));
    QVERIFY2(waitForTrouble("does not exist"), state().words.c_str());
    wanted.broker = "postgresql://127.0.0.1:" + std::to_string(tests::freePort());
    QVERIFY_OK(listen(wanted));
    QVERIFY2(waitForTrouble("refused"), state().words.c_str());
}

QTEST_GUILESS_MAIN(TestPostgresql)
#include "tst_postgresql.moc"
