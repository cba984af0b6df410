#include "device-manager/core/devicehealth.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/devicerestart.h"
#include "testpi.h"

#include <QFile>
#include <QProcess>

using namespace device;
using runtime::ErrorCode;

namespace {

const QByteArray told = R"(@uptime
93784.21 370000.00
@stat
cpu  1000 0 500 8000 500 0 0 0 0 0
cpu0 500 0 250 4000 250 0 0 0 0 0
cpu1 500 0 250 4000 250 0 0 0 0 0
@load
0.42 0.31 0.20 1/123 4567
@memory
MemTotal:        1000000 kB
MemFree:          100000 kB
MemAvailable:     600000 kB
@temperature
48200
-274000
51500
@disk
/dev/my disk 1000000 400000 600000 40% /home
@page
16384
@processes
1 (systemd) S 0 1 1 0 -1 4194560 1 1 1 1 10 5 0 0 20 0 1 0 2 170000000 500 184467 1 1 0
77 (a) b (c) S 1 1 1 0 -1 4194560 1 1 1 1 300 100 0 0 20 0 1 0 900 170000000 64 184467 1 1 0
)";

HealthCounters after(const HealthCounters &before, std::uint64_t busy, std::uint64_t idle)
{
    HealthCounters counters = before;
    counters.totalTicks += busy + idle;
    counters.idleTicks += idle;
    return counters;
}

} // namespace

