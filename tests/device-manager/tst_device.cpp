#include "device-manager/core/device.h"

#include <QTest>

class tst_Device : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAnAddress_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("user");
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::addColumn<QString>("written");
        QTest::newRow("all") << "pi@porch.local:2222"
                             << "pi"
                             << "porch.local" << 2222 << "pi@porch.local:2222";
        QTest::newRow("no port") << "pi@porch.local"
                                 << "pi"
                                 << "porch.local" << 22 << "pi@porch.local";
        QTest::newRow("no user") << "10.0.0.7"
                                 << "anna"
                                 << "10.0.0.7" << 22 << "anna@10.0.0.7";
        QTest::newRow("v6") << "pi@[fe80::1%eth0]:22"
                            << "pi"
                            << "fe80::1%eth0" << 22 << "pi@[fe80::1%eth0]";
        QTest::newRow("spaces around") << "  pi@a  "
                                       << "pi"
                                       << "a" << 22 << "pi@a";
    }

    void readsAnAddress()
    {
        QFETCH(QString, address);
        qputenv("USER", "anna");
        const auto device = device::deviceFromAddress(address);
        QVERIFY(device);
        QTEST(device->user, "user");
        QTEST(device->host, "host");
        QTEST(int(device->port), "port");
        QTEST(device::toAddress(*device), "written");
    }

    void refusesWhatIsNoAddress_data()
    {
        QTest::addColumn<QString>("address");
        for (const char *text :
             {"", "@", "pi@", "pi@host:", "pi@host:0", "pi@host:65536", "pi@host name",
              "-oProxyCommand=x@host", "pi@-host", "pi@[zz]", "pi@a@b", "fe80::1"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }

    void refusesWhatIsNoAddress()
    {
        QFETCH(QString, address);
        const auto device = device::deviceFromAddress(address);
        QVERIFY(!device);
        QCOMPARE(device.error().code, runtime::ErrorCode::UsageInvalid);
    }
};

QTEST_GUILESS_MAIN(tst_Device)
#include "tst_device.moc"
