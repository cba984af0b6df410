#include "rawclient.h"
#include "tests/daemon/testruntime.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

#include <csignal>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

/// Real, unchanged web servers behind the gateway of a real runtime.
class TestServices : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void requestsArePassedOn_data();
    void requestsArePassedOn();
    void whatBelongsToAConnectionStaysThere();
    void bodiesOfAnyLengthAreStreamed();
    void connectionsAreKept();
    void eventsComeAsTheyAreSent();
    void aReaderThatLeavesIsTold();
    void webSocketsAreTunnelled();
    void http2IsPassedThrough();
    void serversOfTheStandardLibraryRun();
    void commandsRun();
    void anEventBecomesARequest();
    void severalRequestsAtATime();
    void failuresHaveTheirStatus_data();
    void failuresHaveTheirStatus();
    void answersThatBreakOffAreCut();
    void aCrashIsToldAndMended();
    void aServiceLeavesGently();
    void idleServicesEnd();
    void reloadFailsNoRequest();
    void oneThatDoesNotListenIsSaid();

private:
    Result<PutResult> put(const char *name, const char *file, const QByteArray &text,
                          const std::string &handler = {},
                          const std::function<void(FunctionSpec &)> &change = {});
    static QByteArray resource(const char *file);
    static QJsonObject object(const RawResponse &response)
    {
        return QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
    }
    QByteArray node(const QStringList &arguments);

    TestRuntime m_runtime;
    std::string m_address;
};

QByteArray TestServices::resource(const char *file)
{
    QFile in(QStringLiteral(EDGEWRIGHT_SOURCE_DIR "/tests/daemon/services/") +
             QString::fromLatin1(file));
    if (!in.open(QIODevice::ReadOnly))
        qFatal("no %s", file);
    return in.readAll();
}

Result<PutResult> TestServices::put(const char *name, const char *file, const QByteArray &text,
                                    const std::string &handler,
                                    const std::function<void(FunctionSpec &)> &change)
{
    m_runtime.write(QString::fromLatin1(name), QString::fromLatin1(file), text);
    FunctionSpec spec = TestRuntime::spec(name, "service");
    spec.handler = handler.empty() ? file : handler;
    spec.dialect = "custom";
    spec.triggers = {HttpTrigger{std::string("/") + name + "/{rest+}", {}}};
    if (change)
        change(spec);
    return m_runtime.putLinked(spec);
}

