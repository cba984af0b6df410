#include "program.h"

#include "device-manager/core/deviceregistry.h"
#include "device-manager/core/simulatedpi.h"

#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTest>

#include <nlohmann/json.hpp>

#include <signal.h>

#include <map>

/// Against several simulated Raspberry Pis: real servers of SSH. Packages: openssh-server, python3.
class CliFleetTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_program.write(QStringLiteral("edgewright.yaml"),
                        "application: garden\nfunctions:\n  ticker:\n    source: ticker.py\n"
                        "    triggers: [{timer: {every: 50ms}}]\n");
        writeVersion("1");
        device::DeviceRegistry registry(m_program.state(QStringLiteral("devices.json")));
        QVERIFY(registry.load());
        for (int i = 1; i <= 3; ++i) {
            const QString name = QStringLiteral("pi%1").arg(i);
            auto pi = std::make_unique<device::SimulatedPi>(name, folder(name));
            QSignalSpy started(pi.get(), &device::SimulatedPi::started);
            QSignalSpy failed(pi.get(), &device::SimulatedPi::failed);
            pi->start();
            QTRY_VERIFY_WITH_TIMEOUT(!started.isEmpty() || !failed.isEmpty(), 20'000);
            if (!failed.isEmpty())
                QSKIP("no simulated device here (package openssh-server)");
            QVERIFY(registry.save(pi->device()));
            m_pis[name] = std::move(pi);
        }
        QVERIFY(registry.addToGroup(QStringLiteral("greenhouse"),
                                    {QStringLiteral("pi1"), QStringLiteral("pi2")}));
        const Run all = run("push --to pi1,pi2,pi3"); // the runtime goes there first
        QVERIFY2(all.exit == 0, all.err + all.out);
    }

    void cleanup()
    {
        for (const auto &[name, pi] : m_pis) {
            pi->setPlugged(true);
            for (const char *mark : {"slow", "fails", "broken", "loading"})
                QFile::remove(home(name, mark));
        }
    }

    void groupsAreKeptAndTold()
    {
        const Run added = run("device group add roof pi3 pi1 --json");
        QCOMPARE(added.exit, 0);
        QCOMPARE(added.json()["devices"].dump(), std::string("[\"pi1\",\"pi3\"]"));
        const Run list = run("device group list --json");
        QCOMPARE(list.json().dump(), std::string("[{\"devices\":[\"pi1\",\"pi2\"],\"group\":"
                                                 "\"greenhouse\"},{\"devices\":[\"pi1\",\"pi3\"],"
                                                 "\"group\":\"roof\"}]"));
        QVERIFY(run("devices").out.contains("greenhouse, roof"));
        QCOMPARE(run("device group remove roof").exit, 0);
        QVERIFY(!run("device group list").out.contains("roof"));
    }

    void aGroupGetsAVersionAndATable()
    {
        writeVersion("2");
        const Run pushed = run("push --group greenhouse");
        QVERIFY2(pushed.exit == 0, pushed.err);
        const QList<QByteArray> lines = pushed.lines();
        QCOMPARE(lines.size(), 3);
        QCOMPARE(lines[0].simplified(),
                 QByteArray("DEVICE FUNCTION VERSION BYTES SENT TIME RESULT"));
        QVERIFY2(lines[1].startsWith("pi1") && lines[1].endsWith("serves"), lines[1]);
        QVERIFY2(lines[2].startsWith("pi2") && lines[2].endsWith("serves"), lines[2]);
        QCOMPARE(served("pi1"), QByteArray("\"2\"\n"));
        QCOMPARE(served("pi3"), QByteArray("\"1\"\n"));
        // By the name of the group as a target, and each device once.
        const Run again = run("push --to greenhouse,pi1 --json");
        QCOMPARE(again.lines().size(), 2);
        for (const auto &[device, row] : rowsOf(again)) {
            QCOMPARE(row["result"].dump(), std::string("\"done\""));
            QCOMPARE(row["changed"].dump(), std::string("false"));
            QVERIFY(row["version"].get<int>() > 0);
        }
    }

    void packagesThatAreNotThereAreToldAndNothingIsSent()
    {
        m_program.setVariable(QStringLiteral("PIP_NO_INDEX"), QStringLiteral("1"));
        m_program.write(QStringLiteral("requirements.txt"), "no-such-thing==1.0\n");
        const QByteArray before = served("pi1");
        const Run pushed = run("push --to pi1,pi2");
        const Run json = run("push --to pi1 --json");
        QVERIFY(QFile::remove(m_program.path(QStringLiteral("requirements.txt"))));
        QCOMPARE(pushed.exit, 1);
        QVERIFY2(pushed.err.contains("pi1: Taking packages for x86_64, Python 3."), pushed.err);
        QVERIFY2(pushed.err.contains("no-such-thing==1.0 is not there for x86_64"), pushed.err);
        QCOMPARE(pushed.lines().size(), 3);
        QCOMPARE(rowsOf(json)["pi1"]["error"]["code"].dump(),
                 std::string("\"Function.DependenciesFailed\""));
        QCOMPARE(rowsOf(json)["pi1"]["warnings"].dump(), std::string("[]"));
        QCOMPARE(served("pi1"), before);
    }

    void theOthersFollowACanaryThatServes()
    {
        writeVersion("3");
        const Run pushed = run("push --to pi1,pi2,pi3 --canary 1 --canary-for 500ms --json");
        QVERIFY2(pushed.exit == 0, pushed.err);
        auto rows = rowsOf(pushed);
        QCOMPARE(rows.size(), std::size_t(3));
        QVERIFY(rows["pi1"]["canary"].get<bool>());
        QVERIFY(rows["pi1"]["watched"].get<int>() > 3); // every 50 ms, on a busy machine
        QVERIFY(!rows["pi2"]["canary"].get<bool>());
        for (const char *device : {"pi1", "pi2", "pi3"})
            QCOMPARE(served(device), QByteArray("\"3\"\n"));
    }

    void aCanaryWhoseInvocationsFailIsRolledBackAndAlone()
    {
        writeVersion("4");
        mark("pi2", "fails");
        const Run pushed = run("push --to pi1,pi2,pi3 --canary pi2 --canary-for 20s --json");
        QCOMPARE(pushed.exit, 1);
        auto rows = rowsOf(pushed);
        QCOMPARE(rows["pi2"]["result"].dump(), std::string("\"rolled_back\""));
        QCOMPARE(rows["pi2"]["error"]["code"].dump(), std::string("\"Function.Failed\""));
        QVERIFY(rows["pi2"]["error"]["text"].get<std::string>().find("no water") !=
                std::string::npos);
        for (const char *device : {"pi1", "pi3"}) {
            QCOMPARE(rows[device]["result"].dump(), std::string("\"untouched\""));
            QCOMPARE(rows[device]["bytes_sent"].dump(), std::string("0"));
        }
        QFile::remove(home(QStringLiteral("pi2"), "fails"));
        for (const char *device : {"pi1", "pi2", "pi3"})
            QCOMPARE(served(device), QByteArray("\"3\"\n"));
    }

    void aCanaryThatDoesNotLoadStopsTheRest()
    {
        writeVersion("5");
        mark("pi1", "broken");
        const Run pushed = run("push --group greenhouse --canary pi1");
        QCOMPARE(pushed.exit, 1);
        QVERIFY2(pushed.out.contains("not touched"), pushed.out);
        QVERIFY2(pushed.err.contains("does not load"), pushed.err);
        QCOMPARE(served("pi2"), QByteArray("\"3\"\n"));
    }

    void aDeadAndASlowDeviceDelayNoOther()
    {
        writeVersion("6");
        mark("pi2", "slow"); // takes 3 s to load
        m_pis[QStringLiteral("pi3")]->setPlugged(false);
        QElapsedTimer clock;
        clock.start();
        const auto process =
            m_program.start({QStringLiteral("push"), QStringLiteral("--to"),
                             QStringLiteral("pi1,pi2,pi3"), QStringLiteral("--json")});
        QVERIFY(process->waitForStarted());
        std::map<std::string, qint64> ended;
        std::map<std::string, nlohmann::json> rows;
        while (process->state() == QProcess::Running || process->canReadLine()) {
            if (!process->canReadLine()) {
                process->waitForReadyRead(100);
                QVERIFY(clock.elapsed() < 30'000);
                continue;
            }
            const auto row = nlohmann::json::parse(process->readLine().toStdString());
            const auto name = row["device"].get<std::string>();
            rows[name] = row;
            ended[name] = clock.elapsed();
        }
        QCOMPARE(process->exitCode(), 3);
        QVERIFY2(ended["pi1"] < 3'000, QByteArray::number(ended["pi1"]));
        QVERIFY2(ended["pi2"] >= 3'000 && ended["pi2"] < ended["pi3"],
                 QByteArray::number(ended["pi2"]));
        QVERIFY2(ended["pi3"] < 16'000, QByteArray::number(ended["pi3"]));
        QCOMPARE(rows["pi2"]["result"].dump(), std::string("\"done\""));
        QCOMPARE(rows["pi3"]["error"]["code"].dump(), std::string("\"Device.Unreachable\""));
    }

    void aFailureStopsThoseNotYetTouched()
    {
        writeVersion("7");
        mark("pi1", "broken");
        m_pis[QStringLiteral("pi3")]->setPlugged(false); // still connecting then
        const Run pushed = run("push --to pi1,pi3 --stop-on-failure --json");
        QCOMPARE(pushed.exit, 1);
        auto rows = rowsOf(pushed);
        QCOMPARE(rows["pi1"]["result"].dump(), std::string("\"failed\""));
        QCOMPARE(rows["pi3"]["result"].dump(), std::string("\"untouched\""));
    }

    void aLinkThatComesBackGoesOnWithThePush()
    {
        writeVersion("7");
        mark("pi2", "slow");
        const auto process = m_program.start({QStringLiteral("push"), QStringLiteral("--to"),
                                              QStringLiteral("pi1,pi2"), QStringLiteral("--json")});
        QTRY_VERIFY_WITH_TIMEOUT(process->canReadLine(), 10'000);
        (void)process->readLine(); // of the one that is not slow
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(home(QStringLiteral("pi2"), "loading")), 10'000);
        m_pis[QStringLiteral("pi2")]->setPlugged(false);
        QTest::qWait(2'500); // a cable is missed after two seconds
        m_pis[QStringLiteral("pi2")]->setPlugged(true);
        QTRY_COMPARE_WITH_TIMEOUT(process->state(), QProcess::NotRunning, 20'000);
        const QByteArray last = process->readLine();
        QVERIFY2(process->exitCode() == 0, last);
        const auto row = nlohmann::json::parse(last.toStdString());
        QCOMPARE(row["device"].dump(), std::string("\"pi2\""));
        QCOMPARE(row["result"].dump(), std::string("\"done\""));
        QCOMPARE(served("pi2"), QByteArray("\"7\"\n"));
    }

    void anInterruptTellsWhatEachDeviceServes()
    {
        writeVersion("8");
        mark("pi2", "slow");
        const auto process = m_program.start({QStringLiteral("push"), QStringLiteral("--to"),
                                              QStringLiteral("pi1,pi2"), QStringLiteral("--json")});
        // The first line is that of the device that is not slow.
        QTRY_VERIFY_WITH_TIMEOUT(process->canReadLine(), 10'000);
        const auto first = nlohmann::json::parse(process->readLine().toStdString());
        QCOMPARE(first["device"].dump(), std::string("\"pi1\""));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(home(QStringLiteral("pi2"), "loading")), 10'000);
        ::kill(pid_t(process->processId()), SIGINT);
        QVERIFY(process->waitForFinished(10'000));
        QCOMPARE(process->exitCode(), 130);
        const auto second = nlohmann::json::parse(process->readLine().toStdString());
        QVERIFY2(second["result"] == "cancelled", second.dump().c_str());
        QCOMPARE(second["changed"].dump(), std::string("false"));
        QCOMPARE(served("pi2"), QByteArray("\"7\"\n"));
    }

    void readingsOfAGroupStandSideBySide()
    {
        writeVersion("9");
        QCOMPARE(run("push --group greenhouse").exit, 0);
        const Run watched = run("watch greenhouse --csv --for 1s");
        QVERIFY2(watched.exit == 0, watched.err);
        const QList<QByteArray> lines = watched.lines();
        QCOMPARE(lines.first(), QByteArray("time,device,function,series,value,sequence,bundle"));
        std::map<QByteArray, int> counts;
        for (const QByteArray &line : lines.mid(1)) {
            const QList<QByteArray> fields = line.split(',');
            QCOMPARE(fields.size(), 7);
            QCOMPARE(fields[2], QByteArray("ticker"));
            ++counts[fields[1]];
        }
        QCOMPARE(counts.size(), std::size_t(2));
        QVERIFY2(counts["pi1"] > 5 && counts["pi2"] > 5, watched.out);
        QCOMPARE(run("watch greenhouse --prometheus x.prom").exit, 2);
    }

    void aGroupIsRolledBack()
    {
        writeVersion("10");
        QCOMPARE(run("push --group greenhouse").exit, 0);
        const Run back = run("rollback --to greenhouse --json");
        QVERIFY2(back.exit == 0, back.err);
        const auto rows = rowsOf(back);
        QCOMPARE(rows.size(), std::size_t(2));
        for (const char *device : {"pi1", "pi2"})
            QCOMPARE(served(device), QByteArray("\"9\"\n"));
        // One of them cannot be reached; the other is none the worse for it.
        m_pis[QStringLiteral("pi2")]->setPlugged(false);
        const Run half = run("rollback --to pi2,pi1");
        QCOMPARE(half.exit, 3);
        QVERIFY2(half.out.startsWith("pi1  ticker  rolled back"), half.out);
        QVERIFY2(half.err.contains("Cannot reach"), half.err);
    }

    void wrongUseIsToldBeforeAnythingIsSent()
    {
        const auto refused = [this](const char *arguments, const char *said) {
            const Run refusal = run(arguments);
            return refusal.exit == 2 && refusal.err.contains(said) && refusal.out.isEmpty();
        };
        QVERIFY(refused("push", "--to or --group is missing"));
        QVERIFY(refused("push --group nowhere", "the groups are: greenhouse"));
        QVERIFY(refused("push --to nobody", "nobody"));
        QVERIFY(refused("push --to pi1 --canary pi2", "none of the devices"));
        QVERIFY(refused("push --to pi1 --canary 2", "--canary takes 1 to 1"));
        QVERIFY(refused("push --to pi1 --canary-for 5s", "needs --canary"));
        QVERIFY(refused("push --to pi1 --canary 1 --canary-for soon", "soon"));
    }

private:
    Run run(const char *arguments)
    {
        return m_program.run(QString::fromUtf8(arguments).split(u' '));
    }

    static std::map<std::string, nlohmann::json> rowsOf(const Run &pushed)
    {
        std::map<std::string, nlohmann::json> rows;
        for (const QByteArray &line : pushed.lines()) {
            const auto row = nlohmann::json::parse(line.toStdString());
            rows[row["device"].get<std::string>()] = row;
        }
        return rows;
    }

    [[nodiscard]] QString folder(const QString &name) const { return m_folder.filePath(name); }
    [[nodiscard]] QString home(const QString &name, const char *file) const
    {
        return folder(name) + QStringLiteral("/home/") + QString::fromUtf8(file);
    }

    void mark(const char *device, const char *name)
    {
        QFile file(home(QString::fromUtf8(device), name));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }

    /// What the function there answers.
    QByteArray served(const char *device)
    {
        const Run invoked = run((std::string("invoke ticker --on ") + device).c_str());
        return invoked.exit == 0 ? invoked.out : invoked.err;
    }

    /// It does as a file in the home of its device says.
    void writeVersion(const QByteArray &version)
    {
        m_program.write(QStringLiteral("ticker.py"),
                        "import os, time\n"
                        "def has(name):\n"
                        "    return os.path.exists(os.path.expanduser('~/' + name))\n"
                        "if has('slow'):\n"
                        "    open(os.path.expanduser('~/loading'), 'w').close()\n"
                        "    time.sleep(3)\n"
                        "if has('broken'):\n    raise RuntimeError('no pump')\n"
                        "def handler(event, context):\n"
                        "    if has('fails'):\n        raise RuntimeError('no water')\n"
                        "    print('level:', 1)\n"
                        "    return '" +
                            version + "'\n");
    }

    QTemporaryDir m_folder;
    Program m_program;
    std::map<QString, std::unique_ptr<device::SimulatedPi>> m_pis;
};

QTEST_GUILESS_MAIN(CliFleetTest)
#include "tst_clifleet.moc"
