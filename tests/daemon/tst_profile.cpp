#include "tests/daemon/testruntime.h"

#include <QTest>

#include <algorithm>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

/// Where a function's time goes, with real interpreters.
class TestProfile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void theHotLineStandsOnTop_data();
    void theHotLineStandsOnTop();
    void whatRunsLongAlreadyIsSeen();
    void allWorkersCount();
    void whatWaitsIsSeenToo();
    void nothingIsLeftOn_data();
    void nothingIsLeftOn();
    void othersAreToldThatTheyCannot();
    void oneProfileAtATime();

private:
    void put(const FunctionSpec &spec, const char *code)
    {
        m_runtime.write(
            QString::fromStdString(spec.name),
            spec.runtime == "nodejs" ? QStringLiteral("main.js") : QStringLiteral("main.py"), code);
        QVERIFY_OK(m_runtime.putLinked(spec));
    }
    /// Invokes \a function again and again while it is looked at.
    Profile profileOf(const std::string &function, int atOnce = 1,
                      std::chrono::milliseconds duration = 1500ms)
    {
        auto profile = m_runtime.client().profile(function, duration);
        std::vector<QFuture<Result<Invocation>>> running;
        while (!profile.isFinished()) {
            std::erase_if(running, [](const auto &each) { return each.isFinished(); });
            while (int(running.size()) < atOnce)
                running.push_back(m_runtime.client().invoke({function, "{}", "manual", {}}));
            QTest::qWait(1);
        }
        for (auto &each : running)
            (void)TestRuntime::wait(each);
        const Result<Profile> result = profile.result();
        if (!result)
            qWarning("%s", result.error().detail.c_str());
        return result.value_or(Profile());
    }

    TestRuntime m_runtime;
};

void TestProfile::theHotLineStandsOnTop_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("python3") << "python3"
                             << QByteArray("import json\n"
                                           "def hot(n):\n"
                                           "    total = 0\n"
                                           "    for i in range(n):\n"
                                           "        total += sum([i * j % 7 for j in range(50)])\n"
                                           "    return total\n"
                                           "def handler(event, context):\n"
                                           "    text = json.dumps(event)\n"
                                           "    return hot(5000)\n");
    QTest::newRow("nodejs") << "nodejs"
                            << QByteArray("function hot(n) {\n"
                                          "    let total = 0;\n"
                                          "    for (let i = 0; i < n; ++i)\n"
                                          "        total = (total + Math.sqrt(i * 7.5)) % 1001;\n"
                                          "    return total;\n"
                                          "}\n"
                                          "exports.handler = async (event) => {\n"
                                          "    const text = JSON.stringify(event);\n"
                                          "    return hot(2e6) + text.length;\n"
                                          "};\n");
}

void TestProfile::theHotLineStandsOnTop()
{
    QFETCH(QString, runtime);
    QFETCH(QByteArray, code);
    const std::string name = "hot-" + runtime.toStdString();
    put(TestRuntime::spec(name, runtime.toStdString()), code);
    const Profile profile = profileOf(name);
    QCOMPARE(profile.function, name);
    QCOMPARE(profile.silent, 0);
    QVERIFY(profile.workers >= 1);
    const std::vector<ProfileLine> lines = linesOf(profile);
    QVERIFY(!lines.empty());
    const bool isPython = runtime == QStringLiteral("python3");
    QCOMPARE(lines[0].place, std::string(isPython ? "main.py:5" : "main.js:4"));
    QVERIFY2(
        lines[0].samples * 2 > samplesOf(profile),
        (std::to_string(lines[0].samples) + " of " + std::to_string(samplesOf(profile))).c_str());
    // The whole way from the handler on, nothing of the shim's.
    const auto deepest =
        std::ranges::max_element(profile.stacks, {}, [](const auto &item) { return item.second; });
    QVERIFY2(deepest->first.starts_with(isPython ? "handler main.py:9;hot main.py:5"
                                                 : "exports.handler main.js:7;hot main.js:4"),
             deepest->first.c_str());
    for (const auto &[stack, count] : profile.stacks)
        QVERIFY2(stack.find("shims") == std::string::npos, stack.c_str());
}

