#pragma once

#include "runtime-bridge/client/client.h"
#include "runtime-bridge/debug/debuggedworker.h"
#include "runtime-bridge/debug/debugsession.h"

#include <QPointer>
#include <QTimer>

#include <memory>
#include <string>

class QTcpServer;

namespace runtime {

/// Debugs a Python function of a runtime.
///
/// It listens on a port of the loopback interface for as long as it lives. Every worker that the
/// runtime starts for the function, also after a reload or a death, connects its debugger there and
/// waits until it got the breakpoints; one at a time, others wait their turn.
class PythonDebugSession final : public DebugSession
{
    Q_OBJECT

public:
    /// \a client is borrowed; when it is lost, the session ends with ErrorCode::RuntimeLost.
    PythonDebugSession(Client *client, std::string function, QObject *parent = nullptr);
    /// Gives the function its ordinary workers back without waiting for it.
    ~PythonDebugSession() override;

    /// Where the function's files lie for the user, when that is not where they run.
    void setUserFolder(const QString &folder) { m_paths.userRoot = folder; }

    /// How long start() may take; 10 s unless told.
    void setStartLimit(std::chrono::milliseconds limit) { m_startLimit.setInterval(limit); }
    /// Where workers connect, on the loopback interface; 0 before the start.
    [[nodiscard]] int port() const;

    void start() override;
    void stop() override;
    void setBreakpoints(const QString &file, const std::vector<Breakpoint> &breakpoints) override;
    void resume() override;
    void stepOver() override;
    void stepIn() override;
    void stepOut() override;
    void pause() override;
    [[nodiscard]] State state() const override { return m_state; }
    [[nodiscard]] const std::vector<StackFrame> &stack() const override;
    [[nodiscard]] Reply<std::vector<Variable>> variables(int frameId) override;
    [[nodiscard]] Reply<std::vector<Variable>> children(int reference) override;
    [[nodiscard]] Reply<Variable> evaluate(const QString &expression, int frameId) override;

private:
    bool listen();
    void askForFunction();
    void askForWorker(); ///< The runtime's next worker of the function connects to us.
    void onDebugAnswer(const Result<> &answer);
    void onHappening(const Happening &happening);
    void onDropped();
    void acceptWorker();
    void connectWorker();
    void dropWorker();
    void onAttached();
    void onRefused(bool isOurs, const Error &error);
    void onHalted();
    void onStopped(StopReason reason, const QString &text);
    void onWorkerGone(const QString &evidence);
    void step(const QString &request);
    void goOn();
    void setFrozen(bool frozen);
    [[nodiscard]] bool isStopped() const { return m_state == State::Stopped && m_worker; }

    void fail(const Error &error); ///< Ends the session in good order.
    void release();
    void end(const std::optional<Error> &error);

    QPointer<Client> m_client;
    std::string m_function;
    PathMap m_paths;
    DebuggedWorker::Breakpoints m_breakpoints;
    std::string m_token;
    std::unique_ptr<QTcpServer> m_server;
    std::unique_ptr<Subscription> m_subscription;
    std::unique_ptr<DebuggedWorker> m_worker;
    State m_state = State::Idle;
    QString m_progress; ///< How far the start came, as evidence.
    QTimer m_startLimit;
    QTimer m_endLimit;
    QTimer m_thaw; ///< A step that takes this long lets the triggers go on.
    std::optional<Error> m_error;
    int m_drops = 0;
    bool m_debugging = false; ///< The runtime said so.
    bool m_waitsForSwitch = false;
    bool m_frozen = false;
    bool m_ending = false;
    bool m_releasing = false;
};

} // namespace runtime
