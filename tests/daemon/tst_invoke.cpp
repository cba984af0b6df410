#include "tests/daemon/testruntime.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <set>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

class TestInvoke : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void saysWhoItIs();
    void pythonReturnsAValue();
    void pythonFaultNamesTheUsersLines();
    void pythonAsyncAndOpenwhiskHandlers();
    void nodeReturnsAValue();
    void nodeHandlersOfEveryForm_data();
    void nodeHandlersOfEveryForm();
    void nodeFaultNamesTheUsersLines();
    void logBelongsToItsInvocation();
    void logKeepsItsOrderWhenTheRuntimeIsLate();
    void cancelEndsAnInvocation();
    void environmentAndTemporaryFolder();
    void invocationsRunSideBySideUpToTheMaximum();
    void theMinimumIsStartedAheadAndKept();
    void unknownFunctionAndBadEventAreErrors();
    void resultsThatAreNoJsonAreFaults();
    void largeEventsAndResultsPass();
    void missingInterpreterIsSaid();

private:
    Result<Invocation> once(const char *name, const QByteArray &text,
                            const std::string &event = "{}", const char *runtime = "python3",
                            const char *file = "main.py");
    TestRuntime m_runtime;
};

Result<Invocation> TestInvoke::once(const char *name, const QByteArray &text,
                                    const std::string &event, const char *runtime, const char *file)
{
    m_runtime.write(QString::fromLatin1(name), QString::fromLatin1(file), text);
    const auto put = m_runtime.putLinked(TestRuntime::spec(name, runtime));
    if (!put)
        return tl::unexpected(put.error());
    return m_runtime.invoke(name, event);
}

void TestInvoke::saysWhoItIs()
{
    const Hello &hello = m_runtime.client().hello();
    QCOMPARE(hello.protocol, protocolVersion);
    QVERIFY(hello.program.starts_with("sha256:"));
    QCOMPARE(hello.instance.size(), std::size_t(32));
    QVERIFY(std::find(hello.features.begin(), hello.features.end(), "runtime:python3") !=
            hello.features.end());
}

void TestInvoke::pythonReturnsAValue()
{
    const auto invocation =
        once("py",
             "import sys\n"
             "def handler(event, context):\n"
             "    print('seen', event['x'])\n"
             "    print('oops', file=sys.stderr)\n"
             "    assert 2000 < context.get_remaining_time_in_millis() <= 3000\n"
             "    return {'double': event['x'] * 2, 'id': context.aws_request_id,\n"
             "            'name': context.function_name,\n"
             "            'mb': context.memory_limit_in_mb,\n"
             "            'version': context.function_version}\n",
             R"({"x": 21})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Result);
    QCOMPARE(invocation->result, R"({"double":42,"id":")" + invocation->id +
                                     R"(","name":"py","mb":"256","version":"1"})");
    QCOMPARE(invocation->log.size(), std::size_t(2));
    QVERIFY(invocation->memoryKb > 1000);
    QVERIFY(invocation->durationMs > 0);
    QVERIFY(!invocation->cold); // put loaded it
    QCOMPARE(m_runtime.state("py")->workers, 1);
}

void TestInvoke::pythonFaultNamesTheUsersLines()
{
    const auto invocation = once("pyfault", "def inner():\n"
                                            "    raise ValueError('not good')\n"
                                            "def handler(event, context):\n"
                                            "    inner()\n");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::FunctionError);
    QCOMPARE(invocation->fault.type, std::string("ValueError"));
    QCOMPARE(invocation->fault.message, std::string("not good"));
    QCOMPARE(invocation->fault.stack,
             (std::vector<std::string>{"main.py:4 in handler", "main.py:2 in inner"}));
}

