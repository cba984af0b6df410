#include "tests/debug/debugsetup.h"

using namespace runtime;
using tests::DebugSetup;
using tests::TestRuntime;
using StopReason = DebugSession::StopReason;
using State = DebugSession::State;

namespace {

const QByteArray code = "import json\n"                                   // 1
                        "\n"                                              // 2
                        "def inner(n):\n"                                 // 3
                        "    total = 0\n"                                 // 4
                        "    for i in range(n):\n"                        // 5
                        "        total += i\n"                            // 6
                        "    if n < 0:\n"                                 // 7
                        "        raise ValueError('negative')\n"          // 8
                        "    return total\n"                              // 9
                        "\n"                                              // 10
                        "def handler(event, context):\n"                  // 11
                        "    n = event.get('n', 3)\n"                     // 12
                        "    box = {'list': [1, 2, 3], 'text': 'lamp'}\n" // 13
                        "    value = inner(n)\n"                          // 14
                        "    text = json.dumps(box)\n"                    // 15
                        "    return {'value': value}\n";                  // 16

} // namespace

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
    void conditionsHitCountsAndLogPoints();
    void saysWhyABreakpointIsNotBound();
    void takesBreakpointsWhileItRuns();
    void stopsAtAnUnhandledException();
    void pausesWhatRuns();
    void standsAtAStatementOfTheModule();
    void leavesProgramsOfTheFunctionAlone();
    void givesOrdinaryWorkersBack();
    void endsWellWhatStandsStillAtTheEnd();

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

void TestPythonDebugSession::conditionsHitCountsAndLogPoints()
{
    DebugSetup debug(m_runtime, code, "conditions");
    std::vector<Breakpoint> wanted(4);
    wanted[0].line = 6;
    wanted[0].logMessage = QStringLiteral("i is {i}");
    wanted[1].line = 5;
    wanted[1].hitCondition = QStringLiteral(">= 4");
    wanted[2].line = 9;
    wanted[2].condition = QStringLiteral("total == 3");
    wanted[3].line = 14;
    wanted[3].enabled = false;
    debug.session->setBreakpoints(debug.file, wanted);
    QVERIFY(debug.start());
    const auto invocation = debug.invoke(R"({"n": 3})");
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(debug.place(), QStringLiteral("inner:5"));
    QCOMPARE(debug.valueOf(QStringLiteral("total")), QStringLiteral("3"));
    QTRY_COMPARE(debug.output, QStringLiteral("i is 0\ni is 1\ni is 2\n"));
    debug.session->resume();
    QVERIFY(debug.waitForStop(2));
    QCOMPARE(debug.place(), QStringLiteral("inner:9"));
    QVERIFY(!debug.breakpoints[3].verified);
    debug.session->resume();
    QVERIFY(TestRuntime::wait(invocation));
    debug.setLines({});
    QVERIFY(TestRuntime::wait(debug.invoke(R"({"n": 2})")));
    QCOMPARE(debug.stops, 2);
}

void TestPythonDebugSession::saysWhyABreakpointIsNotBound()
{
    DebugSetup debug(m_runtime, "# nothing here\n" + code + "# the end\n", "unbound");
    QVERIFY(debug.start({1, 15, 18, 500}));
    QTRY_COMPARE(debug.breakpoints.size(), std::size_t(4));
    QVERIFY(!debug.breakpoints[0].verified);
    QCOMPARE(debug.breakpoints[0].actualLine, 0);
    QCOMPARE(debug.breakpoints[0].reason,
             QStringLiteral("There is no code at this line or before it."));
    QVERIFY(debug.breakpoints[1].verified && debug.breakpoints[1].reason.isEmpty());
    QVERIFY(debug.breakpoints[2].verified);
    QCOMPARE(debug.breakpoints[2].actualLine, 17);
    QVERIFY(!debug.breakpoints[3].verified);
    QCOMPARE(debug.breakpoints[3].reason, QStringLiteral("The file has only 18 lines."));
    Breakpoint elsewhere;
    elsewhere.line = 1;
    std::vector<Breakpoint> told;
    connect(debug.session.get(), &DebugSession::breakpointsChanged, this,
            [&](const QString &, const std::vector<Breakpoint> &now) { told = now; });
    debug.session->setBreakpoints(QStringLiteral("/nowhere/at_all.py"), {elsewhere});
    QTRY_COMPARE(told.size(), std::size_t(1));
    QVERIFY(!told[0].verified);
    QCOMPARE(told[0].reason, QStringLiteral("Breakpoint in file that does not exist."));
}

void TestPythonDebugSession::takesBreakpointsWhileItRuns()
{
    DebugSetup debug(m_runtime, code, "later");
    QVERIFY(debug.start());
    QVERIFY(TestRuntime::wait(debug.invoke()));
    debug.setLines({16});
    QTRY_COMPARE(debug.breakpoints.size(), std::size_t(1));
    const auto invocation = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(debug.place(), QStringLiteral("handler:16"));
    debug.setLines({});
    debug.session->resume();
    QVERIFY(TestRuntime::wait(invocation));
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

void TestPythonDebugSession::standsAtAStatementOfTheModule()
{
    DebugSetup debug(m_runtime, code, "module");
    QVERIFY(debug.start({1}));
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(debug.place(), QStringLiteral("<module>:1"));
    debug.session->resume();
    const auto result = TestRuntime::wait(debug.invoke());
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
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

void TestPythonDebugSession::givesOrdinaryWorkersBack()
{
    DebugSetup debug(m_runtime, code, "back");
    QVERIFY(debug.start({14}));
    const auto invocation = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.session->resume();
    QVERIFY(TestRuntime::wait(invocation));
    debug.session->stop();
    QVERIFY(debug.waitForEnd());
    QVERIFY(!debug.error);
    QCOMPARE(debug.session->state(), State::Ended);
    QVERIFY(!debug.state()->debugging);
    const auto result = TestRuntime::wait(debug.invoke());
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
    QCOMPARE(debug.stops, 1);
}

void TestPythonDebugSession::endsWellWhatStandsStillAtTheEnd()
{
    DebugSetup debug(m_runtime, code, "leave");
    QVERIFY(debug.start({14}));
    const auto invocation = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.session->stop();
    QVERIFY(debug.waitForEnd());
    QVERIFY(!debug.error);
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
    const auto state = debug.state();
    QVERIFY(state && !state->debugging && !state->frozen);
}

QTEST_GUILESS_MAIN(TestPythonDebugSession)
#include "tst_pythondebugsession.moc"
