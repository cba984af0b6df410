#include "device-manager/core/device.h"
#include "device-manager/core/devicefacts.h"

#include <QProcess>

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

    void choosesTheRuntimeByTheUserland_data()
    {
        QTest::addColumn<QByteArray>("elf");
        QTest::addColumn<QByteArray>("kernel");
        QTest::addColumn<QString>("machine");
        const auto row = [](const char *name, const char *elf, const char *kernel,
                            const char *machine) {
            QTest::newRow(name) << QByteArray(elf) << QByteArray(kernel)
                                << QString::fromLatin1(machine);
        };
        row("64 bits", "01b700", "aarch64", "aarch64");
        row("a 64-bit kernel with a 32-bit userland", "012800", "aarch64", "arm");
        row("Pi Zero", "012800", "armv6l", "arm");
        row("PC", "013e00", "x86_64", "x86_64");
        row("little-endian MIPS", "010800", "mips", "mipsel");
        row("big-endian MIPS, for which there is none", "020008", "mips", "mips");
        row("no od there", "", "aarch64", "aarch64");
        row("unknown", "01f300", "riscv64", "riscv64");
    }

    void choosesTheRuntimeByTheUserland()
    {
        QFETCH(QByteArray, elf);
        QFETCH(QByteArray, kernel);
        QTEST(device::deviceFactsFrom("kernel=" + kernel + "\nelf=" + elf + '\n').machine,
              "machine");
    }

    void aDeviceTellsItsMachine()
    {
        QProcess shell;
        shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), device::deviceFactsScript()});
        QVERIFY(shell.waitForFinished());
        const device::DeviceFacts facts = device::deviceFactsFrom(shell.readAllStandardOutput());
        const QString own = QSysInfo::buildCpuArchitecture();
        QCOMPARE(facts.machine, own == QLatin1String("arm64") ? QStringLiteral("aarch64") : own);
        QVERIFY(!facts.home.isEmpty());
    }

    void aDeviceTellsWhatIsPermitted()
    {
        const device::DeviceFacts facts =
            device::deviceFactsFrom("gpio=denied\ni2c=missing\nw1=usable\n");
        QCOMPARE(facts.gpio, device::Access::Denied);
        QCOMPARE(facts.i2c, device::Access::Missing);
        QCOMPARE(facts.oneWire, device::Access::Usable);
        QCOMPARE(facts.iio, device::Access::Missing); // it told nothing of it
    }
};

QTEST_GUILESS_MAIN(tst_Device)
#include "tst_device.moc"
