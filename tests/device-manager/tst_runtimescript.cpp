#include "runtime-bridge/base/digest.h"
#include "runtimehome.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>

#include <csignal>

using device::RuntimeTask;
using runtime::Client;
using tests::TestRuntime;

/// What devices are told to do about our runtime, done by this computer's shell with the real
/// program. Packages: python3; systemd for what concerns units.
class tst_RuntimeScript : public QObject
{
    Q_OBJECT

    /// A function of one Python file that counts how often it ran, kept by the runtime.
    static runtime::PutRequest counter(const std::string &source = "count = 0\n"
                                                                   "def handler(event, context):\n"
                                                                   "    global count\n"
                                                                   "    count += 1\n"
                                                                   "    return {'count': count}\n",
                                       int everyMs = 20)
    {
        runtime::PutRequest request;
        request.manifest.spec = TestRuntime::spec("counter");
        if (everyMs > 0)
            request.manifest.spec.triggers = {
                runtime::TimerTrigger{std::chrono::milliseconds(everyMs)}};
        runtime::BundleFile file;
        file.path = "main.py";
        file.digest = runtime::digestOf(source);
        file.size = source.size();
        request.manifest.files = {file};
        request.blobs[file.digest] = source;
        return request;
    }

    static std::uint64_t invocationsOf(Client &client)
    {
        const auto states = TestRuntime::wait(client.functions());
        return states && !states->empty() ? states->front().invocations : 0;
    }

    static pid_t parentOf(qint64 pid)
    {
        QFile status(QStringLiteral("/proc/%1/status").arg(pid));
        if (!status.open(QIODevice::ReadOnly))
            return 0;
        for (const QByteArray &line : status.readAll().split('\n'))
            if (line.startsWith("PPid:"))
                return line.mid(5).trimmed().toInt();
        return 0;
    }

    /// The processes of the program below \a home: the runtime last, what keeps it alive first.
    static QList<pid_t> processesOf(const RuntimeHome &home)
    {
        QList<pid_t> all;
        for (const QString &name : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs))
            if (const pid_t pid = name.toInt();
                pid > 0 && QFile::symLinkTarget(QStringLiteral("/proc/%1/exe").arg(pid))
                               .startsWith(home.program()))
                all.append(pid);
        std::sort(all.begin(), all.end(), [](pid_t a, pid_t b) { return parentOf(b) == a; });
        return all;
    }

