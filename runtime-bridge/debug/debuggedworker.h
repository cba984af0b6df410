#pragma once

#include "runtime-bridge/debug/dapclient.h"
#include "runtime-bridge/debug/debugsession.h"
#include "runtime-bridge/debug/pathmap.h"

#include <memory>
#include <vector>

namespace runtime {

/// One Python worker under the debugger: from its connection to its end. The worker's debugpy
/// speaks the Debug Adapter Protocol itself, so there is no adapter between it and us.
///
/// attach() is answered by attached(), refused() or gone(). After refused() or gone() nothing more
/// comes.
class DebuggedWorker final : public QObject
{
    Q_OBJECT

public:
    using Breakpoints = QMap<QString, std::vector<Breakpoint>>; ///< By the user's file.
    template<typename T> using Reply = DebugSession::Reply<T>;

    struct Setup {
        QString token; ///< What the worker has to know to be ours.
        PathMap paths;
    };

    DebuggedWorker(std::unique_ptr<DapChannel> channel, Setup setup, QObject *parent = nullptr);
    ~DebuggedWorker() override;

    /// The worker waits before its first line until this is done.
    void attach(const Breakpoints &breakpoints);
    void setBreakpoints(const QString &file, const std::vector<Breakpoint> &breakpoints);
    void resume();
    void step(const QString &request); ///< "next", "stepIn", "stepOut".
    void pause();
    /// The worker goes on without us; left() follows, or gone().
    void leave();

    [[nodiscard]] bool isAttached() const { return m_attached; }
    [[nodiscard]] const std::vector<StackFrame> &stack() const { return m_stack; }
    [[nodiscard]] Reply<std::vector<Variable>> variables(int frameId);
    [[nodiscard]] Reply<std::vector<Variable>> children(int reference);
    [[nodiscard]] Reply<Variable> evaluate(const QString &expression, int frameId);

Q_SIGNALS:
    void attached();
    /// \a isOurs false: it did not know the token, whoever it is.
    void refused(bool isOurs, const runtime::Error &error);
    void left();
    void gone(const QString &evidence);
    /// It stands still; the stack is being fetched, then stopped() follows.
    void halted();
    void stopped(runtime::DebugSession::StopReason reason, const QString &text);
    /// It went on by itself.
    void resumed();
    void output(const QString &text);
    void breakpointsChanged(const QString &file,
                            const std::vector<runtime::Breakpoint> &breakpoints);

private:
    /// What was last sent for one file.
    struct Sent {
        std::vector<Breakpoint> breakpoints;
        std::vector<int> ids; ///< The debugger's, by breakpoint; -1: it does not know it.
        int round = 0;
    };
    using Next = std::function<void(const QJsonObject &)>;

    void authorize();
    void configure();
    /// A step of the attachment: refused() unless it succeeds.
    void require(const QString &command, const QJsonObject &arguments, Next next);
    void onHappened(const QString &event, const QJsonObject &body);
    void onStopped(const QJsonObject &body);
    void onOutput(const QJsonObject &body);
    void onBreakpoint(const QJsonObject &breakpoint);
    void onBreakpointsSet(const QString &file, int round, const std::vector<std::size_t> &asked,
                          const Result<QJsonObject> &answer);
    void readStack(const QJsonObject &body);
    void go();

    Setup m_setup;
    std::unique_ptr<DapClient> m_client;
    QMap<QString, Sent> m_sent;
    std::vector<StackFrame> m_stack;
    int m_thread = 0;
    int m_stop = 0; ///< Counts, to know a stack that comes too late.
    bool m_halted = false;
    bool m_takesBreakpoints = false;
    bool m_attached = false;
};

} // namespace runtime