void TestInvoke::pythonAsyncAndOpenwhiskHandlers()
{
    m_runtime.write(QStringLiteral("whisk"), QStringLiteral("__main__.py"),
                    "import asyncio\n"
                    "async def main(params):\n"
                    "    await asyncio.sleep(0)\n"
                    "    return {'hello': params.get('name', 'you')}\n");
    FunctionSpec spec = TestRuntime::spec("whisk");
    spec.handler = "__main__.main";
    spec.dialect = "openwhisk";
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke("whisk", R"({"name":"Ada"})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->result, std::string(R"({"hello":"Ada"})"));
}

void TestInvoke::nodeReturnsAValue()
{
    const auto invocation =
        once("js",
             "exports.handler = async (event, context) => {\n"
             "  console.log('seen', event.x); console.error('oops');\n"
             "  const left = context.getRemainingTimeInMillis();\n"
             "  return { double: event.x * 2, name: context.functionName,\n"
             "           id: context.awsRequestId, left: left > 2000 && left <= 3000 };\n"
             "};\n",
             R"({"x": 21})", "nodejs", "main.js");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Result);
    QCOMPARE(invocation->result,
             R"({"double":42,"name":"js","id":")" + invocation->id + R"(","left":true})");
    QCOMPARE(invocation->log.size(), std::size_t(2));
    QVERIFY(invocation->memoryKb > 1000);
}

void TestInvoke::nodeHandlersOfEveryForm_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("dialect");
    QTest::newRow("callback") << QByteArray("exports.handler = (e, c, cb) => "
                                            "setTimeout(() => cb(null, e.x + 1), 1);")
                              << QStringLiteral("main.js") << QStringLiteral("aws");
    QTest::newRow("promise") << QByteArray(
                                    "module.exports.handler = e => Promise.resolve(e.x + 1);")
                             << QStringLiteral("main.cjs") << QStringLiteral("aws");
    QTest::newRow("plain") << QByteArray("exports.handler = e => e.x + 1;")
                           << QStringLiteral("main.js") << QStringLiteral("aws");
    QTest::newRow("module") << QByteArray("import os from 'node:os';\n"
                                          "export const handler = async e => e.x + 1;")
                            << QStringLiteral("main.mjs") << QStringLiteral("aws");
    QTest::newRow("openwhisk") << QByteArray("function handler(p) { return p.x + 1; }")
                               << QStringLiteral("main.js") << QStringLiteral("openwhisk");
}

void TestInvoke::nodeHandlersOfEveryForm()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, file);
    QFETCH(QString, dialect);
    const QString name = QStringLiteral("js-") + QString::fromLatin1(QTest::currentDataTag());
    m_runtime.write(name, file, text);
    FunctionSpec spec = TestRuntime::spec(name.toStdString(), "nodejs");
    spec.dialect = dialect.toStdString();
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke(name.toStdString(), R"({"x":1})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->fault.message, std::string());
    QCOMPARE(invocation->result, std::string("2"));
}

void TestInvoke::nodeFaultNamesTheUsersLines()
{
    const auto invocation = once("jsfault",
                                 "function inner() {\n"
                                 "  throw new RangeError('not good');\n"
                                 "}\n"
                                 "exports.handler = async () => {\n"
                                 "  inner();\n"
                                 "};\n",
                                 "{}", "nodejs", "main.js");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::FunctionError);
    QCOMPARE(invocation->fault.type, std::string("RangeError"));
    QCOMPARE(invocation->fault.message, std::string("not good"));
    QCOMPARE(invocation->fault.stack,
             (std::vector<std::string>{"main.js:5 in handler", "main.js:2 in inner"}));
}

void TestInvoke::logBelongsToItsInvocation()
{
    QVERIFY_OK(once("log", "import os, subprocess, sys\n"
                           "def handler(event, context):\n"
                           "    print('from', event.get('n'))\n"
                           "    os.write(1, b'raw without end')\n"
                           "    sys.stdout.flush()\n"
                           "    subprocess.run(['/bin/echo', 'child'])\n"));
    for (int n = 0; n < 20; ++n) {
        const auto invocation = m_runtime.invoke("log", R"({"n":)" + std::to_string(n) + "}");
        QVERIFY_OK(invocation);
        std::vector<std::string> texts;
        for (const LogLine &line : invocation->log) {
            QCOMPARE(line.invocation, invocation->id);
            texts.push_back(line.text);
        }
        QCOMPARE(texts,
                 (std::vector<std::string>{"from " + std::to_string(n), "raw without endchild"}));
    }
}

