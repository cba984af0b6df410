#include "tests/daemon/testruntime.h"

#include <QFile>
#include <QTest>

#include <csignal>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

/// What becomes of a function that goes over a limit or loses its worker, and of what it started.
class TestLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void logBeyondTheLimitIsCounted();
    void timeoutKillsGrandchildren();
    void tooMuchMemoryIsSaid_data();
    void tooMuchMemoryIsSaid();
    void tooMuchTemporarySpaceIsSaid();
    void whatAKilledRuntimeLeftIsKilled();
    void tooLargeAnAnswerIsSaid_data();
    void tooLargeAnAnswerIsSaid();
    void aWorkerThatDiesIsReplaced_data();
    void aWorkerThatDiesIsReplaced();

private:
    TestRuntime m_runtime;
};

void TestLimits::logBeyondTheLimitIsCounted()
{
    m_runtime.write(QStringLiteral("chatty"), QStringLiteral("main.py"),
                    "def handler(event, context):\n"
                    "    for i in range(12000):\n"
                    "        print(i)\n");
    QVERIFY_OK(m_runtime.putLinked(TestRuntime::spec("chatty")));
    const auto invocation = m_runtime.invoke("chatty");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->log.size(), std::size_t(10'000));
    QCOMPARE(invocation->logDropped, std::uint64_t(2'000));
}

void TestLimits::timeoutKillsGrandchildren()
{
    m_runtime.write(QStringLiteral("slow"), QStringLiteral("main.py"),
                    "import os, subprocess, sys, time\n"
                    "def handler(event, context):\n"
                    "    plain = subprocess.Popen(['/bin/sleep', '1000'])\n"
                    "    away = subprocess.Popen(['/usr/bin/setsid', '/bin/sleep', '1000'])\n"
                    "    if os.fork() == 0:\n"
                    "        os.setsid()\n"
                    "        if os.fork() == 0:\n"
                    "            print('daemon', os.getpid(), flush=True)\n"
                    "            time.sleep(1000)\n"
                    "        os._exit(0)\n"
                    "    print('children', plain.pid, away.pid)\n"
                    "    time.sleep(1000)\n");
    FunctionSpec spec = TestRuntime::spec("slow");
    spec.timeout = 400ms;
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke("slow");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Timeout);
    QCOMPARE(invocation->fault.type, std::string("Timeout"));
    QVERIFY(invocation->durationMs >= 400 && invocation->durationMs < 2'000);
    QCOMPARE(invocation->log.size(), std::size_t(2));
    QStringList pids;
    for (const LogLine &line : invocation->log)
        pids += QString::fromStdString(line.text).split(QLatin1Char(' ')).mid(1);
    QCOMPARE(pids.size(), 3);
    for (const QString &pid : pids)
        QTRY_VERIFY2(::kill(pid.toInt(), 0) != 0, qPrintable(pid));
}

void TestLimits::tooMuchMemoryIsSaid_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("runtime");
    QTest::newRow("python at once")
        << QByteArray("def handler(event, context):\n"
                      "    return len(bytearray(900_000_000)) if event else 1\n")
        << QStringLiteral("python3");
    QTest::newRow("python by and by") << QByteArray("import time\n"
                                                    "def handler(event, context):\n"
                                                    "    kept = []\n"
                                                    "    while event:\n"
                                                    "        kept.append(bytearray(1_000_000))\n"
                                                    "        time.sleep(0.001)\n"
                                                    "    return 1\n")
                                      << QStringLiteral("python3");
    QTest::newRow("node heap")
        << QByteArray("exports.handler = async (e) => { const kept = [];\n"
                      "  while (e.x) kept.push(new Array(10000).fill('x' + kept.length));\n"
                      "  return 1; };\n")
        << QStringLiteral("nodejs");
    QTest::newRow("node buffers") << QByteArray(
                                         "exports.handler = async (e) => { const kept = [];\n"
                                         "  while (e.x) { kept.push(Buffer.alloc(4e6, 1));\n"
                                         "    await new Promise(r => setTimeout(r, 1)); }\n"
                                         "  return 1; };\n")
                                  << QStringLiteral("nodejs");
}

void TestLimits::tooMuchMemoryIsSaid()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, runtime);
    const QString name =
        QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-'));
    const bool python = runtime == QLatin1String("python3");
    m_runtime.write(name, python ? QStringLiteral("main.py") : QStringLiteral("main.js"), text);
    FunctionSpec spec = TestRuntime::spec(name.toStdString(), runtime.toStdString());
    spec.memoryBytes = 64u << 20;
    spec.timeout = 10s;
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke(name.toStdString(), R"({"x":1})");
    QVERIFY_OK(invocation);
    QCOMPARE(int(invocation->outcome), int(Outcome::OutOfMemory));
    const auto next = m_runtime.invoke(name.toStdString(), "{}");
    QVERIFY_OK(next);
    QCOMPARE(next->outcome, Outcome::Result);
}