class tst_DeviceHealth : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatADeviceTellsIsRead()
    {
        const HealthCounters counters = healthCountersFrom(told);
        QCOMPARE(counters.uptime->count(), 93784);
        QCOMPARE(counters.totalTicks, 10'000u);
        QCOMPARE(counters.idleTicks, 8'500u);
        QCOMPARE(counters.processors, 2);
        QCOMPARE(*counters.load, 0.42);
        QCOMPARE(counters.memoryBytes, 1'024'000'000u);
        QCOMPARE(counters.memoryFreeBytes, 614'400'000u);
        QCOMPARE(*counters.celsius, 51.5);
        QCOMPARE(counters.diskUsedBytes, 409'600'000u);
        QCOMPARE(counters.diskFreeBytes, 614'400'000u);
        QCOMPARE(counters.processes.size(), 2u);
        const auto &process = counters.processes.at({77, 900});
        QCOMPARE(process.name, QStringLiteral("a) b (c"));
        QCOMPARE(process.ticks, 400u);
        QCOMPARE(process.memoryBytes, 64u * 16384);
    }

    void oddWordsAreNoFigures_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("heads alone") << QByteArray("@uptime\n@stat\n@load\n@memory\n@temperature\n"
                                                   "@disk\n@page\n@processes\n");
        QTest::newRow("words") << QByteArray("@uptime\nlong\n@stat\ncpu\n@load\n-\n@memory\n"
                                             "MemTotal: much\n@temperature\nwarm\n@disk\n40%\n"
                                             "@page\n0\n@processes\n(x) S\n1 (x\n9 (x) S 1 2\n");
        QTest::newRow("absurd") << QByteArray("@temperature\n999999999\n@uptime\n-5\n");
        QTest::newRow("no head") << QByteArray("cpu 1 2 3\n0.42\n");
    }

    void oddWordsAreNoFigures()
    {
        QFETCH(QByteArray, output);
        const HealthCounters counters = healthCountersFrom(output);
        const HealthSample sample = healthOf(counters, counters);
        QVERIFY(!sample.cpuPercent && !sample.load && !sample.celsius && !sample.uptime);
        QCOMPARE(sample.memoryBytes, 0u);
        QCOMPARE(sample.diskUsedBytes + sample.diskFreeBytes, 0u);
        QVERIFY(sample.processes.empty());
    }

    void anOldKernelTellsWhatIsFreeInParts()
    {
        const HealthCounters counters = healthCountersFrom(
            "@memory\nMemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 250 kB\n");
        QCOMPARE(counters.memoryFreeBytes, 400u << 10);
    }

    void loadIsTheDifferenceOfTwoSamples()
    {
        const HealthCounters before = healthCountersFrom(told);
        QVERIFY(!healthOf(before, std::nullopt).cpuPercent);
        HealthCounters now = after(before, 100, 300);
        now.processes.at({77, 900}).ticks += 50; // of 400 on two processors
        now.processes[{78, 2}] = {QStringLiteral("new"), 99, 1};
        const HealthSample sample = healthOf(now, before);
        QCOMPARE(*sample.cpuPercent, 25.0);
        QCOMPARE(sample.processes.front().pid, 77);
        QCOMPARE(*sample.processes.front().cpuPercent, 25.0);
        QCOMPARE(sample.processes.back().name, QStringLiteral("new"));
        QVERIFY(!sample.processes.back().cpuPercent);
        QCOMPARE(sample.memoryUsedBytes, 409'600'000u);
    }

    void aDeviceThatStartedAgainBeginsAnew()
    {
        const HealthCounters before = healthCountersFrom(told);
        HealthCounters now = before;
        now.totalTicks = 50;
        now.idleTicks = 40;
        const HealthSample sample = healthOf(now, before);
        QVERIFY(!sample.cpuPercent);
        QVERIFY(!sample.processes.front().cpuPercent);
    }

    void aDeviceIsAskedWhileItIsWatched()
    {
        TestPi pi;
        if (!pi.whyNot.empty())
            QSKIP(pi.whyNot.c_str());
        DeviceLink link(
            pi.device(),
            {QCoreApplication::applicationDirPath() + QStringLiteral("/../bin/edgewrightd"), {}});
        DeviceHealth health(&link);
        QSignalSpy sampled(&health, &DeviceHealth::sampled);
        link.open();
        QTRY_COMPARE_WITH_TIMEOUT(link.state(), DeviceLink::State::Online, 30'000);
        QVERIFY(health.history().empty());
        health.setWatched(true);
        QTRY_VERIFY_WITH_TIMEOUT(sampled.size() >= 2, 5'000);
        const HealthSample sample = health.history().back();
        QVERIFY(*sample.cpuPercent >= 0 && *sample.cpuPercent <= 100);
        QVERIFY(sample.processors >= 1);
        QVERIFY(sample.memoryUsedBytes > 0 && sample.memoryUsedBytes < sample.memoryBytes);
        QVERIFY(sample.diskFreeBytes > 0);
        QVERIFY(sample.celsius && *sample.celsius > 10); // the board's thermometer
        QVERIFY(!sample.processes.empty());
        health.setWatched(false);
        QTest::qWait(300); // an answer that was on its way
        const auto count = health.history().size();
        QTest::qWait(2'500);
        QCOMPARE(health.history().size(), count);
        // What is lost and comes back goes on.
        health.setWatched(true);
        QTRY_VERIFY(health.history().size() > count);
        pi.pi->stop();
        QTRY_COMPARE_WITH_TIMEOUT(link.state(), DeviceLink::State::Lost, 10'000);
        const auto atLoss = health.history().size();
        pi.pi->start();
        QTRY_VERIFY_WITH_TIMEOUT(health.history().size() > atLoss, 30'000);
    }

    void aRestartNeedsSudoWithoutAPassword_data()
    {
        QTest::addColumn<QByteArray>("sudo");
        QTest::addColumn<bool>("restarts");
        QTest::newRow("allowed") << QByteArray("[ \"$*\" = '-n reboot' ]") << true;
        QTest::newRow("password") << QByteArray("echo 'sudo: a password is required' >&2; exit 1")
                                  << false;
        QTest::newRow("none") << QByteArray() << false;
    }

    void aRestartNeedsSudoWithoutAPassword()
    {
        QFETCH(QByteArray, sudo);
        QFETCH(bool, restarts);
        // Programs of its own in front of, or in place of, the real ones.
        QTemporaryDir programs;
        const auto make = [&](const QString &name, const QByteArray &script) {
            QFile file(programs.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("#!/bin/sh\n" + script + '\n');
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        };
        make(QStringLiteral("id"), "echo 1000");
        make(QStringLiteral("reboot"), "exit 9");
        if (!sudo.isEmpty())
            make(QStringLiteral("sudo"), sudo);
        QProcess shell;
        shell.setProcessEnvironment([&] {
            QProcessEnvironment environment;
            environment.insert(QStringLiteral("PATH"), programs.path());
            return environment;
        }());
        shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), restartScript()});
        QVERIFY(shell.waitForFinished());
        const auto outcome = restartOutcome(
            QStringLiteral("porch"), ExecResult{shell.exitCode(), shell.readAllStandardOutput(),
                                                shell.readAllStandardError()});
        QCOMPARE(outcome.has_value(), restarts);
        if (!restarts) {
            QCOMPARE(outcome.error().code, ErrorCode::DeviceUnsuitable);
            QVERIFY(outcome.error().detail.find("sudo") != std::string::npos);
        }
    }

    void aDeviceThatGoesDownAtOnceRestarts()
    {
        QVERIFY(restartOutcome(QStringLiteral("porch"),
                               runtime::failure(ErrorCode::DeviceLost, "porch", "hung up")));
        const auto other =
            restartOutcome(QStringLiteral("porch"), runtime::failure(ErrorCode::Cancelled, {}));
        QVERIFY(!other && other.error().code == ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(tst_DeviceHealth)
#include "tst_devicehealth.moc"
