#include "tests/daemon/testruntime.h"

#include "runtime-bridge/protocol/frame.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QFile>
#include <QLocalSocket>
#include <QTcpServer>
#include <QTest>

#include <csignal>

using namespace runtime;
using nlohmann::json;
using tests::TestRuntime;
using namespace std::chrono_literals;

class TestRuntimeServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_runtime.reset(); }
    void onlyItsUserMayCome();
    void brokenFramesEndTheConnectionAlone_data();
    void brokenFramesEndTheConnectionAlone();
    void wrongRequestsAreAnswered();
    void aSecondRuntimeInOneFolderLeaves();
    void detachedItAnswersAtOnceAndEndsWhenAsked();
    void itEndsWhenNobodyNeedsIt();
    void terminatedItFinishesWhatRuns();
    void nothingIsLeftBehindAfterAKill();
    void relayPassesBytes();
    void theGatewayServesFunctions();
    void debuggingConnectsTheNextWorker();
    void wrongUseIsSaid();

private:
    static int run(const QStringList &arguments, QByteArray *output = nullptr)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"), arguments);
        if (!process.waitForFinished(15'000))
            return -1;
        if (output)
            *output = process.readAll();
        return process.exitCode();
    }
    std::unique_ptr<TestRuntime> m_runtime;
};

void TestRuntimeServer::init()
{
    m_runtime = std::make_unique<TestRuntime>();
    QVERIFY(m_runtime->start());
}

void TestRuntimeServer::onlyItsUserMayCome()
{
    const auto own = QFile::ReadOwner | QFile::WriteOwner;
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    const QString folder = m_runtime->folder();
    QVERIFY(!(QFile::permissions(folder) & others));
    const auto socket = QFile::permissions(folder + QStringLiteral("/runtime.sock"));
    QCOMPARE(socket & own, own);
    QVERIFY(!(socket & others));
}

void TestRuntimeServer::brokenFramesEndTheConnectionAlone_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const auto framed = [](const json &message) {
        return QByteArray::fromStdString(encodeFrame(message));
    };
    QTest::newRow("too long") << QByteArray("\xff\xff\xff\xff", 4);
    QTest::newRow("no cbor") << QByteArray("\0\0\0\2\xff\xff", 6);
    QTest::newRow("no map") << framed(json::array({1}));
    QTest::newRow("no hello") << framed({{"t", "ping"}});
    QTest::newRow("id of another type")
        << framed({{"t", "hello"}, {"protocol", 1}}) +
               framed({{"t", "request"}, {"id", "x"}, {"op", "functions"}});
    QTest::newRow("type of another type") << framed({{"t", 5}});
}

void TestRuntimeServer::brokenFramesEndTheConnectionAlone()
{
    QFETCH(QByteArray, bytes);
    QLocalSocket socket;
    socket.connectToServer(m_runtime->folder() + QStringLiteral("/runtime.sock"));
    QVERIFY(socket.waitForConnected());
    socket.write(bytes);
    QTRY_COMPARE(socket.state(), QLocalSocket::UnconnectedState);
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().functions()));
}

void TestRuntimeServer::wrongRequestsAreAnswered()
{
    QLocalSocket socket;
    socket.connectToServer(m_runtime->folder() + QStringLiteral("/runtime.sock"));
    QVERIFY(socket.waitForConnected());
    FrameReader reader;
    std::vector<json> got;
    connect(&socket, &QLocalSocket::readyRead, this, [&] {
        reader.feed(socket.readAll().toStdString());
        while (const auto message = reader.next())
            if (*message)
                got.push_back(**message);
    });
    const auto send = [&](const json &message) {
        socket.write(QByteArray::fromStdString(encodeFrame(message)));
    };
    send({{"t", "hello"}, {"protocol", 1}, {"more", "ignored"}});
    send({{"t", "unheard-of"}});
    send({{"t", "request"}, {"id", 1}, {"op", "dance"}});
    send({{"t", "request"}, {"id", 2}, {"op", "invoke"}, {"args", {{"function", 7}}}});
    send({{"t", "request"}, {"id", 3}, {"op", "remove"}, {"args", json::object()}});
    send({{"t", "request"}, {"id", 4}, {"op", "put"}, {"args", {{"manifest", nullptr}}}});
    send({{"t", "ping"}});
    send({{"t", "cancel"}, {"id", 99}});
    QTRY_COMPARE(got.size(), std::size_t(6));
    QCOMPARE(got[0].value("t", ""), std::string("hello"));
    int refused = 0, pongs = 0;
    for (const json &message : got) {
        if (message.value("t", "") == "pong")
            ++pongs;
        else if (message.contains("error"))
            refused += message["error"].value("code", "") == "Request.Invalid";
    }
    QCOMPARE(refused, 4);
    QCOMPARE(pongs, 1);
}

