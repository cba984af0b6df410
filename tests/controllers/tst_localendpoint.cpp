#include "runtime-bridge/client/client.h"
#include "runtime-bridge/client/localchannel.h"
#include "runtime-bridge/controllers/createcontroller.h"
#include "runtime-bridge/controllers/localendpoint.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace runtime;

namespace {

template<typename T> Result<T> wait(QFuture<Result<T>> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, 20'000) || future.resultCount() != 1)
        return failure(ErrorCode::Internal, "test", "no answer in time");
    return future.result();
}

int freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

} // namespace

class TestLocalEndpoint final : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    LocalEndpoint::Options m_options;

private Q_SLOTS:
    void init()
    {
        m_options.program = QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd");
        m_options.folder = m_folder.filePath(QStringLiteral("endpoint"));
        m_options.port = freePort();
    }
    void cleanup()
    {
        Client client(
            std::make_unique<LocalChannel>(m_options.folder + QStringLiteral("/runtime.sock")));
        bool isLost = false;
        connect(&client, &Client::lost, this, [&] { isLost = true; });
        connect(&client, &Client::ready, this, [&] { (void)client.shutdown(); });
        client.open();
        QTRY_VERIFY(isLost);
    }

    void endpointIsStartedOnceAndAnswers()
    {
        LocalEndpoint endpoint(m_options);
        const auto access = wait(endpoint.start({}));
        QVERIFY2(access, access ? "" : access.error().detail.c_str());
        QCOMPARE(access->endpoint.port(), m_options.port);
        LocalEndpoint second(m_options);
        const auto same = wait(second.start({}));
        QVERIFY(same);
        QCOMPARE(same->auth, access->auth);

        ApplicationTarget target{"here", "edgewright", {}};
        const auto controller = createController(target, m_options);
        QVERIFY(controller);
        const auto info = wait((*controller)->check({}));
        QVERIFY(info && info->description == "Edgewright");
    }

    void takenPortIsSaid_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("another server")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        QTest::newRow("no HTTP") << QByteArray();
    }
    void takenPortIsSaid()
    {
        QFETCH(QByteArray, answer);
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        connect(&other, &QTcpServer::newConnection, this, [&] {
            QTcpSocket *const socket = other.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [=] {
                socket->write(answer);
                socket->disconnectFromHost();
            });
        });
        m_options.port = other.serverPort();
        LocalEndpoint endpoint(m_options);
        const auto access = wait(endpoint.start({}));
        QVERIFY(!access);
        QVERIFY2(access.error().code == ErrorCode::PortInUse, access.error().detail.c_str());
        QVERIFY(access.error().subject.ends_with(std::to_string(m_options.port)));
    }

    void missingProgramIsSaid()
    {
        m_options.program = QStringLiteral("/nowhere/edgewrightd");
        LocalEndpoint endpoint(m_options);
        const auto access = wait(endpoint.start({}));
        QVERIFY(!access && access.error().code == ErrorCode::RuntimeMissing);
    }

    void targetsWithoutAControllerAreRefused()
    {
        qputenv("WSK_CONFIG_FILE", "/nowhere");
        const auto device = createController({"pi", "device", {{"address", "pi@porch"}}});
        QVERIFY(!device && device.error().code == ErrorCode::TargetUnknown);
        const auto noKey =
            createController({"prod", "openwhisk", {{"endpoint", "https://whisk.example"}}});
        QVERIFY(!noKey && noKey.error().code == ErrorCode::ControllerAuthRejected);
        QFile properties(m_folder.filePath(QStringLiteral("wskprops")));
        QVERIFY(properties.open(QIODevice::WriteOnly));
        properties.write("APIHOST=whisk.example\nAUTH=a:b\n");
        properties.close();
        qputenv("WSK_CONFIG_FILE", properties.fileName().toUtf8());
        QVERIFY(createController({"prod", "openwhisk", {}}));
    }
};

QTEST_GUILESS_MAIN(TestLocalEndpoint)
#include "tst_localendpoint.moc"