void TestProfile::whatRunsLongAlreadyIsSeen()
{
    FunctionSpec spec = TestRuntime::spec("long");
    spec.timeout = 60s;
    put(spec, "import time\n"
              "def handler(event, context):\n"
              "    end = time.monotonic() + event.get('s', 0)\n"
              "    n = 0\n"
              "    while time.monotonic() < end:\n"
              "        n += 1\n"
              "    return 'ended'\n");
    auto running = m_runtime.client().invoke({"long", R"({"s": 4})", "manual", {}});
    const auto profile = TestRuntime::wait(m_runtime.client().profile("long", 500ms));
    QVERIFY_OK(profile);
    QVERIFY(!running.isFinished());
    QVERIFY(!linesOf(*profile).empty());
    const auto ended = TestRuntime::wait(running);
    QVERIFY_OK(ended);
    QCOMPARE(ended->result, std::string("\"ended\""));
}

void TestProfile::allWorkersCount()
{
    put(TestRuntime::spec("wide"), "import time\n"
                                   "def handler(event, context):\n"
                                   "    time.sleep(0.1)\n");
    const Profile profile = profileOf("wide", 3);
    QVERIFY2(profile.workers >= 3, std::to_string(profile.workers).c_str());
}

void TestProfile::whatWaitsIsSeenToo()
{
    put(TestRuntime::spec("waits"), "import time\n"
                                    "def handler(event, context):\n"
                                    "    time.sleep(0.05)\n"
                                    "    return 1\n");
    const std::vector<ProfileLine> lines = linesOf(profileOf("waits"));
    QVERIFY(!lines.empty());
    QCOMPARE(lines[0].place, std::string("main.py:3"));
}

void TestProfile::nothingIsLeftOn_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("python3") << "python3"
                             << QByteArray("import sys, os\n"
                                           "def handler(event, context):\n"
                                           "    return len(os.listdir('/proc/self/task'))\n");
    QTest::newRow("nodejs") << "nodejs"
                            << QByteArray("exports.handler = async () =>\n"
                                          "    require('fs').readdirSync('/proc/self/task')"
                                          ".length;\n");
}

void TestProfile::nothingIsLeftOn()
{
    QFETCH(QString, runtime);
    QFETCH(QByteArray, code);
    const std::string name = "off-" + runtime.toStdString();
    FunctionSpec spec = TestRuntime::spec(name, runtime.toStdString());
    spec.instances.max = 1;
    put(spec, code);
    const auto before = m_runtime.invoke(name);
    QVERIFY_OK(before);
    for (int i = 0; i < 2; ++i) { // again: the second is one of its own
        const Profile profile = profileOf(name, 1, 200ms);
        QCOMPARE(profile.workers, 1);
        QTRY_COMPARE(m_runtime.invoke(name)->result, before->result);
    }
}

void TestProfile::othersAreToldThatTheyCannot()
{
    FunctionSpec spec = TestRuntime::spec("web", "service");
    spec.form = FunctionForm::Service;
    spec.handler = "main.py";
    put(spec, "import http.server, os\n"
              "http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])),\n"
              "                       http.server.BaseHTTPRequestHandler).serve_forever()\n");
    const auto profile = TestRuntime::wait(m_runtime.client().profile("web", 10ms));
    QVERIFY(!profile);
    QVERIFY(profile.error().code == ErrorCode::UsageInvalid);
    QVERIFY(profile.error().detail.find("a service") != std::string::npos);
    const auto none = TestRuntime::wait(m_runtime.client().profile("nosuch", 10ms));
    QVERIFY(!none && none.error().code == ErrorCode::FunctionUnknown);
    QVERIFY(!TestRuntime::wait(m_runtime.client().profile("web", 0ms)));
}

void TestProfile::oneProfileAtATime()
{
    put(TestRuntime::spec("once"), "def handler(event, context): return 1\n");
    std::stop_source stop;
    auto first = m_runtime.client().profile("once", 10min, stop.get_token());
    const auto second = TestRuntime::wait(m_runtime.client().profile("once", 10ms));
    QVERIFY(!second && second.error().code == ErrorCode::RuntimeBusy);
    stop.request_stop();
    QVERIFY(!TestRuntime::wait(first));
    Result<Profile> third = runtime::failure(ErrorCode::Internal, "");
    QTRY_VERIFY((third = TestRuntime::wait(m_runtime.client().profile("once", 10ms))));
    QVERIFY(third->stacks.empty());
}

QTEST_GUILESS_MAIN(TestProfile)
#include "tst_profile.moc"