void TestRuntimeServer::aSecondRuntimeInOneFolderLeaves()
{
    const std::string instance = m_runtime->client().hello().instance;
    QCOMPARE(run({QStringLiteral("serve"), QStringLiteral("--folder"), m_runtime->folder()}), 0);
    QCOMPARE(run({QStringLiteral("serve"), QStringLiteral("--detach"), QStringLiteral("--folder"),
                  m_runtime->folder()}),
             0);
    const auto again = m_runtime->createClient();
    QVERIFY(again);
    QCOMPARE(again->hello().instance, instance);
}

void TestRuntimeServer::detachedItAnswersAtOnceAndEndsWhenAsked()
{
    QTemporaryDir folder;
    QCOMPARE(run({QStringLiteral("serve"), QStringLiteral("--detach"), QStringLiteral("--folder"),
                  folder.path()}),
             0);
    const QString path = folder.filePath(QStringLiteral("runtime.sock"));
    QLocalSocket socket;
    socket.connectToServer(path);
    QVERIFY(socket.waitForConnected());
    socket.write(QByteArray::fromStdString(encodeFrame({{"t", "hello"}, {"protocol", 1}})));
    socket.write(
        QByteArray::fromStdString(encodeFrame({{"t", "request"}, {"id", 1}, {"op", "shutdown"}})));
    QTRY_COMPARE(socket.state(), QLocalSocket::UnconnectedState);
    QTRY_VERIFY(!QFile::exists(path));
    QFile log(folder.filePath(QStringLiteral("runtime.log")));
    QVERIFY(log.open(QIODevice::ReadOnly));
    QTRY_VERIFY((log.seek(0), log.readAll().contains("stopped")));
}

void TestRuntimeServer::itEndsWhenNobodyNeedsIt()
{
    QTemporaryDir folder;
    QProcess process;
    process.start(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"),
                  {QStringLiteral("serve"), QStringLiteral("--folder"), folder.path(),
                   QStringLiteral("--idle-exit"), QStringLiteral("1")});
    QVERIFY(process.waitForStarted());
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    QCOMPARE(process.exitCode(), 0);
}

void TestRuntimeServer::terminatedItFinishesWhatRuns()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "import time\n"
                     "def handler(event, context):\n"
                     "    print('began')\n"
                     "    time.sleep(0.3)\n"
                     "    return 'done'\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    SubscribeRequest wanted;
    wanted.log = true;
    const auto feed = m_runtime->client().subscribe(wanted);
    bool began = false;
    connect(feed.get(), &Subscription::happened, this, [&](const Happening &) { began = true; });
    auto running = m_runtime->client().invoke({"f", "{}", "manual", {}});
    QTRY_VERIFY(began);
    m_runtime->process().terminate();
    const auto invocation = TestRuntime::wait(running);
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->result, std::string("\"done\""));
    QTRY_COMPARE(m_runtime->process().state(), QProcess::NotRunning);
    QCOMPARE(m_runtime->process().exitCode(), 0);
}

void TestRuntimeServer::nothingIsLeftBehindAfterAKill()
{
    const QByteArray python = "import os\ndef handler(event, context):\n"
                              "    return [os.getpid(), os.getppid()]\n";
    m_runtime->write(QStringLiteral("p"), QStringLiteral("main.py"), python);
    m_runtime->write(QStringLiteral("n"), QStringLiteral("main.js"),
                     "exports.handler = () => [process.pid];\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("p")));
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("n", "nodejs")));
    std::vector<int> pids;
    for (const char *name : {"p", "n"}) {
        const auto invocation = m_runtime->invoke(name);
        QVERIFY_OK(invocation);
        for (const json &pid : json::parse(invocation->result))
            pids.push_back(pid.get<int>());
    }
    QCOMPARE(pids.size(), std::size_t(3));
    m_runtime->killHard();
    for (const int pid : pids)
        QTRY_VERIFY(::kill(pid, 0) != 0);
}

