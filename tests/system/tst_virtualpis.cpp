#include "virtualpis/virtualpis.h"

#include "device-manager/core/sshsession.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QProcess>
#include <QTest>

#include <unistd.h>

#include <csignal>
#include <cstdio>

using tests::PiOutput;
using tests::VirtualPis;

/// What the other tests rely on: that the bench does what it says.
class tst_VirtualPis : public QObject
{
    Q_OBJECT

    std::unique_ptr<VirtualPis> m_bench;

    /// The time of one command over SSH, in ms; -1 when it fails.
    qint64 commandMs(int pi)
    {
        device::SshSession session(m_bench->device(pi));
        const auto opened = session.open().result();
        if (!opened)
            return -1;
        QElapsedTimer timer;
        timer.start();
        const auto told = session.exec(QStringLiteral("hostname")).result();
        return told && told->output.trimmed() == "pi" + QByteArray::number(pi) ? timer.elapsed()
                                                                               : -1;
    }

    bool isReachable(int pi, std::chrono::milliseconds limit)
    {
        device::SshSession session(m_bench->device(pi));
        return session.open(limit).result().has_value();
    }

    /// Processes and disks of this machine that name \a folder.
    static QStringList tracesOf(const QByteArray &folder)
    {
        QStringList traces;
        const auto look = [&](const QString &path) {
            QFile file(path);
            if (file.open(QIODevice::ReadOnly) && file.readAll().contains(folder))
                traces.append(path);
        };
        for (const QString &pid : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs))
            look(QStringLiteral("/proc/") + pid + QStringLiteral("/cmdline"));
        for (const QString &disk : QDir(QStringLiteral("/sys/block")).entryList())
            look(QStringLiteral("/sys/block/") + disk + QStringLiteral("/loop/backing_file"));
        return traces;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_bench = std::make_unique<VirtualPis>();
        if (!m_bench->whyNot().isEmpty())
            QSKIP(m_bench->whyNot().constData());
        QVERIFY(m_bench->enter());
        QVERIFY(m_bench->boot(1));
        QVERIFY(m_bench->boot(2, "stock lan=2"));
    }

    void everyPiIsAMachineOfItsOwn()
    {
        QVERIFY(commandMs(1) >= 0);
        QVERIFY(commandMs(2) >= 0);
        QVERIFY(m_bench->device(1).hostKey != m_bench->device(2).hostKey);
        const PiOutput seen = m_bench->run(1, "ls " EDGEWRIGHT_SOURCE_DIR "\npgrep -c sshd\n"
                                              "cat /sys/bus/iio/devices/*/in_illuminance_raw");
        QCOMPARE(seen.text.simplified(), QByteArray("1 240"));
        QCOMPARE(m_bench->run(2, "exit 7").exitCode, 7);
    }

    void aCutOfThePowerTakesWhatWasNotSynced()
    {
        QCOMPARE(m_bench
                     ->run(1, "cd /home/pi; echo kept >kept; sync kept; sync .\n"
                              "echo lost >lost; echo lost >/tmp/lost")
                     .exitCode,
                 0);
        QVERIFY(m_bench->powerOff(1));
        QVERIFY(!isReachable(1, std::chrono::milliseconds(300)));
        QVERIFY(m_bench->powerOn(1));
        QVERIFY(m_bench->waitReady(1));
        QCOMPARE(m_bench->run(1, "cat /home/pi/kept /home/pi/lost /tmp/lost 2>/dev/null").text,
                 QByteArray("kept\n"));
    }

    void aCableThatIsOutCarriesNothing()
    {
        QVERIFY(m_bench->plug(1, false));
        QVERIFY(!isReachable(1, std::chrono::milliseconds(500)));
        QVERIFY(m_bench->plug(1, true));
        QVERIFY(isReachable(1, std::chrono::seconds(20)));
    }

    void aCableDelaysBothWays()
    {
        QVERIFY(m_bench->shape(2, "delay=100"));
        const qint64 slow = commandMs(2); // two round trips
        QVERIFY2(slow >= 390, QByteArray::number(slow).constData());
        QVERIFY(m_bench->shape(2, ""));
        QVERIFY(commandMs(2) >= 0);
    }

    void aServerCanBeChanged()
    {
        QVERIFY(m_bench->configureServer(1, "Banner /etc/hostname\nMaxSessions 0"));
        QVERIFY(commandMs(1) < 0);
        QVERIFY(m_bench->configureServer(1, ""));
        QVERIFY(commandMs(1) >= 0);
    }

    void nothingIsLeftOfABenchThatIsKilled()
    {
        // In a process of its own, which is killed while its Pi runs.
        QProcess other;
        other.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--leave")});
        QTRY_VERIFY_WITH_TIMEOUT(other.canReadLine() || other.state() == QProcess::NotRunning,
                                 60'000);
        const QByteArray folder = other.readLine().trimmed();
        QVERIFY(!folder.isEmpty());
        QVERIFY(tracesOf(folder).size() >= 4); // unshare, the bench, its Pi, the disk
        ::kill(pid_t(other.processId()), SIGKILL);
        QVERIFY(other.waitForFinished());
        QTRY_COMPARE_WITH_TIMEOUT(tracesOf(folder), QStringList(), 30'000);
        QDir(QString::fromUtf8(folder)).removeRecursively();
    }
};

/// Starts a bench with one Pi, tells its folder, and waits to be killed.
static int leaveBench()
{
    VirtualPis bench;
    if (!bench.boot(1))
        return 1;
    std::printf("%s\n", qPrintable(QFileInfo(bench.device(1).keyFile).path()));
    std::fflush(stdout);
    for (;;)
        ::pause();
}

int main(int count, char **arguments)
{
    QCoreApplication app(count, arguments);
    if (count == 2 && QByteArray(arguments[1]) == "--leave")
        return leaveBench();
    tst_VirtualPis test;
    return QTest::qExec(&test, count, arguments);
}

#include "tst_virtualpis.moc"
