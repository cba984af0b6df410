#pragma once

#include "runtime-bridge/debug/pythondebugsession.h"
#include "tests/daemon/testruntime.h"

#include <QElapsedTimer>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tests {

/// One function of a real runtime under a real debugger, and what its session said.
class DebugSetup
{
public:
    explicit DebugSetup(TestRuntime &runtime, const QByteArray &code, const char *name,
                        std::vector<runtime::Trigger> triggers = {});
    ~DebugSetup();

    /// Starts the session with a breakpoint at each of \a lines of main.py.
    bool start(const std::vector<int> &lines = {});
    bool waitForStop(int count, int limit = 10'000);
    bool waitForEnd();
    void setLines(const std::vector<int> &lines);
    QFuture<runtime::Result<runtime::Invocation>> invoke(const std::string &event = "{}");
    /// What a frame's variable or an expression is worth; "!" and the reason when it cannot be
    /// told.
    QString valueOf(const QString &name);
    QString evaluate(const QString &expression);
    [[nodiscard]] int line() const;      ///< Of the innermost frame; 0: not stopped.
    [[nodiscard]] QString place() const; ///< "function:line" of the innermost frame.
    [[nodiscard]] std::optional<runtime::FunctionState> state() { return m_runtime.state(name); }
    void write(const QByteArray &code);

    std::string name;
    QString file;
    std::unique_ptr<runtime::PythonDebugSession> session;
    int started = 0, stops = 0, resumptions = 0, ends = 0;
    runtime::DebugSession::StopReason reason{};
    QString text, output;
    std::optional<runtime::Error> error;
    std::vector<runtime::Breakpoint> breakpoints; ///< As they were last told.
    qint64 startedMs = 0;

private:
    TestRuntime &m_runtime;
};

} // namespace tests