void TestRuntimeServer::relayPassesBytes()
{
    QProcess relay;
    relay.start(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"),
                {QStringLiteral("relay"), QStringLiteral("--folder"), m_runtime->folder()});
    QVERIFY(relay.waitForStarted());
    relay.write(QByteArray::fromStdString(encodeFrame({{"t", "hello"}, {"protocol", 1}})));
    relay.write(QByteArray::fromStdString(encodeFrame({{"t", "ping"}})));
    FrameReader reader;
    std::vector<std::string> types;
    connect(&relay, &QProcess::readyRead, this, [&] {
        reader.feed(relay.readAllStandardOutput().toStdString());
        while (const auto message = reader.next())
            types.push_back((*message)->value("t", ""));
    });
    QTRY_COMPARE(types, (std::vector<std::string>{"hello", "pong"}));
    relay.closeWriteChannel();
    QTRY_COMPARE(relay.state(), QProcess::NotRunning);
    QCOMPARE(relay.exitCode(), 0);
    QTemporaryDir empty;
    QCOMPARE(run({QStringLiteral("relay"), QStringLiteral("--folder"), empty.path()}), 3);
}

void TestRuntimeServer::theGatewayServesFunctions()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n    return {'n': 1}\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    const auto address = TestRuntime::wait(m_runtime->client().gateway());
    QVERIFY_OK(address);
    const auto again = TestRuntime::wait(m_runtime->client().gateway());
    QVERIFY_OK(again);
    QCOMPARE(*again, *address);
    QTcpSocket socket;
    const QString port = QString::fromStdString(*address).section(QLatin1Char(':'), 2);
    socket.connectToHost(QStringLiteral("127.0.0.1"), port.toUShort());
    QVERIFY(socket.waitForConnected());
    socket.write("GET /function/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    const QByteArray answer = socket.readAll();
    QVERIFY2(answer.startsWith("HTTP/1.1 200") && answer.endsWith(R"({"n":1})"),
             answer.constData());

    QTcpSocket scraper;
    scraper.connectToHost(QStringLiteral("127.0.0.1"), port.toUShort());
    QVERIFY(scraper.waitForConnected());
    scraper.write("GET /_metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    QTRY_COMPARE(scraper.state(), QAbstractSocket::UnconnectedState);
    const QByteArray metrics = scraper.readAll();
    QVERIFY2(
        metrics.contains("\nedgewright_invocations_total{function=\"f\",outcome=\"result\"} 1\n"),
        metrics.constData());
    QVERIFY2(metrics.contains("\nedgewright_workers{function=\"f\"} 1\n"), metrics.constData());
}

void TestRuntimeServer::debuggingConnectsTheNextWorker()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "import os\ndef handler(event, context):\n    return os.getpid()\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    QTcpServer adapter;
    QVERIFY(adapter.listen(QHostAddress::LocalHost));
    const DebugRequest request{"f", "127.0.0.1", adapter.serverPort(), "token"};
    const auto begun = TestRuntime::wait(m_runtime->client().debug(request));
    if (!begun && begun.error().code == ErrorCode::DebuggerMissing)
        QSKIP("debugpy is missing (Debian: python3-debugpy)");
    QVERIFY_OK(begun);
    QVERIFY(m_runtime->state("f")->debugging);
    QTRY_VERIFY(adapter.hasPendingConnections());
    DebugRequest end = request;
    end.port = 0;
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().debug(end)));
    QVERIFY(!m_runtime->state("f")->debugging);
    const auto invocation = m_runtime->invoke("f");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Result);
}

void TestRuntimeServer::wrongUseIsSaid()
{
    QByteArray output;
    QCOMPARE(run({}, &output), 2);
    QVERIFY(output.contains("a command is missing"));
    QCOMPARE(run({QStringLiteral("dance")}), 2);
    QCOMPARE(run({QStringLiteral("serve"), QStringLiteral("--idle-exit"), QStringLiteral("x")}), 2);
    QCOMPARE(run({QStringLiteral("--version")}, &output), 0);
    QVERIFY(output.startsWith("edgewrightd "));
}

QTEST_GUILESS_MAIN(TestRuntimeServer)
#include "tst_runtimeserver.moc"
