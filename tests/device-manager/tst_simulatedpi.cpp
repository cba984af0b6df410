#include "device-manager/core/simulatedpi.h"

#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using device::Device;
using device::SimulatedPi;

/// Logs in with OpenSSH's own client: what a person would do. Package: openssh-client.
class tst_SimulatedPi : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SimulatedPi> m_pi;

    QByteArray ssh(const QString &command)
    {
        const Device device = m_pi->device();
        QProcess client;
        client.start(QStringLiteral("ssh"),
                     {QStringLiteral("-F"), QStringLiteral("none"), QStringLiteral("-o"),
                      QStringLiteral("StrictHostKeyChecking=no"), QStringLiteral("-o"),
                      QStringLiteral("UserKnownHostsFile=/dev/null"), QStringLiteral("-o"),
                      QStringLiteral("LogLevel=ERROR"), QStringLiteral("-o"),
                      QStringLiteral("IdentitiesOnly=yes"), QStringLiteral("-i"), device.keyFile,
                      QStringLiteral("-p"), QString::number(device.port),
                      device.user + QLatin1Char('@') + device.host, command});
        QSignalSpy finished(&client, &QProcess::finished);
        if (finished.isEmpty())
            finished.wait(10'000);
        return client.readAllStandardOutput() + client.readAllStandardError();
    }

    void startPi()
    {
        m_pi = std::make_unique<SimulatedPi>(QStringLiteral("simulated-pi"), m_folder->path());
        QSignalSpy started(m_pi.get(), &SimulatedPi::started);
        QSignalSpy failed(m_pi.get(), &SimulatedPi::failed);
        m_pi->start();
        QTRY_VERIFY_WITH_TIMEOUT(!started.isEmpty() || !failed.isEmpty(), 10'000);
        if (!failed.isEmpty())
            QSKIP(qvariant_cast<runtime::Error>(failed[0][0]).detail.c_str());
    }

private Q_SLOTS:
    void initTestCase() { qRegisterMetaType<runtime::Error>("runtime::Error"); }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        startPi();
    }

    void cleanup() { m_pi.reset(); }

    void looksLikeARaspberryPi()
    {
        QCOMPARE(ssh(QStringLiteral("whoami; cat /sys/bus/iio/devices/iio:device0/name; "
                                    "tr -d '\\0' </sys/firmware/devicetree/base/model")),
                 QByteArray("pi\nbh1750\nRaspberry Pi 4 Model B Rev 1.4 (simulated)"));
    }

    void hasAHomeOfItsOwn()
    {
        ssh(QStringLiteral("echo here > ~/mine"));
        QFile file(m_folder->filePath(QStringLiteral("home/mine")));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("here\n"));
    }

    /// What is installed on the device must not begin with this computer.
    void hasNoPartInThisComputersServices()
    {
        QCOMPARE(ssh(QStringLiteral("ls /run/user /var/spool/cron 2>/dev/null | grep -v :$")),
                 QByteArray());
    }

    void theLampShowsAndLightsTheSensor()
    {
        QSignalSpy led(m_pi.get(), &SimulatedPi::ledChanged);
        m_pi->setAmbientLux(0);
        QTRY_VERIFY(m_pi->lux() < 1);
        ssh(QStringLiteral("echo 1 > /sys/class/leds/lamp/brightness"));
        QTRY_COMPARE(led.size(), 1);
        QCOMPARE(led[0][0].toBool(), true);
        QTRY_VERIFY(qAbs(m_pi->lux() - 20) < 2);
        ssh(QStringLiteral("echo 0 > /sys/class/leds/lamp/brightness"));
        QTRY_COMPARE(led.size(), 2);
        QVERIFY(!m_pi->isLampOn());
    }

    void theSensorFollowsLightAndCover()
    {
        const QString read =
            QStringLiteral("cat /sys/bus/iio/devices/iio:device0/in_illuminance_raw");
        m_pi->setAmbientLux(1000);
        const double bright = ssh(read).toDouble() * 0.833;
        QVERIFY2(qAbs(bright - 1000) < 25, QByteArray::number(bright).constData());
        m_pi->setCovered(true);
        const double dark = ssh(read).toDouble() * 0.833;
        QVERIFY2(qAbs(dark - 30) < 3, QByteArray::number(dark).constData());
    }

    void theSensorIsNeverHalfWritten()
    {
        QSignalSpy lux(m_pi.get(), &SimulatedPi::luxChanged);
        QFile sensor(m_folder->filePath(
            QStringLiteral("sys/bus/iio/devices/iio:device0/in_illuminance_raw")));
        for (int i = 0; i < 300; ++i) {
            m_pi->setAmbientLux(1000 + i % 7);
            QVERIFY(sensor.open(QIODevice::ReadOnly));
            QVERIFY(sensor.readAll().trimmed().size() == 4);
            sensor.close();
        }
        QTRY_VERIFY(lux.size() > 300);
    }

    void anotherProgramSteersTheSameBoard()
    {
        SimulatedPi panel(QStringLiteral("simulated-pi"), m_folder->path());
        QSignalSpy started(&panel, &SimulatedPi::started);
        QSignalSpy stopped(&panel, &SimulatedPi::stopped);
        panel.start();
        QTRY_COMPARE(started.size(), 1);
        QVERIFY(!panel.isOwner());
        QVERIFY(panel.device() == m_pi->device());
        QSignalSpy lux(&panel, &SimulatedPi::luxChanged);
        panel.setAmbientLux(50);
        QTRY_VERIFY(qAbs(m_pi->lux() - 50) < 3);
        QTRY_VERIFY(!lux.isEmpty() && qAbs(panel.lux() - 50) < 3);
        m_pi->stop();
        QTRY_COMPARE(stopped.size(), 1);
        QVERIFY(!panel.isRunning());
    }

    void theDeviceIsTheSameAfterARestart()
    {
        const Device before = m_pi->device();
        m_pi.reset();
        startPi();
        QCOMPARE(m_pi->device().hostKey, before.hostKey);
        QCOMPARE(m_pi->device().keyFile, before.keyFile);
    }

    /// Runs another test of this program as a user without rights. Package: util-linux (setpriv).
    void anOrdinaryUserCanHaveOne()
    {
        if (::geteuid() != 0)
            return; // Every test here runs as an ordinary user already.
        QTemporaryDir home;
        // A copy: the program itself may lie where other users cannot reach it.
        const QString program = home.filePath(QStringLiteral("tst_simulatedpi"));
        QVERIFY(QFile::copy(QCoreApplication::applicationFilePath(), program));
        QVERIFY(::chown(home.path().toLocal8Bit().constData(), 65534, 65534) == 0);
        QProcess test;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char *name : {"HOME", "TMPDIR"})
            environment.insert(QLatin1String(name), home.path());
        test.setProcessEnvironment(environment);
        QSignalSpy finished(&test, &QProcess::finished);
        test.start(QStringLiteral("setpriv"),
                   {QStringLiteral("--reuid=65534"), QStringLiteral("--regid=65534"),
                    QStringLiteral("--clear-groups"), program,
                    QStringLiteral("theLampShowsAndLightsTheSensor")});
        QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 20'000);
        const QByteArray output = test.readAll();
        QVERIFY2(test.exitCode() == 0, output.constData());
        QVERIFY2(output.contains(" 0 skipped"), output.constData());
    }

    void leavesNoProcessAndNoMountBehind()
    {
        const QByteArray folder = m_folder->path().toLocal8Bit();
        ssh(QStringLiteral("setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!"));
        const auto mentions = [&folder](const QString &file) {
            QFile f(file);
            return f.open(QIODevice::ReadOnly) && f.readAll().contains(folder);
        };
        const auto anyProcess = [&] {
            for (const QString &pid : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs))
                if (pid[0].isDigit() && pid.toLongLong() != QCoreApplication::applicationPid() &&
                    (mentions(QStringLiteral("/proc/%1/mountinfo").arg(pid)) ||
                     mentions(QStringLiteral("/proc/%1/cmdline").arg(pid))))
                    return true;
            return false;
        };
        QVERIFY(anyProcess());
        m_pi->stop();
        QTRY_VERIFY(!anyProcess());
        QVERIFY(!mentions(QStringLiteral("/proc/self/mountinfo")));
    }
};

QTEST_GUILESS_MAIN(tst_SimulatedPi)
#include "tst_simulatedpi.moc"
