#include "tests/debug/debugsetup.h"

using namespace runtime;
using tests::code;
using tests::DebugSetup;
using tests::TestRuntime;
using StopReason = DebugSession::StopReason;
using State = DebugSession::State;

class TestPythonDebugSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void stopsInTheFirstInvocation();
    void stepsOverInAndOut();
    void showsVariablesAndEvaluates();
    void timeStandsStillWhileStopped();
    void timerStopsToo();
    void triggersWaitWhileStopped();
    void stopsAtAnUnhandledException();
    void pausesWhatRuns();
    void leavesProgramsOfTheFunctionAlone();

private:
    TestRuntime m_runtime;
};

void TestPythonDebugSession::initTestCase()
{
    QVERIFY(m_runtime.start());
}

void TestPythonDebugSession::stopsInTheFirstInvocation()
{
    DebugSetup debug(m_runtime, code, "first");
    QVERIFY(debug.start({14}));
    QCOMPARE(debug.session->state(), State::Running);
    QTRY_COMPARE(debug.breakpoints.size(), std::size_t(1));
    QVERIFY(debug.breakpoints[0].verified);
    QCOMPARE(debug.breakpoints[0].actualLine, 14);
    QElapsedTimer clock;
    clock.start();
    const auto invocation = debug.invoke(R"({"n": 4})");
    QVERIFY(debug.waitForStop(1));
    qInfo("start() to started(): %lld ms; invoke to stopped(): %lld ms",
          static_cast<long long>(debug.startedMs), static_cast<long long>(clock.elapsed()));
    QCOMPARE(debug.session->state(), State::Stopped);
    QCOMPARE(debug.reason, StopReason::Breakpoint);
    QCOMPARE(debug.session->stack().size(), std::size_t(1)); // nothing of the shim
    QCOMPARE(debug.session->stack()[0].file, debug.file);
    QVERIFY(debug.session->stack()[0].isUser);
    QCOMPARE(debug.place(), QStringLiteral("handler:14"));
    QVERIFY(!invocation.isFinished());
    debug.session->resume();
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
    QCOMPARE(result->result, std::string(R"({"value":6})"));
    QCOMPARE(debug.resumptions, 1);
    QCOMPARE(debug.session->state(), State::Running);
    QVERIFY(debug.session->stack().empty());
    const auto again = debug.invoke();
    QVERIFY(debug.waitForStop(2));
    debug.session->resume();
    QVERIFY(TestRuntime::wait(again));
}

void TestPythonDebugSession::stepsOverInAndOut()
{
    DebugSetup debug(m_runtime, code, "steps");
    QVERIFY(debug.start({13}));
    const auto invocation = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.session->stepOver();
    QCOMPARE(debug.session->state(), State::Running);
    QVERIFY(debug.waitForStop(2));
    QCOMPARE(debug.place(), QStringLiteral("handler:14"));
    QCOMPARE(debug.reason, StopReason::Step);
    debug.session->stepIn();
    QVERIFY(debug.waitForStop(3));
    QCOMPARE(debug.place(), QStringLiteral("inner:4"));
    QCOMPARE(debug.session->stack().size(), std::size_t(2));
    debug.session->stepOut();
    QVERIFY(debug.waitForStop(4));
    QCOMPARE(debug.session->stack().size(), std::size_t(1));
    debug.session->resume();
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->result, std::string(R"({"value":3})"));
}

void TestPythonDebugSession::showsVariablesAndEvaluates()
{
    DebugSetup debug(m_runtime, code, "values");
    QVERIFY(debug.start({14}));
    QCOMPARE(debug.evaluate(QStringLiteral("n")), QStringLiteral("!the function is not stopped"));
    const auto invocation = debug.invoke(R"({"n": 5})");
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(debug.valueOf(QStringLiteral("n")), QStringLiteral("5"));
    const auto locals = TestRuntime::wait(debug.session->variables(debug.session->stack()[0].id));
    QVERIFY(locals);
    const auto box = std::ranges::find(*locals, QStringLiteral("box"), &Variable::name);
    QVERIFY(box != locals->end());
    QCOMPARE(box->type, QStringLiteral("dict"));
    QVERIFY(box->reference != 0);
    const auto children = TestRuntime::wait(debug.session->children(box->reference));
    QVERIFY(children);
    const auto text = std::ranges::find(*children, QStringLiteral("'text'"), &Variable::name);
    QVERIFY(text != children->end());
    QCOMPARE(text->value, QStringLiteral("'lamp'"));
    QCOMPARE(text->expression, QStringLiteral("box['text']"));
    QCOMPARE(debug.evaluate(QStringLiteral("sum(box['list']) + n")), QStringLiteral("11"));
    const QString failed = debug.evaluate(QStringLiteral("nothing + 1"));
    QVERIFY2(failed.startsWith(u'!') && failed.contains(u"NameError"), qPrintable(failed));
    (void)debug.evaluate(QStringLiteral("n = 10"));
    QCOMPARE(debug.valueOf(QStringLiteral("n")), QStringLiteral("10"));
    debug.session->resume();
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->result, std::string(R"({"value":45})"));
}

