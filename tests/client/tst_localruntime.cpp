#include "runtime-bridge/base/file.h"
#include "runtime-bridge/client/localruntime.h"
#include "runtime-bridge/function/bundle.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <signal.h>

using namespace runtime;

/// Keeps a real runtime, and kills it.
class LocalRuntimeTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(writeFile(path("slow.py"), "import time, os\n"
                                           "def handler(event, context):\n"
                                           "    time.sleep(event.get('sleep', 0))\n"
                                           "    return os.getppid()\n"));
        m_runtime = std::make_unique<LocalRuntime>(
            LocalRuntime::Options{QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"),
                                  m_folder->filePath(QStringLiteral("runtime"))});
        QSignalSpy ready(m_runtime.get(), &LocalRuntime::ready);
        m_runtime->start();
        QTRY_COMPARE_WITH_TIMEOUT(ready.size(), 1, 10'000);
    }

    void cleanup()
    {
        m_runtime->disconnect();
        if (Client *client = m_runtime->client()) {
            QSignalSpy gone(client, &Client::lost);
            const auto asked = client->shutdown();
            QTRY_COMPARE(gone.size(), 1);
        }
        m_runtime.reset();
        m_folder.reset();
    }

    void itTellsItsClock()
    {
        using namespace std::chrono_literals;
        Client *client = m_runtime->client();
        client->setHeartbeat(20ms, 60s);
        QTRY_VERIFY_WITH_TIMEOUT(client->clock().offset(), 30'000);
        // It is this very machine's clock.
        QTRY_VERIFY_WITH_TIMEOUT(
            std::chrono::abs(*client->clock().offset()) <= client->clock().error() + 1ms, 30'000);
    }

    void aKilledRuntimeFailsTheInvocationOnceAndComesBack()
    {
        put();
        QSignalSpy lost(m_runtime.get(), &LocalRuntime::lost);
        QSignalSpy ready(m_runtime.get(), &LocalRuntime::ready);
        int answers = 0;
        Result<Invocation> answer;
        m_runtime->client()
            ->invoke(
                {.function = "slow", .event = R"({"sleep": 30})", .trigger = "manual", .id = {}})
            .then(this, [&](const Result<Invocation> &result) {
                ++answers;
                answer = result;
            });
        QTRY_VERIFY(runtimePid() > 0);
        QTRY_VERIFY(isBusy());
        ::kill(runtimePid(), SIGKILL);

        QTRY_COMPARE(answers, 1);
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::RuntimeLost);
        QTRY_COMPARE(lost.size(), 1);
        QTRY_COMPARE_WITH_TIMEOUT(ready.size(), 1, 10'000);

        put();
        const auto again = m_runtime->client()->invoke(
            {.function = "slow", .event = "{}", .trigger = "manual", .id = {}});
        QTRY_VERIFY(again.isFinished());
        QVERIFY(again.result());
        QCOMPARE(again.result()->outcome, Outcome::Result);
        QCOMPARE(answers, 1);
    }

    void aMissingProgramIsToldOnce()
    {
        QTemporaryDir empty;
        LocalRuntime runtime({QStringLiteral("/nowhere/edgewrightd"), empty.path()});
        QSignalSpy failed(&runtime, &LocalRuntime::failed);
        runtime.start();
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed.first().first().value<Error>().code, ErrorCode::RuntimeMissing);
    }

private:
    std::string path(const char *name) const
    {
        return m_folder->filePath(QString::fromLatin1(name)).toStdString();
    }

    void put()
    {
        FunctionSpec spec;
        spec.name = "slow";
        spec.runtime = "python3";
        spec.handler = "slow.handler";
        spec.dialect = "aws";
        spec.timeout = std::chrono::seconds(60);
        PutRequest request;
        request.manifest = scanBundle(spec, path("slow.py")).value();
        request.root = m_folder->path().toStdString();
        request.armed = false;
        request.lease = true;
        const auto done = m_runtime->client()->put(request);
        QTRY_VERIFY_WITH_TIMEOUT(done.isFinished(), 10'000);
        QVERIFY2(done.result(), done.result() ? "" : done.result().error().detail.c_str());
    }

    /// The runtime that has this test's folder on its command line.
    int runtimePid() const
    {
        const QStringList entries = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs);
        for (const QString &entry : entries) {
            QFile line(QStringLiteral("/proc/%1/cmdline").arg(entry));
            if (!line.open(QIODevice::ReadOnly))
                continue;
            const QByteArray text = line.readAll();
            if (text.contains("edgewrightd") && text.contains(m_folder->path().toUtf8()))
                return entry.toInt();
        }
        return 0;
    }

    bool isBusy()
    {
        const auto states = m_runtime->client()->functions();
        if (!QTest::qWaitFor([&] { return states.isFinished(); }, 2000) || !states.result())
            return false;
        return !states.result()->empty() && states.result()->front().workers > 0;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<LocalRuntime> m_runtime;
};

QTEST_GUILESS_MAIN(LocalRuntimeTest)
#include "tst_localruntime.moc"
