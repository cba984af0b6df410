#include "device-manager/core/sshroute.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using device::Device;

/// What the SSH configuration makes of a device. Package: openssh-client.
class SshRouteTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(qputenv("HOME", m_home.path().toUtf8()));
        QVERIFY(QDir(m_home.path()).mkdir(QStringLiteral(".ssh")));
        QFile file(m_home.filePath(QStringLiteral(".ssh/config")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("Host porch\n  HostName 10.1.2.3\n  Port 2222\n"
                   "Host *\n  ProxyCommand reach %h %p %r\n");
    }

    void theConfigurationLeadsToTheDevice()
    {
        Device device;
        device.host = QStringLiteral("porch");
        device.user = QStringLiteral("pi");
        const device::SshRoute route = device::sshRouteOf(device, {});
        QCOMPARE(route.host, QStringLiteral("10.1.2.3"));
        QCOMPARE(route.port, quint16(2222));
        QCOMPARE(route.proxy.value(2), QStringLiteral("exec reach 10.1.2.3 2222 pi"));
    }

    void noNameBecomesACommand_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("user");
        QTest::newRow("host") << "pi;touch${IFS}x"
                              << "pi";
        QTest::newRow("host with a line end") << "pi\ntouch x"
                                              << "pi";
        QTest::newRow("last line end") << "pi\n"
                                       << "pi";
        QTest::newRow("user") << "pi.local"
                              << "$(touch x)";
        QTest::newRow("option") << "-oProxyCommand=touch"
                                << "pi";
    }
    void noNameBecomesACommand()
    {
        QFETCH(QString, host);
        QFETCH(QString, user);
        Device device;
        device.host = host;
        device.user = user;
        QVERIFY(device::sshRouteOf(device, {}).proxy.isEmpty());
    }

private:
    QTemporaryDir m_home;
};

QTEST_GUILESS_MAIN(SshRouteTest)
#include "tst_sshroute.moc"
