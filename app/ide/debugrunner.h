#pragma once

#include "app/ide/localrunner.h"
#include "app/ide/project.h"
#include "runtime-bridge/debug/debugsession.h"

#include <QObject>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace app {

/// Keeps the breakpoints of the application and at most one debug session. Breakpoints outlive
/// sessions and are handed to each new one before its first invocation.
class DebugRunner final : public QObject
{
    Q_OBJECT

public:
    DebugRunner(Project *project, LocalRunner *local, QObject *parent = nullptr);
    ~DebugRunner() override;

    void setBreakpoints(const QString &file, const std::vector<runtime::Breakpoint> &breakpoints);

    /// \a whenReady runs once, when the next invocation would stop at a breakpoint.
    void start(const runtime::ApplicationFunction &function, std::function<void()> whenReady);
    void stop();
    [[nodiscard]] bool isActive() const { return m_session != nullptr; }
    [[nodiscard]] bool isBusy() const;
    [[nodiscard]] runtime::DebugSession *session() const { return m_session.get(); }
    [[nodiscard]] QString activity() const; ///< What the session does, in words.

Q_SIGNALS:
    void sessionChanged(); ///< Another one, or none.
    void changed();        ///< Its state.
    void stoppedAt(const QString &file, int line);
    void resumed();
    void breakpointsVerified(const QString &file,
                             const std::vector<runtime::Breakpoint> &breakpoints);
    void failed(const runtime::Error &error);

private:
    void onStopped(runtime::DebugSession::StopReason reason, const QString &text);
    void onEnded(const std::optional<runtime::Error> &error);

    Project *m_project;
    LocalRunner *m_local;
    std::unique_ptr<runtime::DebugSession> m_session;
    std::map<QString, std::vector<runtime::Breakpoint>> m_breakpoints;
    std::function<void()> m_whenReady;
    QString m_stoppedText;
};

} // namespace app
