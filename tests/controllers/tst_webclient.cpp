#include "runtime-bridge/controllers/webclient.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <thread>

using namespace runtime;
using namespace std::chrono_literals;

class TestWebClient final : public QObject
{
    Q_OBJECT

private:
    QTcpServer m_server;
    int m_connections = 0;
    QByteArray m_answer;
    int m_answered = 0; ///< The connection from which on there are answers.

    WebRequest request(const QByteArray &verb = "GET") const
    {
        WebRequest request;
        request.verb = verb;
        request.url = QUrl(QStringLiteral("http://127.0.0.1:%1/").arg(m_server.serverPort()));
        request.limit = 5s;
        request.subject = "server";
        return request;
    }
    static Result<WebReply> wait(QFuture<Result<WebReply>> future)
    {
        if (!QTest::qWaitFor([&] { return future.isFinished(); }, 10'000) ||
            future.resultCount() != 1)
            return failure(ErrorCode::Internal, "test", "no result");
        return future.result();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_server.listen(QHostAddress::LocalHost));
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *const socket = m_server.nextPendingConnection();
            const bool isAnswered = ++m_connections >= m_answered;
            connect(socket, &QTcpSocket::readyRead, this, [this, socket, isAnswered] {
                socket->readAll();
                if (!isAnswered)
                    socket->abort();
                else if (!m_answer.isEmpty())
                    socket->write(m_answer);
            });
        });
    }
    void init()
    {
        m_connections = 0;
        m_answered = 0;
        m_answer = "HTTP/1.1 404 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
    }

    void everyStatusIsAReply()
    {
        WebClient client;
        const auto reply = wait(client.send(request(), {}));
        QVERIFY(reply);
        QCOMPARE(reply->status, 404);
        QCOMPARE(reply->body, QByteArray("no"));
    }

    void redirectIsNotFollowed()
    {
        m_answer =
            "HTTP/1.1 302 Go\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        WebClient client;
        const auto reply = wait(client.send(request(), {}));
        QVERIFY(reply && reply->status == 302);
        QCOMPARE(m_connections, 1);
    }

    void silenceEndsInTime()
    {
        m_answer.clear();
        WebClient client;
        WebRequest asked = request();
        asked.limit = 100ms;
        QElapsedTimer timer;
        timer.start();
        const auto reply = wait(client.send(asked, {}));
        QVERIFY(!reply && reply.error().code == ErrorCode::ControllerUnreachable);
        QVERIFY(timer.elapsed() < 2'000);
    }

    void nobodyIsUnreachable()
    {
        QTcpServer gone;
        QVERIFY(gone.listen(QHostAddress::LocalHost));
        WebRequest asked = request();
        asked.url.setPort(gone.serverPort());
        gone.close();
        WebClient client;
        const auto reply = wait(client.send(asked, {}));
        QVERIFY(!reply && reply.error().code == ErrorCode::ControllerUnreachable);
        QCOMPARE(reply.error().subject, std::string("server"));
    }

    void brokenLineIsTriedAgainOnlyWhereItIsSafe()
    {
        m_answered = 2;
        WebClient client;
        WebRequest first = request("POST");
        first.body = "{}";
        const auto once = wait(client.send(first, {}));
        QVERIFY(!once && once.error().code == ErrorCode::ControllerUnreachable);
        QCOMPARE(m_connections, 1);
        m_connections = 0;
        WebRequest again = request("PUT");
        again.mayRepeat = true;
        QVERIFY(wait(client.send(again, {})));
        QCOMPARE(m_connections, 2);
    }

    void stopFromAnyThreadEndsAsCancelled()
    {
        m_answer.clear();
        WebClient client;
        std::stop_source stop;
        const QFuture<Result<WebReply>> future = client.send(request(), stop.get_token());
        QTRY_COMPARE(m_connections, 1);
        std::thread([&stop] { stop.request_stop(); }).join();
        const auto reply = wait(future);
        QVERIFY(!reply && reply.error().code == ErrorCode::Cancelled);
        const auto late = wait(client.send(request(), stop.get_token()));
        QVERIFY(!late && late.error().code == ErrorCode::Cancelled);
        QCOMPARE(m_connections, 1);
    }

    void destructionEndsAsCancelled()
    {
        m_answer.clear();
        auto client = std::make_unique<WebClient>();
        const QFuture<Result<WebReply>> future = client->send(request(), {});
        QTRY_COMPARE(m_connections, 1);
        client.reset();
        const auto reply = wait(future);
        QVERIFY(!reply && reply.error().code == ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestWebClient)
#include "tst_webclient.moc"
