#include "tests/debug/debugsetup.h"

using namespace runtime;
using tests::code;
using tests::DebugSetup;
using tests::TestRuntime;

class TestBreakpoints : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void conditionsHitCountsAndLogPoints();
    void saysWhyABreakpointIsNotBound();
    void takesBreakpointsWhileItRuns();
    void standsAtAStatementOfTheModule();

private:
    TestRuntime m_runtime;
};

void TestBreakpoints::conditionsHitCountsAndLogPoints()
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
    QTRY_VERIFY(debug.breakpoints.empty());
    QVERIFY(TestRuntime::wait(debug.invoke(R"({"n": 2})")));
    QCOMPARE(debug.stops, 2);
}

void TestBreakpoints::saysWhyABreakpointIsNotBound()
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

void TestBreakpoints::takesBreakpointsWhileItRuns()
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

void TestBreakpoints::standsAtAStatementOfTheModule()
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

QTEST_GUILESS_MAIN(TestBreakpoints)
#include "tst_breakpoints.moc"