QByteArray TestServices::node(const QStringList &arguments)
{
    QProcess process;
    process.start(QStringLiteral("node"), arguments);
    if (!process.waitForFinished(10'000))
        process.kill();
    return process.readAllStandardOutput();
}

void TestServices::initTestCase()
{
    QVERIFY(m_runtime.start());
    const auto address = TestRuntime::wait(m_runtime.client().gateway());
    QVERIFY_OK(address);
    m_address = *address;
    // Without a route of its own: it has what the others leave.
    QVERIFY_OK(put("web", "server.js", resource("server.js"), {},
                   [](FunctionSpec &spec) { spec.triggers.clear(); }));
}

void TestServices::requestsArePassedOn_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("headers");
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("prefix");
    QTest::newRow("path and query") << "GET /a/b?c=%20d"
                                    << ""
                                    << "/a/b?c=%20d"
                                    << "";
    QTest::newRow("root") << "POST /"
                          << ""
                          << "/"
                          << "";
    QTest::newRow("by name") << "PUT /function/web/x/y?z=1"
                             << ""
                             << "/x/y?z=1"
                             << "/function/web";
    QTest::newRow("by name alone") << "GET /function/web"
                                   << ""
                                   << "/"
                                   << "/function/web";
    QTest::newRow("by host") << "GET /function/web/q"
                             << "Host: web.localhost:99\r\n"
                             << "/function/web/q"
                             << "";
    QTest::newRow("any method") << "PROPFIND /dav"
                                << ""
                                << "/dav"
                                << "";
}

void TestServices::requestsArePassedOn()
{
    QFETCH(QString, line);
    QFETCH(QString, headers);
    RawClient client(m_address);
    const std::string host = headers.isEmpty() ? "Host: some.where:8\r\n" : headers.toStdString();
    const RawResponse response = client.request(line.toStdString() + " HTTP/1.1\r\n" + host +
                                                "X-Own: yes\r\nContent-Length: 5\r\n\r\nhello");
    QCOMPARE(response.status, 200);
    const QJsonObject seen = object(response);
    QCOMPARE(seen[QLatin1String("method")].toString(), line.section(QLatin1Char(' '), 0, 0));
    QTEST(seen[QLatin1String("url")].toString(), "url");
    QCOMPARE(seen[QLatin1String("size")].toInt(), 5);
    const QJsonObject told = seen[QLatin1String("headers")].toObject();
    QCOMPARE(told[QLatin1String("x-own")].toString(), QStringLiteral("yes"));
    QCOMPARE(told[QLatin1String("x-forwarded-for")].toString(), QStringLiteral("127.0.0.1"));
    QCOMPARE(told[QLatin1String("x-forwarded-proto")].toString(), QStringLiteral("http"));
    QCOMPARE(told[QLatin1String("x-forwarded-host")].toString().toStdString(),
             host.substr(6, host.size() - 8));
    QTEST(told[QLatin1String("x-forwarded-prefix")].toString(), "prefix");
    QCOMPARE(response.headers.count("set-cookie"), std::size_t(2));
    QVERIFY(!response.header("x-invocation-id").empty());
    const auto kept = TestRuntime::wait(m_runtime.client().invocation(
        QString::fromStdString(response.header("x-invocation-id")).toStdString()));
    QVERIFY_OK(kept);
    QCOMPARE(kept->trigger, std::string("http"));
    QVERIFY(kept->result.starts_with(R"({"bytes":)"));
    QVERIFY(kept->result.ends_with(R"("statusCode":200})"));
    QVERIFY(!kept->log.empty());
}

void TestServices::whatBelongsToAConnectionStaysThere()
{
    RawClient client(m_address);
    const RawResponse response =
        client.call("GET /x", "Connection: X-Mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n"
                              "TE: trailers\r\nX-Forwarded-For: 10.0.0.1\r\n");
    const QJsonObject told = object(response)[QLatin1String("headers")].toObject();
    for (const char *name : {"x-mine", "keep-alive", "te"})
        QVERIFY2(!told.contains(QLatin1String(name)), name);
    QCOMPARE(told[QLatin1String("x-forwarded-for")].toString(),
             QStringLiteral("10.0.0.1, 127.0.0.1"));
    QCOMPARE(response.header("x-private"), std::string());
}

void TestServices::bodiesOfAnyLengthAreStreamed()
{
    // Longer than the gateway would take for a function.
    const QByteArray body(9'000'000, 'x');
    const std::string sum =
        QCryptographicHash::hash(body, QCryptographicHash::Sha256).toHex().toStdString();
    RawClient whole(m_address);
    QCOMPARE(object(whole.call("POST /x", {}, body.toStdString()))[QLatin1String("sum")]
                 .toString()
                 .toStdString(),
             sum);
    RawClient chunked(m_address);
    std::string sent = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 9; ++i)
        sent += "F4240\r\n" + std::string(1'000'000, 'x') + "\r\n";
    const QJsonObject seen = object(chunked.request(sent + "0\r\n\r\n"));
    QCOMPARE(seen[QLatin1String("size")].toInt(), 9'000'000);
    QCOMPARE(seen[QLatin1String("sum")].toString().toStdString(), sum);
}

void TestServices::connectionsAreKept()
{
    RawClient client(m_address);
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(client.call("GET /empty").status, 204);
        QCOMPARE(object(client.call("POST /x", {}, "abc"))[QLatin1String("size")].toInt(), 3);
        QCOMPARE(client.call("HEAD /x").status, 200);
    }
    // Two requests at once, one after the other.
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    QCOMPARE(object(client.read())[QLatin1String("url")].toString(), QStringLiteral("/a"));
    QCOMPARE(object(client.read())[QLatin1String("url")].toString(), QStringLiteral("/b"));
}

