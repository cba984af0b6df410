#include "device-manager/core/sshsession.h"
#include "testpi.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>

using device::Device;
using device::SshSession;
using runtime::ErrorCode;

class tst_SshSession : public QObject
{
    Q_OBJECT

    std::unique_ptr<TestPi> m_pi;

    std::unique_ptr<SshSession> connected()
    {
        auto session = std::make_unique<SshSession>(m_pi->device());
        const auto opened = resultOf(session->open());
        if (!opened)
            qWarning("%s", opened.error().detail.c_str());
        return opened ? std::move(session) : nullptr;
    }

    ErrorCode errorOfOpening(const Device &device, std::string *detail = nullptr)
    {
        SshSession session(device);
        const auto opened = resultOf(session.open());
        if (opened)
            return ErrorCode::Internal;
        if (detail)
            *detail = opened.error().detail;
        return opened.error().code;
    }

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<runtime::Error>("runtime::Error");
        m_pi = std::make_unique<TestPi>();
        if (!m_pi->whyNot.empty())
            QSKIP(m_pi->whyNot.c_str());
    }

    void anUnknownHostKeyIsAskedFor()
    {
        Device device = m_pi->device();
        device.hostKey.clear();
        std::string detail;
        QCOMPARE(errorOfOpening(device, &detail), ErrorCode::DeviceHostKeyUnknown);
        QCOMPARE(detail, m_pi->device().hostKey.toStdString());
    }

    void aChangedHostKeyStopsEverything()
    {
        Device device = m_pi->device();
        device.hostKey = QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        std::string detail;
        QCOMPARE(errorOfOpening(device, &detail), ErrorCode::DeviceHostKeyChanged);
        QVERIFY(detail.find(m_pi->device().hostKey.toStdString()) != std::string::npos);
    }

    void aWrongKeyIsRefused()
    {
        Device device = m_pi->device();
        device.keyFile = m_pi->folder.filePath(QStringLiteral("ssh/host_key"));
        QCOMPARE(errorOfOpening(device), ErrorCode::DeviceAuthRejected);
    }

    void aClosedPortIsUnreachable()
    {
        Device device = m_pi->device();
        device.port = 1;
        QCOMPARE(errorOfOpening(device), ErrorCode::DeviceUnreachable);
    }

    void aSilentDeviceIsUnreachableInTime()
    {
        m_pi->pi->setPlugged(false);
        SshSession session(m_pi->device());
        QElapsedTimer timer;
        timer.start();
        const auto opened = resultOf(session.open(std::chrono::milliseconds(300)));
        m_pi->pi->setPlugged(true);
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::DeviceUnreachable);
        QVERIFY(timer.elapsed() < 5'000); // not the usual limit of 10 s
    }

    void closingWhileOpeningEndsSoon()
    {
        m_pi->pi->setPlugged(false);
        SshSession session(m_pi->device());
        auto future = session.open();
        QElapsedTimer timer;
        timer.start();
        session.close();
        QVERIFY(timer.elapsed() < 5'000);
        m_pi->pi->setPlugged(true);
        const auto opened = resultOf(future);
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::Cancelled);
    }

    void aCommandHasInputOutputAndAnExitCode()
    {
        const auto session = connected();
        QVERIFY(session);
        const auto result =
            resultOf(session->exec(QStringLiteral("cat; echo \"it's\" >&2; exit 7"), "hello"));
        QVERIFY(result);
        QCOMPARE(result->exitCode, 7);
        QCOMPARE(result->output, QByteArray("hello"));
        QCOMPARE(result->errorOutput, QByteArray("it's\n"));
    }

    void longInputAndOutputComeWhole()
    {
        const auto session = connected();
        QVERIFY(session);
        QByteArray bytes(8 << 20, Qt::Uninitialized);
        QRandomGenerator random(1);
        random.fillRange(reinterpret_cast<quint32 *>(bytes.data()), bytes.size() / 4);
        const auto result = resultOf(session->exec(QStringLiteral("cat"), bytes));
        QVERIFY(result);
        QVERIFY(result->output == bytes);
    }

    void aShortCommandDoesNotWaitForALongUpload()
    {
        const auto session = connected();
        QVERIFY(session);
        // Somebody who reads slowly: the long input fills every queue.
        auto longOne =
            session->exec(QStringLiteral("sleep 3; cat >/dev/null"), QByteArray(32 << 20, 'x'));
        QElapsedTimer timer;
        timer.start();
        const auto result = resultOf(session->exec(QStringLiteral("echo quick")));
        QVERIFY(result);
        QVERIFY2(timer.elapsed() < 2'500, QByteArray::number(timer.elapsed()).constData());
        QVERIFY(!longOne.isFinished());
    }

    void stoppingACommandEndsItSoon()
    {
        const auto session = connected();
        QVERIFY(session);
        std::stop_source stop;
        auto future = session->exec(QStringLiteral("sleep 100"), {}, stop.get_token());
        stop.request_stop();
        QElapsedTimer timer;
        timer.start();
        const auto result = resultOf(future);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
        QVERIFY(timer.elapsed() < 5'000);
    }

    void anUploadIsWhole()
    {
        const auto session = connected();
        QVERIFY(session);
        const QByteArray bytes(300'000, 'b');
        QVERIFY(resultOf(session->upload(bytes, QStringLiteral("a folder/it's"), 0750)));
        QFile file(m_pi->home() + QStringLiteral("/a folder/it's"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll() == bytes);
        QCOMPARE(int(file.permissions() & 0x777), 0x750);
        QCOMPARE(QDir(m_pi->home() + QStringLiteral("/a folder")).entryList(QDir::Files).size(), 1);
    }

    void anUploadThatFailsLeavesTheOldFile()
    {
        const auto session = connected();
        QVERIFY(session);
        QVERIFY(resultOf(session->upload("old", QStringLiteral("kept/file"), 0644)));
        const auto result =
            resultOf(session->upload("new", QStringLiteral("kept/file/below"), 0644));
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::FileUnwritable);
        QFile file(m_pi->home() + QStringLiteral("/kept/file"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("old"));
    }

    void aUnixSocketIsForwarded()
    {
        const auto session = connected();
        QVERIFY(session);
        auto server = session->exec(
            QStringLiteral("exec python3 -c 'import socket,os\n"
                           "s=socket.socket(socket.AF_UNIX); s.bind(\"echo.new\"); s.listen()\n"
                           "os.rename(\"echo.new\",\"echo.sock\")\n"
                           "c=s.accept()[0]\n"
                           "while (b:=c.recv(65536)): c.sendall(b)'"));
        QTRY_VERIFY(QFile::exists(m_pi->home() + QStringLiteral("/echo.sock")));
        const auto home = resultOf(session->exec(QStringLiteral("printf %s \"$HOME\"")));
        QVERIFY(home);
        const auto channel = session->openUnix(
            QString::fromUtf8(home->output) + QStringLiteral("/echo.sock"), QString());
        QByteArray got;
        QSignalSpy opened(channel.get(), &runtime::Channel::opened);
        QSignalSpy closed(channel.get(), &runtime::Channel::closed);
        connect(channel.get(), &runtime::Channel::received, this,
                [&got](const QByteArray &bytes) { got += bytes; });
        channel->open();
        QTRY_COMPARE(opened.size(), 1);
        const QByteArray bytes(1 << 20, 'e');
        channel->send(bytes);
        QTRY_COMPARE(got.size(), bytes.size());
        channel->close();
        QVERIFY(resultOf(server));
        QVERIFY(closed.isEmpty());
    }

    void aServerThatForbidsForwardingIsRelayed()
    {
        const auto session = connected();
        QVERIFY(session);
        const auto channel =
            session->openUnix(QStringLiteral("/nowhere/socket"), QStringLiteral("cat"));
        QByteArray got;
        QSignalSpy opened(channel.get(), &runtime::Channel::opened);
        connect(channel.get(), &runtime::Channel::received, this,
                [&got](const QByteArray &bytes) { got += bytes; });
        channel->open();
        QTRY_COMPARE(opened.size(), 1);
        channel->send("ping");
        QTRY_COMPARE(got, QByteArray("ping"));
    }

    void losingTheSessionClosesEverything()
    {
        const auto session = connected();
        QVERIFY(session);
        QSignalSpy lost(session.get(), &SshSession::lost);
        const auto channel =
            session->openUnix(QStringLiteral("/nowhere/socket"), QStringLiteral("cat"));
        QSignalSpy opened(channel.get(), &runtime::Channel::opened);
        QSignalSpy closed(channel.get(), &runtime::Channel::closed);
        channel->open();
        QTRY_COMPARE(opened.size(), 1);
        auto command = session->exec(QStringLiteral("sleep 100"));
        m_pi->pi->stop();
        QTRY_COMPARE(lost.size(), 1);
        QTRY_COMPARE(closed.size(), 1);
        const auto result = resultOf(command);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::DeviceLost);
        const auto later = resultOf(session->exec(QStringLiteral("true")));
        QVERIFY(!later);
        QCOMPARE(later.error().code, ErrorCode::DeviceLost);
    }
};

QTEST_GUILESS_MAIN(tst_SshSession)
#include "tst_sshsession.moc"