void TestInvoke::logKeepsItsOrderWhenTheRuntimeIsLate()
{
    // The runtime stands still until output and answer wait for it both.
    m_runtime.write(QStringLiteral("late"), QStringLiteral("main.py"),
                    "import os, signal, subprocess\n"
                    "def handler(event, context):\n"
                    "    runtime = event['runtime']\n"
                    "    subprocess.Popen(['/bin/sh', '-c', f'sleep 0.3; kill -CONT {runtime}'])\n"
                    "    os.kill(runtime, signal.SIGSTOP)\n"
                    "    os.write(1, b''.join(b'%09d\\n' % i for i in range(6000)))\n");
    QVERIFY_OK(m_runtime.putLinked(TestRuntime::spec("late")));
    const auto invocation =
        m_runtime.invoke("late", R"({"runtime":)" + std::to_string(m_runtime.pid()) + "}");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->log.size(), std::size_t(6'000));
    for (std::size_t i = 0; i < invocation->log.size(); ++i)
        QCOMPARE(std::stoul(invocation->log[i].text), i);
}

void TestInvoke::cancelEndsAnInvocation()
{
    QVERIFY_OK(once("endless", "import time\n"
                               "def handler(event, context):\n"
                               "    print('began')\n"
                               "    time.sleep(1000 if event else 0)\n"));
    SubscribeRequest wanted;
    wanted.log = wanted.invocations = true;
    wanted.function = "endless";
    const auto feed = m_runtime.client().subscribe(wanted);
    std::stop_source stop;
    bool cancelled = false;
    connect(feed.get(), &Subscription::happened, this, [&](const Happening &happening) {
        if (happening.kind == Happening::Kind::Log)
            stop.request_stop();
        if (happening.kind == Happening::Kind::Invocation)
            cancelled = happening.invocation.outcome == Outcome::Cancelled;
    });
    const auto invocation = TestRuntime::wait(
        m_runtime.client().invoke({"endless", R"({"x":1})", "manual", {}}, stop.get_token()));
    QVERIFY(!invocation);
    QCOMPARE(invocation.error().code, ErrorCode::Cancelled);
    QTRY_VERIFY(cancelled);
}

void TestInvoke::environmentAndTemporaryFolder()
{
    m_runtime.write(
        QStringLiteral("env"), QStringLiteral("main.py"),
        "import os, tempfile\n"
        "def handler(event, context):\n"
        "    open(os.path.join(tempfile.gettempdir(), 'f'), 'w').write('x')\n"
        "    return [os.environ['COLOUR'], os.environ['AWS_LAMBDA_FUNCTION_NAME'],\n"
        "            tempfile.gettempdir(), os.getcwd(), os.getsid(0) == os.getpid(),\n"
        "            open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0]]\n");
    FunctionSpec spec = TestRuntime::spec("env");
    spec.environment["COLOUR"] = "blue";
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke("env");
    QVERIFY_OK(invocation);
    const QString result = QString::fromStdString(invocation->result);
    QVERIFY2(result.startsWith(QLatin1String(R"(["blue","env",")") + m_runtime.folder() +
                               QLatin1String("/tmp/")),
             qPrintable(result));
    QVERIFY2(result.endsWith(QLatin1String(R"(/env",true,"1"])")), qPrintable(result));
    const QString temporary = result.section(QLatin1Char('"'), 5, 5);
    QVERIFY(QFile::exists(temporary + QStringLiteral("/f")));
    QVERIFY_OK(TestRuntime::wait(m_runtime.client().remove("env")));
    QTRY_VERIFY(!QFile::exists(temporary));
}

void TestInvoke::invocationsRunSideBySideUpToTheMaximum()
{
    m_runtime.write(QStringLiteral("wide"), QStringLiteral("main.py"),
                    "import os, time\n"
                    "def handler(event, context):\n"
                    "    time.sleep(0.15)\n"
                    "    return os.getpid()\n");
    FunctionSpec spec = TestRuntime::spec("wide");
    spec.instances.max = 3;
    QVERIFY_OK(m_runtime.putLinked(spec));
    std::vector<QFuture<Result<Invocation>>> all;
    for (int i = 0; i < 9; ++i)
        all.push_back(m_runtime.client().invoke({"wide", "{}", "manual", {}}));
    std::set<std::string> pids;
    for (const auto &future : all) {
        const auto invocation = TestRuntime::wait(future);
        QVERIFY_OK(invocation);
        QCOMPARE(invocation->outcome, Outcome::Result);
        pids.insert(invocation->result);
    }
    QCOMPARE(pids.size(), std::size_t(3));
    QCOMPARE(m_runtime.state("wide")->workers, 3);
}

void TestInvoke::theMinimumIsStartedAheadAndKept()
{
    m_runtime.write(QStringLiteral("ready"), QStringLiteral("main.py"),
                    "import os\n"
                    "def handler(event, context):\n"
                    "    if event.get('die'):\n"
                    "        os._exit(1)\n"
                    "    return os.getpid()\n");
    FunctionSpec spec = TestRuntime::spec("ready");
    spec.instances.min = 3;
    spec.instances.idle = 1ms;
    QVERIFY_OK(m_runtime.putLinked(spec));
    QTRY_COMPARE(m_runtime.state("ready")->workers, 3);
    QCOMPARE(m_runtime.invoke("ready", R"({"die":true})")->outcome, Outcome::WorkerDied);
    QTRY_COMPARE(m_runtime.state("ready")->workers, 3);
    const auto next = m_runtime.invoke("ready");
    QVERIFY_OK(next);

    // One that cannot start is not tried for ever.
    m_runtime.write(QStringLiteral("ready"), QStringLiteral("main.py"), "def handler(:\n");
    QTRY_COMPARE(m_runtime.state("ready")->condition, FunctionCondition::Failed);
    QCOMPARE(m_runtime.invoke("ready", R"({"die":true})")->outcome, Outcome::WorkerDied);
    QTRY_COMPARE(m_runtime.state("ready")->workers, 2);
    QVERIFY_OK(m_runtime.invoke("ready"));
}

void TestInvoke::unknownFunctionAndBadEventAreErrors()
{
    QCOMPARE(m_runtime.invoke("nobody").error().code, ErrorCode::FunctionUnknown);
    QCOMPARE(m_runtime.invoke("py", "{no json").error().code, ErrorCode::EventInvalid);
}

void TestInvoke::resultsThatAreNoJsonAreFaults()
{
    const auto invocation = once("set", "def handler(event, context):\n    return {1, 2}\n");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::FunctionError);
    QCOMPARE(invocation->fault.type, std::string("TypeError"));
}

void TestInvoke::largeEventsAndResultsPass()
{
    const std::string event = R"({"text":")" + std::string(6'000'000, 'x') + R"("})";
    const auto invocation =
        once("large", "def handler(event, context):\n    return event\n", event);
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Result);
    QCOMPARE(invocation->result.size(), event.size());
}

void TestInvoke::missingInterpreterIsSaid()
{
    m_runtime.write(QStringLiteral("cobol"), QStringLiteral("main.py"), "");
    const auto put = m_runtime.putLinked(TestRuntime::spec("cobol", "cobol"));
    QVERIFY(!put);
    QCOMPARE(put.error().code, ErrorCode::InterpreterMissing);
}

QTEST_GUILESS_MAIN(TestInvoke)
#include "tst_invoke.moc"
