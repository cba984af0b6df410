#include "tests/debug/debugsetup.h"

#include <QTcpSocket>

#include <csignal>

using namespace runtime;
using tests::DebugSetup;
using tests::TestRuntime;
using State = DebugSession::State;

namespace {

const QByteArray code = "import os\n"                    // 1
                        "def handler(event, context):\n" // 2
                        "    pid = os.getpid()\n"        // 3
                        "    return {'pid': pid}\n";     // 4

} // namespace

/// What happens to a debug session when its worker, its code or its runtime goes.
class TestDebugRecovery : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void reloadKeepsTheBreakpoints();
    void reloadWhileStopped();
    void brokenVersionIsSurvived();
    void killedWorkerIsReplaced();
    void killedWhileStopped();
    void unknownFunction();
    void removedFunction();
    void strangerIsSentAway();
    void lostRuntimeEndsIt();

private:
    TestRuntime m_runtime;
};

void TestDebugRecovery::reloadKeepsTheBreakpoints()
{
    DebugSetup debug(m_runtime, code, "reloaded");
    QVERIFY(debug.start({4}));
    const auto before = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.session->resume();
    QVERIFY(TestRuntime::wait(before));
    debug.breakpoints.clear();
    debug.write(QByteArray(code).replace("{'pid': pid}", "{'new': 1}"));
    QTRY_COMPARE(debug.state()->version, std::uint64_t(2));
    QTRY_COMPARE(debug.breakpoints.size(), std::size_t(1));
    QVERIFY(debug.breakpoints[0].verified);
    QVERIFY(debug.state()->debugging);
    const auto after = debug.invoke();
    QVERIFY(debug.waitForStop(2));
    QCOMPARE(debug.line(), 4);
    debug.session->resume();
    const auto result = TestRuntime::wait(after);
    QVERIFY(result);
    QCOMPARE(result->result, std::string(R"({"new":1})"));
    QCOMPARE(debug.ends, 0);
}

void TestDebugRecovery::reloadWhileStopped()
{
    DebugSetup debug(m_runtime, code, "edited");
    QVERIFY(debug.start({4}));
    const auto old = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.write(QByteArray(code).replace("{'pid': pid}", "{'new': 1}"));
    QElapsedTimer clock;
    clock.start();
    QTRY_VERIFY(clock.elapsed() > 500); // the new version waits for us
    QCOMPARE(debug.session->state(), State::Stopped);
    QVERIFY(debug.evaluate(QStringLiteral("pid")).toInt() > 0);
    debug.session->resume();
    const auto oldResult = TestRuntime::wait(old);
    QVERIFY(oldResult);
    QCOMPARE(oldResult->outcome, Outcome::Result);
    QTRY_COMPARE(debug.state()->version, std::uint64_t(2));
    const auto after = debug.invoke();
    QVERIFY(debug.waitForStop(2));
    debug.session->resume();
    const auto result = TestRuntime::wait(after);
    QVERIFY(result);
    QCOMPARE(result->result, std::string(R"({"new":1})"));
}

void TestDebugRecovery::brokenVersionIsSurvived()
{
    DebugSetup debug(m_runtime, code, "broken");
    QVERIFY(debug.start({4}));
    debug.write("def handler(event, context:\n");
    QTRY_COMPARE(debug.state()->condition, FunctionCondition::Failed);
    const auto failed = TestRuntime::wait(debug.invoke());
    QVERIFY(failed);
    QCOMPARE(failed->outcome, Outcome::FunctionError);
    QCOMPARE(failed->fault.type, std::string("SyntaxError"));
    QCOMPARE(debug.ends, 0);
    debug.write(QByteArray(code).replace("{'pid': pid}", "{'new': 1}"));
    QTRY_COMPARE(debug.state()->condition, FunctionCondition::Ready);
    QTRY_VERIFY(debug.state()->debugging);
    const auto after = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    debug.session->resume();
    const auto result = TestRuntime::wait(after);
    QVERIFY(result);
    QCOMPARE(result->result, std::string(R"({"new":1})"));
}

