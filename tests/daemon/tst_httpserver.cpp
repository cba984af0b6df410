#include "contextthread.h"
#include "rawclient.h"

#include "runtime-bridge/daemon/httpserver.h"

#include <boost/asio/steady_timer.hpp>

#include <QProcess>
#include <QTcpServer>
#include <QTest>

#include <unistd.h>

using namespace runtime;
using namespace std::chrono_literals;

class TestHttpServer final : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<ContextThread> m_thread;
    std::unique_ptr<HttpServer> m_server;
    std::string m_address;

    void start(HttpServer::Handler handler, HttpLimits limits = {})
    {
        m_server = std::make_unique<HttpServer>(m_thread->context, std::move(handler), limits);
        const Result<std::string> address =
            m_thread->call([this] { return m_server->start("127.0.0.1", 0); });
        QVERIFY(address);
        m_address = *address;
    }

    static HttpResponse echo(const HttpRequest &request, boost::asio::yield_context)
    {
        return textResponse(200, request.method + ' ' + request.target + ' ' + request.body);
    }

private Q_SLOTS:
    void init() { m_thread = std::make_unique<ContextThread>(); }
    void cleanup()
    {
        m_thread->stop();
        m_server.reset();
        m_thread.reset();
    }

    void oneConnectionServesManyRequests()
    {
        start(echo);
        RawClient client(m_address);
        for (int i = 0; i < 3; ++i) {
            const RawResponse response = client.call("POST /a?b=" + std::to_string(i), {}, "body");
            QCOMPARE(response.status, 200);
            QCOMPARE(response.body, "POST /a?b=" + std::to_string(i) + " body");
        }
        client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
        QCOMPARE(client.read().body, std::string("GET /1 "));
        QCOMPARE(client.read().body, std::string("GET /2 "));
        const RawResponse head = client.call("HEAD /h");
        QCOMPARE(head.status, 200);
        QCOMPARE(head.header("content-length"), std::string("8"));
        QCOMPARE(client.request("GET /old HTTP/1.0\r\n\r\n").status, 200);
        QVERIFY(client.isClosed());
    }

    void otherUsersAreKeptOut()
    {
        if (::getuid() != 0)
            QSKIP("only root can be another user");
        HttpLimits limits;
        limits.ownUserOnly = true;
        start(echo, limits);
        QCOMPARE(RawClient(m_address).call("GET /").status, 200);
        const QString port = QString::fromStdString(m_address.substr(m_address.rfind(':') + 1));
        const QString program =
            QStringLiteral("import http.client\n"
                           "c = http.client.HTTPConnection('127.0.0.1', %1)\n"
                           "c.request('GET', '/')\nprint(c.getresponse().status)")
                .arg(port);
        QProcess other;
        other.setProcessChannelMode(QProcess::MergedChannels);
        const QStringList asNobody{QStringLiteral("--reuid=65534"),
                                   QStringLiteral("--regid=65534"),
                                   QStringLiteral("--clear-groups"),
                                   QStringLiteral("/usr/bin/python3"),
                                   QStringLiteral("-c"),
                                   program};
        other.start(QStringLiteral("setpriv"), asNobody);
        QVERIFY(other.waitForFinished());
        const QByteArray said = other.readAll();
        QVERIFY2(other.exitCode() != 0 && !said.contains("200"), said.constData());
        QVERIFY2(said.contains("Connection") || said.contains("RemoteDisconnected"),
                 said.constData());
        QCOMPARE(RawClient(m_address).call("GET /").status, 200);
    }

    void bodyOverTheLimitIsRefused_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::newRow("said by its length")
            << QByteArray("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n");
        QTest::newRow("found while reading chunks") << QByteArray(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
            QByteArray(2000, 'x') + "\r\n0\r\n\r\n");
    }
    void bodyOverTheLimitIsRefused()
    {
        QFETCH(QByteArray, request);
        HttpLimits limits;
        limits.body = 1'000;
        start(echo, limits);
        QCOMPARE(RawClient(m_address).call("POST /", {}, std::string(1'000, 'x')).status, 200);
        RawClient client(m_address);
        QCOMPARE(client.request(request.toStdString()).status, 413);
        QVERIFY(client.isClosed());
    }

    void headerOverTheLimitIsRefused()
    {
        HttpLimits limits;
        limits.header = 1'000;
        start(echo, limits);
        RawClient client(m_address);
        QCOMPARE(client.call("GET /", "X-Long: " + std::string(2'000, 'x') + "\r\n").status, 431);
        QVERIFY(client.isClosed());
    }

    void whatIsNoHttpIsRefused()
    {
        start(echo);
        RawClient client(m_address);
        QCOMPARE(client.request("how do you do\r\n\r\n").status, 400);
        QVERIFY(client.isClosed());
    }

    void slowSenderIsDropped_data()
    {
        QTest::addColumn<QByteArray>("begin");
        QTest::newRow("silent") << QByteArray();
        QTest::newRow("in the header") << QByteArray("GET / HTTP/1.1\r\nHos");
        QTest::newRow("in the body")
            << QByteArray("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    }
    void slowSenderIsDropped()
    {
        QFETCH(QByteArray, begin);
        HttpLimits limits;
        limits.headerTime = 100ms;
        limits.bodyTime = 100ms;
        start(echo, limits);
        RawClient client(m_address);
        client.send(begin.toStdString());
        QVERIFY(client.isClosed());
        QCOMPARE(RawClient(m_address).call("GET /still").status, 200);
    }

    void continueIsSaidBeforeALargeBody()
    {
        start(echo);
        RawClient client(m_address);
        const RawResponse interim = client.request(
            "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        QCOMPARE(interim.status, 100);
        QCOMPARE(client.request("abc").body, std::string("POST / abc"));
    }

    void connectionsOverTheLimitAreClosed()
    {
        HttpLimits limits;
        limits.connections = 2;
        start(echo, limits);
        RawClient first(m_address);
        RawClient second(m_address);
        QCOMPARE(first.call("GET /").status, 200);
        QCOMPARE(second.call("GET /").status, 200);
        QVERIFY(RawClient(m_address).isClosed());
        QCOMPARE(first.call("GET /").status, 200);
    }

    void headersOfAHandlerCannotSplitTheAnswer()
    {
        start([](const HttpRequest &, boost::asio::yield_context) {
            return HttpResponse{
                200,
                {{"X-Good", "1"}, {"X-Bad", "1\r\nX-Injected: 1"}, {"Content-Length", "5000"}},
                "ok"};
        });
        const RawResponse response = RawClient(m_address).call("GET /");
        QCOMPARE(response.body, std::string("ok"));
        QCOMPARE(response.header("x-good"), std::string("1"));
        QVERIFY(!response.headers.contains("x-bad"));
        QVERIFY(!response.headers.contains("x-injected"));
        QCOMPARE(response.headers.count("content-length"), std::size_t(1));
    }

    void stopClosesIdleConnectionsAndFinishesAnswers()
    {
        std::unique_ptr<boost::asio::steady_timer> gate;
        std::atomic_bool isInside = false;
        start([&](const HttpRequest &request, boost::asio::yield_context yield) {
            if (request.target == "/wait") {
                gate = std::make_unique<boost::asio::steady_timer>(m_thread->context, 1h);
                isInside = true;
                boost::system::error_code ignored;
                gate->async_wait(yield[ignored]);
            }
            return textResponse(200, "done");
        });
        RawClient idle(m_address);
        QCOMPARE(idle.call("GET /").status, 200);
        RawClient busy(m_address);
        busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_VERIFY(isInside);
        m_thread->call([this] { m_server->stop(); });
        QVERIFY(idle.isClosed());
        m_thread->call([&] { gate->cancel(); });
        const RawResponse response = busy.read();
        QCOMPARE(response.status, 200);
        QCOMPARE(response.header("connection"), std::string("close"));
        QVERIFY(busy.isClosed());
        m_thread->call([&] { gate.reset(); });
    }

    void takenPortIsSaid()
    {
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        HttpServer server(m_thread->context, echo);
        const auto result =
            m_thread->call([&] { return server.start("127.0.0.1", other.serverPort()); });
        QVERIFY(!result);
        QVERIFY(result.error().code == ErrorCode::PortInUse);
        QCOMPARE(result.error().subject, "127.0.0.1:" + std::to_string(other.serverPort()));
        const auto wrong = m_thread->call([&] { return server.start("localhost.", 0); });
        QVERIFY(!wrong && wrong.error().code == ErrorCode::UsageInvalid);
        m_thread->stop();
    }
};

QTEST_GUILESS_MAIN(TestHttpServer)
#include "tst_httpserver.moc"
