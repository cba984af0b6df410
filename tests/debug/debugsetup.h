#pragma once

#include "runtime-bridge/debug/pythondebugsession.h"
#include "tests/daemon/testruntime.h"

#include <QElapsedTimer>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tests {

/// A module with a handler at 11 that calls inner() at 14; n of the event below 0 raises at 8.
inline const QByteArray code = "import json\n"                                   // 1
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

/// One function of a real runtime under a real debugger, and what its session said.
class DebugSetup
{
public:
    /// \a client: for the session alone; null: the runtime's usual one.
    DebugSetup(TestRuntime &runtime, const QByteArray &code, const char *name,
               std::vector<runtime::Trigger> triggers = {}, runtime::Client *client = nullptr);
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
