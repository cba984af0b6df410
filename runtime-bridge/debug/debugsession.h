#pragma once

#include "runtime-bridge/base/error.h"

#include <QFuture>
#include <QMap>
#include <QObject>
#include <QString>

#include <optional>
#include <vector>

namespace runtime {

/// A place where the debugger is asked to stop, as the user set it and as the debugger took it.
struct Breakpoint {
    int line = 1;
    bool enabled = true;
    QString condition;    ///< Expression; empty: always.
    QString hitCondition; ///< ">= 5"; empty: every time.
    QString logMessage;   ///< Not empty: writes this instead of stopping.
    bool verified = false;
    int actualLine = 0; ///< Where it was bound; 0: not bound.
    QString reason;     ///< Why it is not bound.
};

struct StackFrame {
    int id = 0;
    QString name;
    QString file; ///< The user's file on this computer; empty: no source.
    int line = 0;
    bool isUser = true; ///< False for library code.
};

struct Variable {
    QString name;
    QString value;
    QString type;
    QString expression; ///< To evaluate it again; may be empty.
    int reference = 0;  ///< Not 0: has children, see DebugSession::children().
};

/// A function under a debugger, wherever it runs: one session is one function on one target, from
/// the first order to ended(). The same interface for every language and target.
///
/// Breakpoints may be given before start() and at any time after; they hold across reloads and
/// worker deaths. While stopped, the function's timeout and triggers stand still.
/// All on the owner's thread; each reply delivers exactly one result.
class DebugSession : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    enum class State { Idle, Starting, Running, Stopped, Ended };
    enum class StopReason { Breakpoint, Step, Exception, Pause, Entry };
    Q_ENUM(State)
    Q_ENUM(StopReason)

    template<typename T> using Reply = QFuture<Result<T>>;

    /// Answered by started() or ended(): after started(), the next invocation stops at breakpoints.
    virtual void start() = 0;
    /// Ends the session and gives the function its ordinary workers back; ended() follows.
    virtual void stop() = 0;

    /// Replaces all of \a file (absolute, on this computer).
    virtual void setBreakpoints(const QString &file,
                                const std::vector<Breakpoint> &breakpoints) = 0;

    virtual void resume() = 0;
    virtual void stepOver() = 0;
    virtual void stepIn() = 0;
    virtual void stepOut() = 0;
    virtual void pause() = 0;

    [[nodiscard]] virtual State state() const = 0;
    /// Innermost first; empty unless stopped.
    [[nodiscard]] virtual const std::vector<StackFrame> &stack() const = 0;
    /// Locals of a frame of stack().
    [[nodiscard]] virtual Reply<std::vector<Variable>> variables(int frameId) = 0;
    [[nodiscard]] virtual Reply<std::vector<Variable>> children(int reference) = 0;
    [[nodiscard]] virtual Reply<Variable> evaluate(const QString &expression, int frameId) = 0;

Q_SIGNALS:
    void started();
    void breakpointsChanged(const QString &file,
                            const std::vector<runtime::Breakpoint> &breakpoints);
    void stopped(runtime::DebugSession::StopReason reason, const QString &text);
    void resumed();
    void output(const QString &text);
    /// Nothing more comes. No error when it was stopped by order.
    void ended(const std::optional<runtime::Error> &error);
};

} // namespace runtime