void TestLimits::tooMuchTemporarySpaceIsSaid()
{
    m_runtime.write(QStringLiteral("space"), QStringLiteral("main.py"),
                    "import os, tempfile, time\n"
                    "def handler(event, context):\n"
                    "    kept = []\n"
                    "    while event.get('x'):\n"
                    "        os.makedirs(tempfile.gettempdir() + '/deep', exist_ok=True)\n"
                    "        kept.append(tempfile.NamedTemporaryFile(delete=False,\n"
                    "                    dir=tempfile.gettempdir() + '/deep'))\n"
                    "        kept[-1].write(bytes(100_000))\n"
                    "        kept[-1].flush()\n"
                    "        time.sleep(0.001)\n"
                    "    return [os.listdir(tempfile.gettempdir()), tempfile.gettempdir()]\n");
    FunctionSpec spec = TestRuntime::spec("space");
    spec.temporaryBytes = 4u << 20;
    spec.timeout = 30s;
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke("space", R"({"x":1})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::OutOfSpace);
    QVERIFY(invocation->fault.message.find("4 MB") != std::string::npos);
    const auto next = m_runtime.invoke("space", "{}");
    QVERIFY_OK(next);
    QVERIFY2(next->result.starts_with("[[],"), next->result.c_str()); // a folder of its own, empty
}

void TestLimits::tooLargeAnAnswerIsSaid_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("python") << QStringLiteral("main.py")
                            << QByteArray("def handler(event, context):\n"
                                          "    return 'x' * event.get('size', 1)\n");
    QTest::newRow("nodejs") << QStringLiteral("main.js")
                            << QByteArray(
                                   "exports.handler = async (e) => 'x'.repeat(e.size || 1);\n");
}

void TestLimits::tooLargeAnAnswerIsSaid()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    const std::string name = std::string("large-") + QTest::currentDataTag();
    m_runtime.write(QString::fromStdString(name), file, text);
    FunctionSpec spec =
        TestRuntime::spec(name, file.endsWith(QLatin1String(".py")) ? "python3" : "nodejs");
    spec.memoryBytes = 1024u << 20;
    spec.timeout = 60s;
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke(name, R"({"size": 13000000})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::FunctionError);
    QCOMPARE(invocation->fault.type, std::string("ResponseTooLarge"));
    const auto next = m_runtime.invoke(name, "{}");
    QVERIFY_OK(next);
    QCOMPARE(next->result, std::string("\"x\""));
    const auto largest = m_runtime.invoke(name, R"({"size": 12000000})"); // also to its client
    QVERIFY_OK(largest);
    QCOMPARE(largest->result.size(), std::size_t(12'000'002));
    const auto event = m_runtime.invoke(name, '"' + std::string(13'000'000, 'x') + '"');
    QCOMPARE(event.error().code, ErrorCode::EventInvalid);
    QVERIFY(event.error().detail.find("12 MB") != std::string::npos);
}

