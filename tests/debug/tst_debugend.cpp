#include "tests/debug/debugsetup.h"

using namespace runtime;
using tests::code;
using tests::DebugSetup;
using tests::TestRuntime;
using State = DebugSession::State;

class TestDebugEnd : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void givesOrdinaryWorkersBack();
    void endsWellWhatStandsStillAtTheEnd();
    void whatRunsAtTheEndHasItsTimeout();
    void lostClientGivesTheFunctionBack();
    void stopBeforeItStarted();
    void childrenOfTheFunctionAreLeftAlone();

private:
    TestRuntime m_runtime;
};

void TestDebugEnd::givesOrdinaryWorkersBack()
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

void TestDebugEnd::endsWellWhatStandsStillAtTheEnd()
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

void TestDebugEnd::whatRunsAtTheEndHasItsTimeout()
{
    const QByteArray slow = "import time\n"
                            "def handler(event, context):\n"
                            "    begun = True\n"
                            "    time.sleep(event['seconds'])\n"
                            "    return 'rested'\n";
    DebugSetup debug(m_runtime, slow, "slow"); // has a timeout of 1 s
    QVERIFY(debug.start({3}));
    const auto rests = debug.invoke(R"({"seconds": 0.4})");
    QVERIFY(debug.waitForStop(1));
    debug.session->stop();
    QVERIFY(debug.waitForEnd());
    const auto rested = TestRuntime::wait(rests);
    QVERIFY(rested);
    QCOMPARE(rested->result, std::string("\"rested\""));

    DebugSetup again(m_runtime, slow, "slower");
    QVERIFY(again.start({3}));
    const auto sleeps = again.invoke(R"({"seconds": 30})");
    QVERIFY(again.waitForStop(1));
    again.session->stop();
    QVERIFY(again.waitForEnd());
    const auto slept = TestRuntime::wait(sleeps);
    QVERIFY(slept);
    QCOMPARE(slept->outcome, Outcome::Timeout);
}

/// As when the window crashes while the function stands still.
void TestDebugEnd::lostClientGivesTheFunctionBack()
{
    auto window = m_runtime.createClient();
    QVERIFY(window);
    DebugSetup debug(m_runtime, code, "left", {}, window.get());
    QVERIFY(debug.start({14}));
    const auto invocation = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    QTRY_VERIFY(debug.state()->frozen);
    window.reset();
    QVERIFY(debug.waitForEnd());
    QCOMPARE(debug.error->code, ErrorCode::RuntimeLost);
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
    QTRY_VERIFY(!debug.state()->debugging);
    QVERIFY(!debug.state()->frozen);
    QVERIFY(TestRuntime::wait(debug.invoke()));
}

void TestDebugEnd::stopBeforeItStarted()
{
    DebugSetup debug(m_runtime, code, "hasty");
    debug.session->start();
    debug.session->stop();
    QVERIFY(debug.waitForEnd());
    QVERIFY(!debug.error);
    QCOMPARE(debug.started, 0);
    QVERIFY(TestRuntime::wait(debug.invoke()));
}

/// A child that waited for a debugger of its own would never end.
void TestDebugEnd::childrenOfTheFunctionAreLeftAlone()
{
    DebugSetup debug(m_runtime,
                     "import os, subprocess, sys\n"
                     "def handler(event, context):\n"
                     "    pid = os.fork()\n"
                     "    if pid == 0:\n"
                     "        os._exit(7)\n"
                     "    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
                     "    done = subprocess.run([sys.executable, '-c', 'print(5)'],\n"
                     "                          capture_output=True, text=True)\n"
                     "    return [status, done.stdout]\n",
                     "parent");
    QVERIFY(debug.start({9}));
    const auto invocation = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.session->resume();
    const auto result = TestRuntime::wait(invocation);
    QVERIFY(result);
    QCOMPARE(result->result, std::string("[7,\"5\\n\"]"));
}

QTEST_GUILESS_MAIN(TestDebugEnd)
#include "tst_debugend.moc"