private Q_SLOTS:
    void aRuntimeComesAndGoesWithoutATrace()
    {
        RuntimeHome home;
        const QByteArray others = "0 3 * * * /usr/bin/true\n";
        RuntimeHome::writeProgram(home.crontab(), others);
        QDir(home.path()).mkpath(QStringLiteral(".local/share/applications")); // not ours
        QDir(home.path()).mkpath(QStringLiteral(".config"));                   // empty, not ours
        const QStringList before = home.contents();
        const auto installed = home.install(runtimeProgram());
        QVERIFY2(installed.exit == 0, installed.err);
        QVERIFY2(installed.out.contains("boot=cron"), installed.out);
        {
            const auto client = home.createClient();
            QVERIFY(client);
            QVERIFY_OK(TestRuntime::wait(client->put(counter())));
            QTRY_VERIFY(invocationsOf(*client) > 5);
        }
        const auto kept = home.run(QStringLiteral("\"%1\" kept --folder \"%2\" --after 0")
                                       .arg(home.program(), home.runtimeFolder()));
        QCOMPARE(kept.exit, 0);
        const QJsonObject holdings = QJsonDocument::fromJson(kept.out).object();
        QVERIFY2(holdings.value(QStringLiteral("functions")).toVariant().toStringList() ==
                     QStringList(QStringLiteral("counter")),
                 kept.out);
        QVERIFY2(holdings.value(QStringLiteral("readings")).toInt() > 5, kept.out);

        const auto removed = home.run(RuntimeTask::Remove);
        QVERIFY2(removed.exit == 0, removed.err);
        QCOMPARE(home.contents(), before);
        QFile crontab(home.crontab());
        QVERIFY(crontab.open(QIODevice::ReadOnly));
        QCOMPARE(crontab.readAll(), others);
        QVERIFY(processesOf(home).isEmpty());
        // Where there is nothing, there is nothing to fail.
        QCOMPARE(home.run(RuntimeTask::Remove).exit, 0);
        QCOMPARE(home.contents(), before);
    }

    void startsAtBootWithNoNetwork()
    {
        RuntimeHome home;
        QVERIFY2(home.install(runtimeProgram()).exit == 0, "no installation");
        {
            const auto client = home.createClient();
            QVERIFY(client);
            QVERIFY_OK(TestRuntime::wait(client->put(counter())));
        }
        for (const pid_t pid : processesOf(home)) // a power cut
            ::kill(pid, SIGKILL);
        QTRY_VERIFY(processesOf(home).isEmpty());
        QFile crontab(home.crontab());
        QVERIFY(crontab.open(QIODevice::ReadOnly));
        QByteArray line = crontab.readAll();
        QVERIFY2(line.startsWith("@reboot "), line);
        // A machine with no network at all, not even loopback.
        const bool isRoot = ::geteuid() == 0;
        const auto booted = home.run(
            QString::fromUtf8(line.mid(8)), {},
            {QStringLiteral("unshare"), isRoot ? QStringLiteral("-n") : QStringLiteral("-Urn")});
        QVERIFY2(booted.exit == 0, booted.err);
        const auto client = home.createClient();
        QVERIFY(client);
        QTRY_VERIFY_WITH_TIMEOUT(invocationsOf(*client) > 5, 20'000);
    }

    void aRuntimeThatDiesIsStartedAgainByItself()
    {
        RuntimeHome home;
        QVERIFY(home.install(runtimeProgram()).exit == 0);
        auto client = home.createClient();
        QVERIFY(client);
        QVERIFY_OK(TestRuntime::wait(client->put(counter())));
        const std::string instance = client->hello().instance;
        const QList<pid_t> processes = processesOf(home);
        QCOMPARE(processes.size(), 2);
        ::kill(processes.last(), SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(
            (client = home.createClient()) && client->hello().instance != instance, 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(invocationsOf(*client) > 5, 20'000);
        // Told to end, it stays away.
        client.reset();
        QCOMPARE(home.run(QStringLiteral("\"%1\" stop --folder \"%2\"")
                              .arg(home.program(), home.runtimeFolder()))
                     .exit,
                 0);
        QTRY_VERIFY(processesOf(home).isEmpty());
    }

    void aNewerOneTakesOverAndNothingIsLost()
    {
        RuntimeHome home;
        QVERIFY(home.install(runtimeProgram()).exit == 0);
        std::uint64_t version = 0;
        {
            const auto client = home.createClient();
            QVERIFY(client);
            const auto put = TestRuntime::wait(client->put(counter()));
            QVERIFY_OK(put);
            version = put->version;
            QVERIFY_OK(TestRuntime::wait(client->sendToQueue("orders", "{\"n\":1}")));
            QTRY_VERIFY(invocationsOf(*client) > 5);
            // What runs and would not end by itself holds nobody up.
            const QString begun = home.path() + QStringLiteral("/begun");
            auto slow = counter("import time\ndef handler(event, context):\n    open('" +
                                    begun.toStdString() + "', 'w').close()\n    time.sleep(60)\n",
                                0);
            slow.manifest.spec.name = "slow";
            slow.manifest.spec.timeout = std::chrono::seconds(90);
            QVERIFY_OK(TestRuntime::wait(client->put(slow)));
            (void)client->invoke({"slow", "{}", "manual", {}});
            QTRY_VERIFY(QFile::exists(begun));
        }
        const QByteArray newer = runtimeProgram("newer");
        QElapsedTimer timer;
        timer.start();
        const auto upgraded = home.install(newer);
        QVERIFY2(upgraded.exit == 0, upgraded.err);
        QVERIFY2(timer.elapsed() < 30'000, QByteArray::number(timer.elapsed()).constData());
        QVERIFY(!QFile::exists(home.program() + QStringLiteral(".old")));
        const auto client = home.createClient();
        QVERIFY(client);
        QCOMPARE(client->hello().program, runtime::digestOf(newer.toStdString()));
        const auto states = TestRuntime::wait(client->functions());
        QVERIFY_OK(states);
        QCOMPARE(states->size(), std::size_t(2));
        QCOMPARE(states->front().version, version);
        QVERIFY(states->front().armed);
        const auto queues = TestRuntime::wait(client->queues());
        QVERIFY_OK(queues);
        QCOMPARE(queues->size(), std::size_t(1));
        QCOMPARE(queues->front().waiting, std::uint64_t(1));
        QTRY_VERIFY(invocationsOf(*client) > 5);
        // One crontab line, whatever the number of upgrades.
        QFile crontab(home.crontab());
        QVERIFY(crontab.open(QIODevice::ReadOnly));
        QCOMPARE(crontab.readAll().count("@reboot"), 1);
    }

    void oneThatDoesNotRunLeavesTheOtherServing()
    {
        RuntimeHome home;
        QVERIFY(home.install(runtimeProgram()).exit == 0);
        const auto client = home.createClient();
        QVERIFY(client);
        const auto result = home.install("#!/bin/sh\necho 'no such machine' >&2\nexit 1\n");
        QCOMPARE(result.exit, device::newRuntimeDoesNotRun);
        QVERIFY2(result.err.contains("no such machine"), result.err);
        QVERIFY(client->isReady()); // the very same one
        QVERIFY_OK(TestRuntime::wait(client->functions()));
        QVERIFY(!QFile::exists(home.program() + QStringLiteral(".new")));
    }

    void oneThatDoesNotServeIsTakenBack()
    {
        RuntimeHome home;
        QVERIFY(home.install(runtimeProgram()).exit == 0);
        {
            const auto client = home.createClient();
            QVERIFY(client);
            QVERIFY_OK(TestRuntime::wait(client->put(counter())));
        }
        const QByteArray real = home.program().toUtf8() + ".old";
        const auto result = home.install("#!/bin/sh\ncase $1 in\ncheck) exit 0 ;;\nstop) exec '" +
                                         real + "' \"$@\" ;;\nesac\necho 'it fell over' >>'" +
                                         home.runtimeFolder().toUtf8() + "/runtime.log'\nexit 1\n");
        QCOMPARE(result.exit, device::newRuntimeDoesNotServe);
        QVERIFY2(result.err.contains("it fell over"), result.err);
        const auto client = home.createClient();
        QVERIFY(client);
        QCOMPARE(client->hello().program, runtime::digestOf(runtimeProgram().toStdString()));
        QTRY_VERIFY_WITH_TIMEOUT(invocationsOf(*client) > 5, 20'000);
        QVERIFY(!QFile::exists(home.program() + QStringLiteral(".old")));
    }

    void aFirstOneThatDoesNotRunIsToldAndLeavesNoProgram()
    {
        RuntimeHome home;
        const auto result = home.install("not a program");
        QCOMPARE(result.exit, device::newRuntimeDoesNotRun);
        QVERIFY(!result.err.isEmpty());
        QVERIFY(!QFile::exists(home.program()));
        QVERIFY(!QFile::exists(home.program() + QStringLiteral(".new")));
        QCOMPARE(home.run(RuntimeTask::Remove).exit, 0);
        QCOMPARE(home.contents(), QStringList());
    }

    void systemdTakesTheUnit()
    {
        const QString analyze = QStandardPaths::findExecutable(QStringLiteral("systemd-analyze"));
        if (analyze.isEmpty())
            QSKIP("systemd-analyze is missing (package systemd)");
        QTemporaryDir folder;
        device::DeviceFacts facts;
        facts.home = folder.filePath(QStringLiteral("a home with 100% \"quotes\" and $HOME"));
        facts.stateFolder = facts.home + QStringLiteral("/state");
        const QString program = facts.home + QLatin1Char('/') + device::installedProgram();
        QDir().mkpath(QFileInfo(program).path());
        RuntimeHome::writeProgram(program, "#!/bin/sh\n");
        const QString unit = folder.filePath(QStringLiteral("edgewright.service"));
        RuntimeHome::writeProgram(unit, device::runtimeUnit(facts));
        QFile::setPermissions(unit, QFile::ReadOwner | QFile::WriteOwner);
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_RUNTIME_DIR"), folder.path());
        process.setProcessEnvironment(environment);
        process.start(analyze, {QStringLiteral("--user"), QStringLiteral("verify"),
                                QStringLiteral("--man=no"), unit});
        QVERIFY(process.waitForFinished(60'000));
        const QByteArray said = process.readAll();
        QVERIFY2(process.exitCode() == 0 && !said.contains("edgewright.service"), said);
    }

    /// With a real service manager of a user, in namespaces of its own.
    void systemdKeepsItAlive()
    {
        if (!QFile::exists(QStringLiteral("/usr/lib/systemd/systemd")) &&
            !QFile::exists(QStringLiteral("/lib/systemd/systemd")))
            QSKIP("there is no systemd here (package systemd)");
        if (::geteuid() != 0)
            QSKIP("only root may give a service manager its control group");
        RuntimeHome home;
        QVERIFY(home.run(QStringLiteral("mkdir -p .local/share/edgewright")).exit == 0);
        const auto file = [&home](const char *name, const QByteArray &text) {
            RuntimeHome::writeProgram(home.path() + QLatin1Char('/') + QString::fromLatin1(name),
                                      text);
        };
        file("program", runtimeProgram());
        file("unit", device::runtimeUnit(home.facts()));
        for (const auto &[name, task] : {std::pair("prepare", RuntimeTask::Prepare),
                                         {"replace", RuntimeTask::Replace},
                                         {"start", RuntimeTask::Start},
                                         {"remove", RuntimeTask::Remove}})
            file(name, device::runtimeScript(task, home.facts()).toUtf8());
        const auto result = home.run(
            QStringLiteral("exec sh \"$0\" \"$HOME\""), {},
            {QStringLiteral("unshare"), QStringLiteral("-mpfC"), QStringLiteral("--kill-child"),
             QStringLiteral("--mount-proc"), QStringLiteral("sh"),
             QStringLiteral(EDGEWRIGHT_SOURCE_DIR "/tests/device-manager/systemduser.sh"),
             home.path()});
        if (result.exit == 77)
            QSKIP(result.err.constData());
        QVERIFY2(result.exit == 0, result.out + result.err);
    }
};

QTEST_GUILESS_MAIN(tst_RuntimeScript)
#include "tst_runtimescript.moc"