void TestLimits::whatAKilledRuntimeLeftIsKilled()
{
    TestRuntime runtime;
    QVERIFY(runtime.start());
    runtime.write(QStringLiteral("slips"), QStringLiteral("main.py"),
                  "import os, subprocess\n"
                  "def handler(event, context):\n"
                  "    slow = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
                  "    forked = os.fork()\n"
                  "    if forked == 0:\n"
                  "        os.setsid()\n"
                  "        os.execvp('sleep', ['sleep', '1000'])\n"
                  "    return [slow.pid, forked]\n");
    QVERIFY_OK(runtime.putLinked(TestRuntime::spec("slips")));
    const auto invocation = runtime.invoke("slips");
    QVERIFY_OK(invocation);
    const QList<QByteArray> numbers =
        QByteArray::fromStdString(invocation->result).mid(1).chopped(1).split(',');
    QCOMPARE(numbers.size(), 2);
    const auto lives = [](const QByteArray &pid) {
        QFile file(QStringLiteral("/proc/%1/stat").arg(QString::fromLatin1(pid)));
        return file.open(QIODevice::ReadOnly) && !file.readAll().contains(") Z ");
    };
    runtime.killHard();
    QVERIFY(runtime.start());
    for (const QByteArray &pid : numbers)
        QTRY_VERIFY2(!lives(pid), pid.constData());
}

void TestLimits::aWorkerThatDiesIsReplaced_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QString>("how");
    QTest::newRow("exit") << QByteArray("import os\n"
                                        "def handler(event, context):\n"
                                        "    print('last words')\n"
                                        "    if event: os._exit(3)\n"
                                        "    return 1\n")
                          << QStringLiteral("python3") << QStringLiteral("status 3");
    QTest::newRow("sys-exit") << QByteArray("import sys\n"
                                            "def handler(event, context):\n"
                                            "    print('last words')\n"
                                            "    if event: sys.exit(4)\n"
                                            "    return 1\n")
                              << QStringLiteral("python3") << QStringLiteral("status 4");
    QTest::newRow("segv") << QByteArray("import os\n"
                                        "def handler(event, context):\n"
                                        "    print('last words')\n"
                                        "    if event: os.kill(os.getpid(), 11)\n"
                                        "    return 1\n")
                          << QStringLiteral("python3") << QStringLiteral("signal");
    QTest::newRow("process-exit") << QByteArray("exports.handler = async (e) => {\n"
                                                "  console.log('last words');\n"
                                                "  if (e.x) process.exit(5);\n"
                                                "  return 1; };\n")
                                  << QStringLiteral("nodejs") << QStringLiteral("status 5");
}

void TestLimits::aWorkerThatDiesIsReplaced()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, runtime);
    QFETCH(QString, how);
    const char *name = QTest::currentDataTag();
    const bool python = runtime == QLatin1String("python3");
    m_runtime.write(QString::fromLatin1(name),
                    python ? QStringLiteral("main.py") : QStringLiteral("main.js"), text);
    QVERIFY_OK(m_runtime.putLinked(TestRuntime::spec(name, runtime.toStdString())));
    const auto invocation = m_runtime.invoke(name, R"({"x":1})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::WorkerDied);
    QVERIFY2(QString::fromStdString(invocation->fault.message).contains(how),
             invocation->fault.message.c_str());
    QCOMPARE(invocation->log.size(), std::size_t(1));
    QCOMPARE(invocation->log.front().text, std::string("last words"));
    const auto next = m_runtime.invoke(name, "{}");
    QVERIFY_OK(next);
    QCOMPARE(next->outcome, Outcome::Result);
    QVERIFY(next->cold);
    QVERIFY(next->initMs > 0);
}

QTEST_GUILESS_MAIN(TestLimits)
#include "tst_limits.moc"