void TestServices::eventsComeAsTheyAreSent()
{
    QTcpSocket reader;
    reader.connectToHost(QStringLiteral("127.0.0.1"),
                         quint16(std::stoi(m_address.substr(m_address.rfind(':') + 1))));
    reader.write("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    QByteArray text;
    const auto has = [&](const char *part) {
        text += reader.readAll();
        return text.contains(part);
    };
    QTRY_VERIFY(has("data: first\n\n"));
    QVERIFY(text.contains("text/event-stream"));
    QVERIFY(!text.contains("data: last"));
    RawClient other(m_address);
    QCOMPARE(other.call("GET /next").body, std::string("released"));
    QTRY_VERIFY(has("data: last\n\n"));
    QTRY_VERIFY(has("0\r\n\r\n")); // the last chunk
}

void TestServices::aReaderThatLeavesIsTold()
{
    const auto subscription = m_runtime.client().subscribe({.log = true, .function = "web"});
    bool told = false;
    connect(subscription.get(), &Subscription::happened, this, [&](const Happening &happening) {
        told = told || happening.log.text == "reader left";
    });
    {
        QTcpSocket reader;
        reader.connectToHost(QStringLiteral("127.0.0.1"),
                             quint16(std::stoi(m_address.substr(m_address.rfind(':') + 1))));
        reader.write("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
        QTRY_VERIFY(reader.bytesAvailable() > 0);
    }
    QTRY_VERIFY(told);
}

void TestServices::webSocketsAreTunnelled()
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"),
                         quint16(std::stoi(m_address.substr(m_address.rfind(':') + 1))));
    socket.write(
        "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    QByteArray text;
    const auto has = [&](const QByteArray &part) {
        text += socket.readAll();
        return text.contains(part);
    };
    QTRY_VERIFY(has("\r\n\r\n"));
    QVERIFY(text.startsWith("HTTP/1.1 101 "));
    QVERIFY(text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    for (const QByteArray word : {"hello", "again"}) {
        const QByteArray mask("\1\2\3\4");
        QByteArray frame = QByteArray("\x81").append(char(0x80 | word.size())) + mask;
        for (int i = 0; i < word.size(); ++i)
            frame.append(char(word[i] ^ mask[i % 4]));
        socket.write(frame);
        QTRY_VERIFY(has(QByteArray("\x81").append(char(word.size())) + word));
    }
    socket.disconnectFromHost();
    QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
}

void TestServices::http2IsPassedThrough()
{
    QVERIFY_OK(put("grpc", "http2.js", resource("http2.js"), {}, [](FunctionSpec &spec) {
        spec.triggers = {HttpTrigger{"/pkg.Service/{method}", {}}};
    }));
    const QString script = m_runtime.write(QStringLiteral("client"), QStringLiteral("http2.js"),
                                           resource("http2.js")) +
                           QStringLiteral("/http2.js");
    const QString address = QString::fromStdString(m_address);
    const QString call = QStringLiteral("call");
    // By path, by host; and what is no service is refused.
    QCOMPARE(node({script, call, address, QString(), QStringLiteral("/pkg.Service/One"),
                   QStringLiteral("/pkg.Service/Two")}),
             QByteArray("/pkg.Service/One got 100000 0\n/pkg.Service/Two got 100000 0\n"));
    QCOMPARE(node({script, call, address, QStringLiteral("grpc.localhost"), QStringLiteral("/x")}),
             QByteArray("/x got 100000 0\n"));
    // Each connection is an invocation, of the chain that its first request tells.
    QTRY_COMPARE(TestRuntime::wait(m_runtime.client().trace("0af7651916cd43dd8448eb211c80319c"))
                     .value_or(std::vector<Invocation>())
                     .size(),
                 std::size_t(2));
    m_runtime.write(QStringLiteral("plain"), QStringLiteral("main.py"),
                    "def handler(event, context):\n    return 1\n");
    FunctionSpec spec = TestRuntime::spec("plain");
    spec.triggers = {HttpTrigger{"/plain", {}}};
    QVERIFY_OK(m_runtime.putLinked(spec));
    QVERIFY(node({script, call, address, QString(), QStringLiteral("/plain")})
                .startsWith("refused 13"));
}

void TestServices::serversOfTheStandardLibraryRun()
{
    QVERIFY_OK(put("wsgi", "app.py", resource("wsgi.py"), {}, [](FunctionSpec &spec) {
        spec.runtime = "python3"; // as the application file may also say it
        spec.form = FunctionForm::Service;
    }));
    RawClient client(m_address);
    client.send("POST /wsgi/a?b=c HTTP/1.0\r\nContent-Length: 3\r\n\r\nxyz");
    const RawResponse old = client.read();
    QCOMPARE(old.status, 200);
    QVERIFY(client.isClosed()); // the only way HTTP/1.0 can tell the end
    RawClient second(m_address);
    const RawResponse response = second.call("POST /wsgi/a?b=c", {}, "xyz");
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("transfer-encoding"), std::string("chunked"));
}

void TestServices::commandsRun()
{
    QVERIFY_OK(
        put("command", "index.txt", "served\n", "python3 -m http.server $PORT --bind 127.0.0.1"));
    RawClient client(m_address);
    QCOMPARE(client.call("GET /function/command/index.txt").body, std::string("served\n"));
}

void TestServices::anEventBecomesARequest()
{
    const auto invocation = m_runtime.invoke(
        "web", R"({"version":"2.0","rawPath":"/e","rawQueryString":"q=1","headers":{"x-a":"b"},)"
               R"("requestContext":{"http":{"method":"PUT","path":"/e"}},"body":"aGk=",)"
               R"("isBase64Encoded":true})");
    QVERIFY_OK(invocation);
    const QJsonObject result =
        QJsonDocument::fromJson(QByteArray::fromStdString(invocation->result)).object();
    QCOMPARE(result[QLatin1String("statusCode")].toInt(), 200);
    const QJsonObject seen =
        QJsonDocument::fromJson(result[QLatin1String("body")].toString().toUtf8()).object();
    QCOMPARE(seen[QLatin1String("method")].toString(), QStringLiteral("PUT"));
    QCOMPARE(seen[QLatin1String("url")].toString(), QStringLiteral("/e?q=1"));
    QCOMPARE(seen[QLatin1String("size")].toInt(), 2);
    QCOMPARE(seen[QLatin1String("headers")].toObject()[QLatin1String("x-a")].toString(),
             QStringLiteral("b"));
    const auto posted = m_runtime.invoke("web", R"([1,2])"); // of no request's shape
    QVERIFY_OK(posted);
    QVERIFY(posted->result.find(R"(\"method\":\"POST\")") != std::string::npos);
}

void TestServices::severalRequestsAtATime()
{
    // Each would wait for the other for ever in a worker that takes one at a time.
    std::vector<std::unique_ptr<RawClient>> readers;
    for (int i = 0; i < 20; ++i) {
        readers.push_back(std::make_unique<RawClient>(m_address));
        readers.back()->send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for (const auto &reader : readers)
        QCOMPARE(reader->readHead().status, 200);
    RawClient other(m_address);
    QCOMPARE(other.call("GET /next").body, std::string("released"));
    QCOMPARE(m_runtime.state("web")->workers, 1);
}

void TestServices::failuresHaveTheirStatus_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("type");
    QTest::newRow("timeout") << "/slow" << 504 << "Timeout";
    QTest::newRow("crash") << "/die" << 502 << "WorkerDied";
    QTest::newRow("memory") << "/hog" << 502 << "OutOfMemory";
}

void TestServices::failuresHaveTheirStatus()
{
    QFETCH(QString, path);
    QVERIFY_OK(put("fails", "server.js", resource("server.js"), {},
                   [](FunctionSpec &spec) { spec.timeout = 1s; }));
    const auto warm = m_runtime.invoke("fails", R"({"path":"/x"})");
    QVERIFY_OK(warm);
    RawClient client(m_address);
    const RawResponse response = client.call("GET /function/fails" + path.toStdString());
    QTEST(response.status, "status");
    QTEST(object(response)[QLatin1String("error")].toObject()[QLatin1String("type")].toString(),
          "type");
    // A request over its time ends alone; the process serves on.
    const auto after = m_runtime.invoke("fails", R"({"path":"/x"})");
    QVERIFY_OK(after);
    QCOMPARE(after->outcome, Outcome::Result);
}

void TestServices::answersThatBreakOffAreCut()
{
    RawClient client(m_address);
    client.send("GET /half HTTP/1.1\r\nHost: a\r\n\r\n");
    const RawResponse response = client.read(true);
    QCOMPARE(response.header("content-length"), std::string("100"));
    QVERIFY(client.isClosed());
    RawClient early(m_address);
    early.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
    QCOMPARE(early.read().status, 413);
    QVERIFY(early.isClosed());
}

void TestServices::aCrashIsToldAndMended()
{
    QVERIFY_OK(put("crash", "server.js", resource("server.js")));
    const auto invocation = m_runtime.invoke("crash", R"({"path":"/die"})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::WorkerDied);
    QVERIFY2(invocation->fault.message.find("status 7") != std::string::npos &&
                 invocation->fault.message.find("it is all over") != std::string::npos,
             invocation->fault.message.c_str());
    RawClient client(m_address);
    QCOMPARE(client.call("GET /function/crash/x").status, 200);
}

void TestServices::aServiceLeavesGently()
{
    QVERIFY_OK(put("gentle", "server.js", resource("server.js")));
    const auto subscription = m_runtime.client().subscribe({.log = true, .function = "gentle"});
    QStringList lines;
    connect(subscription.get(), &Subscription::happened, this, [&](const Happening &happening) {
        lines.append(QString::fromStdString(happening.log.text));
    });
    auto reader = std::make_unique<RawClient>(m_address);
    reader->send("GET /function/gentle/events HTTP/1.1\r\nHost: a\r\n\r\n");
    QCOMPARE(reader->read().status, 200);
    // A new version: the old one ends what it is doing first.
    QVERIFY_OK(put("gentle", "server.js", resource("server.js") + "// changed\n"));
    QVERIFY(!lines.contains(QStringLiteral("leaving")));
    QCOMPARE(m_runtime.state("gentle")->version, std::uint64_t(2));
    reader.reset();
    QTRY_VERIFY(lines.contains(QStringLiteral("leaving")));
}

void TestServices::idleServicesEnd()
{
    QVERIFY_OK(put("idle", "server.js", resource("server.js"), {},
                   [](FunctionSpec &spec) { spec.instances.idle = 100ms; }));
    QTRY_COMPARE(m_runtime.state("idle")->workers, 0);
    const auto invocation = m_runtime.invoke("idle", R"({"path":"/x"})");
    QVERIFY_OK(invocation);
    QVERIFY(invocation->cold);
    QCOMPARE(invocation->outcome, Outcome::Result);
}

void TestServices::reloadFailsNoRequest()
{
    QVERIFY_OK(put("reload", "server.js", resource("server.js")));
    const std::uint64_t before = m_runtime.state("reload")->version;
    RawClient client(m_address);
    m_runtime.write(QStringLiteral("reload"), QStringLiteral("server.js"),
                    resource("server.js") + "// changed\n");
    int asked = 0;
    while (m_runtime.state("reload")->version == before && asked < 3'000) {
        QCOMPARE(client.call("GET /function/reload/x").status, 200);
        ++asked;
    }
    QVERIFY(m_runtime.state("reload")->version > before);
}

void TestServices::oneThatDoesNotListenIsSaid()
{
    const auto result = put("deaf", "server.js", "console.error('no port for me');\n");
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::FunctionInitFailed);
    QVERIFY2(result.error().detail.find("no port for me") != std::string::npos,
             result.error().detail.c_str());
}

QTEST_GUILESS_MAIN(TestServices)
#include "tst_services.moc"