void TestPythonDebugSession::timeStandsStillWhileStopped()
{
    DebugSetup debug(m_runtime, code, "patient"); // has a timeout of 1 s
    QVERIFY(debug.start({14}));
    const auto invocation = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    QElapsedTimer clock;
    clock.start();
    QTRY_VERIFY(clock.elapsed() > 1500);
    QVERIFY(!invocation.isFinished());
    debug.session->resume();
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
    QCOMPARE(result->result, std::string(R"({"value":3})"));
}

void TestPythonDebugSession::timerStopsToo()
{
    DebugSetup debug(m_runtime, code, "timed", {TimerTrigger{std::chrono::milliseconds(100)}});
    QVERIFY(debug.start({14}));
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(debug.place(), QStringLiteral("handler:14"));
}

void TestPythonDebugSession::triggersWaitWhileStopped()
{
    DebugSetup debug(m_runtime, code, "frozen", {TimerTrigger{std::chrono::milliseconds(20)}});
    QVERIFY(debug.start({14}));
    QVERIFY(debug.waitForStop(1));
    const auto before = debug.state();
    QVERIFY(before && before->frozen && before->debugging);
    QElapsedTimer clock;
    clock.start();
    QTRY_VERIFY(clock.elapsed() > 300);
    const auto after = debug.state();
    QVERIFY(after);
    QCOMPARE(after->overruns, before->overruns);
    debug.setLines({});
    debug.session->resume();
    QTRY_VERIFY(debug.state()->invocations > before->invocations + 3);
    QVERIFY(!debug.state()->frozen);
}

void TestPythonDebugSession::stopsAtAnUnhandledException()
{
    DebugSetup debug(m_runtime, code, "raises");
    QVERIFY(debug.start());
    const auto invocation = debug.invoke(R"({"n": -1})");
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(debug.reason, StopReason::Exception);
    QCOMPARE(debug.text, QStringLiteral("ValueError: negative"));
    QCOMPARE(debug.place(), QStringLiteral("inner:8"));
    QCOMPARE(debug.session->stack()[1].name, QStringLiteral("handler"));
    debug.session->resume();
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::FunctionError);
    QCOMPARE(result->fault.type, std::string("ValueError"));
}

void TestPythonDebugSession::pausesWhatRuns()
{
    DebugSetup debug(m_runtime,
                     "def handler(event, context):\n"
                     "    n = 0\n"
                     "    while n < 10_000_000_000:\n"
                     "        n += 1\n",
                     "endless");
    QVERIFY(debug.start({2}));
    (void)debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.session->resume();
    debug.session->pause();
    QVERIFY(debug.waitForStop(2));
    QCOMPARE(debug.reason, StopReason::Pause);
    QVERIFY(debug.line() >= 2);
    (void)debug.evaluate(QStringLiteral("n = 10_000_000_000"));
}

/// A Python program that the function starts must not wait for a debugger of its own.
void TestPythonDebugSession::leavesProgramsOfTheFunctionAlone()
{
    DebugSetup debug(m_runtime,
                     "import subprocess, sys\n"
                     "def handler(event, context):\n"
                     "    run = subprocess.run([sys.executable, '-c', 'print(6 * 7)'],\n"
                     "                         capture_output=True, text=True, timeout=5)\n"
                     "    return run.stdout\n",
                     "programs");
    QVERIFY(debug.start());
    const auto result = TestRuntime::wait(debug.invoke());
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
    QCOMPARE(result->result, std::string(R"("42\n")"));
}

QTEST_GUILESS_MAIN(TestPythonDebugSession)
#include "tst_pythondebugsession.moc"