void TestDebugRecovery::killedWorkerIsReplaced()
{
    DebugSetup debug(m_runtime, code, "killed");
    QVERIFY(debug.start({4}));
    const auto first = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    const int pid = debug.evaluate(QStringLiteral("pid")).toInt();
    QVERIFY(pid > 1);
    debug.session->resume();
    QVERIFY(TestRuntime::wait(first));
    QCOMPARE(kill(pid, SIGKILL), 0);
    QTRY_COMPARE(debug.state()->workers, 0);
    QCOMPARE(debug.ends, 0);
    const auto second = debug.invoke();
    QVERIFY(debug.waitForStop(2));
    QVERIFY(debug.evaluate(QStringLiteral("pid")).toInt() != pid);
    debug.session->resume();
    const auto result = TestRuntime::wait(second);
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
    QCOMPARE(debug.started, 1);
}

void TestDebugRecovery::killedWhileStopped()
{
    DebugSetup debug(m_runtime, code, "shot");
    QVERIFY(debug.start({4}));
    const auto first = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(kill(debug.evaluate(QStringLiteral("pid")).toInt(), SIGKILL), 0);
    const auto died = TestRuntime::wait(first);
    QVERIFY(died);
    QCOMPARE(died->outcome, Outcome::WorkerDied);
    QTRY_COMPARE(debug.session->state(), State::Running);
    QCOMPARE(debug.resumptions, 1);
    QTRY_VERIFY(!debug.state()->frozen);
    const auto second = debug.invoke();
    QVERIFY(debug.waitForStop(2));
    debug.session->resume();
    QVERIFY(TestRuntime::wait(second));
}

void TestDebugRecovery::unknownFunction()
{
    PythonDebugSession session(&m_runtime.client(), "nobody");
    std::vector<std::optional<Error>> ends;
    connect(&session, &DebugSession::ended, this,
            [&](const std::optional<Error> &error) { ends.push_back(error); });
    session.start();
    QTRY_COMPARE(ends.size(), std::size_t(1));
    QVERIFY(ends[0]);
    QCOMPARE(ends[0]->code, ErrorCode::FunctionUnknown);
    QCOMPARE(ends[0]->subject, std::string("nobody"));
}

void TestDebugRecovery::removedFunction()
{
    DebugSetup debug(m_runtime, code, "removed");
    QVERIFY(debug.start({4}));
    QVERIFY(TestRuntime::wait(m_runtime.client().remove("removed")));
    QVERIFY(debug.waitForEnd());
    QVERIFY(debug.error);
    QCOMPARE(debug.error->code, ErrorCode::FunctionUnknown);
}

/// Whoever connects to the port without the token is sent away, and the session goes on.
void TestDebugRecovery::strangerIsSentAway()
{
    DebugSetup debug(m_runtime, code, "visited");
    QVERIFY(debug.start({4}));
    const QByteArray answer = R"({"type": "response", "request_seq": 1, "success": true,
                                  "body": {"clientAccessToken": "guess"}})";
    QTcpSocket stranger; // stands in line behind the worker
    stranger.connectToHost(QHostAddress::LocalHost, quint16(debug.session->port()));
    QTRY_COMPARE(stranger.state(), QAbstractSocket::ConnectedState);
    stranger.write("Content-Length: " + QByteArray::number(answer.size()) + "\r\n\r\n" + answer);
    const auto first = debug.invoke();
    QVERIFY(debug.waitForStop(1));
    QCOMPARE(stranger.state(), QAbstractSocket::ConnectedState);
    QCOMPARE(kill(debug.evaluate(QStringLiteral("pid")).toInt(), SIGKILL), 0);
    QTRY_COMPARE(stranger.state(), QAbstractSocket::UnconnectedState);
    const QByteArray heard = stranger.readAll();
    QVERIFY(heard.contains("pydevdAuthorize"));
    QVERIFY(!heard.contains("initialize")); // nor anything else that an unknown one may do
    QVERIFY(TestRuntime::wait(first));
    const auto second = debug.invoke();
    QVERIFY(debug.waitForStop(2));
    debug.session->resume();
    QVERIFY(TestRuntime::wait(second));
}

void TestDebugRecovery::lostRuntimeEndsIt()
{
    TestRuntime runtime;
    QVERIFY(runtime.start());
    auto debug = std::make_unique<DebugSetup>(runtime, code, "orphan");
    QVERIFY(debug->start({4}));
    kill(pid_t(runtime.pid()), SIGKILL);
    QVERIFY(debug->waitForEnd());
    QVERIFY(debug->error);
    QCOMPARE(debug->error->code, ErrorCode::RuntimeLost);
    QCOMPARE(debug->session->state(), State::Ended);
}

QTEST_GUILESS_MAIN(TestDebugRecovery)
#include "tst_debugrecovery.moc"
