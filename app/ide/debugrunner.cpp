#include "app/ide/debugrunner.h"

#include "runtime-bridge/debug/pythondebugsession.h"

#include <QFileInfo>

namespace app {

using runtime::DebugSession;
using runtime::ErrorCode;

DebugRunner::DebugRunner(Project *project, LocalRunner *local, QObject *parent)
    : QObject(parent), m_project(project), m_local(local)
{
}

DebugRunner::~DebugRunner() = default;

void DebugRunner::setBreakpoints(const QString &file,
                                 const std::vector<runtime::Breakpoint> &breakpoints)
{
    m_breakpoints[file] = breakpoints;
    if (m_session)
        m_session->setBreakpoints(file, breakpoints);
}

void DebugRunner::start(const runtime::ApplicationFunction &function,
                        std::function<void()> whenReady)
{
    if (function.spec.runtime != "python3") {
        Q_EMIT failed({ErrorCode::DebuggerMissing, function.spec.name, function.spec.runtime});
        return;
    }
    m_whenReady = std::move(whenReady);
    m_local->put(
        function.spec.name, [this, name = function.spec.name](const runtime::Result<> &put) {
            // A version that does not load can still be debugged: that is how one finds out why.
            if (!put && put.error().code != ErrorCode::FunctionInitFailed) {
                Q_EMIT failed(put.error());
                return;
            }
            if (!m_local->client())
                return;
            m_session = std::make_unique<runtime::PythonDebugSession>(m_local->client(), name);
            connect(m_session.get(), &DebugSession::started, this, [this] {
                Q_EMIT changed();
                if (const auto ready = std::exchange(m_whenReady, {}))
                    ready();
            });
            connect(m_session.get(), &DebugSession::stopped, this, &DebugRunner::onStopped);
            connect(m_session.get(), &DebugSession::resumed, this, [this] {
                m_stoppedText.clear();
                Q_EMIT resumed();
                Q_EMIT changed();
            });
            connect(m_session.get(), &DebugSession::breakpointsChanged, this,
                    &DebugRunner::breakpointsVerified);
            // Queued: the session must not be deleted inside its own signal.
            connect(m_session.get(), &DebugSession::ended, this, &DebugRunner::onEnded,
                    Qt::QueuedConnection);
            for (const auto &[file, breakpoints] : m_breakpoints)
                m_session->setBreakpoints(file, breakpoints);
            Q_EMIT sessionChanged();
            m_session->start();
            Q_EMIT changed();
        });
}

void DebugRunner::stop()
{
    m_whenReady = {};
    if (m_session)
        m_session->stop();
}

bool DebugRunner::isBusy() const
{
    return m_session && m_session->state() == DebugSession::State::Starting;
}

QString DebugRunner::activity() const
{
    if (!m_session)
        return tr("Debugging ended");
    switch (m_session->state()) {
    case DebugSession::State::Idle:
    case DebugSession::State::Starting: return tr("Attaching the debugger");
    case DebugSession::State::Running: return tr("Under the debugger");
    case DebugSession::State::Stopped: return m_stoppedText;
    case DebugSession::State::Ended: return tr("Debugging ended");
    }
    return {};
}

void DebugRunner::onStopped(DebugSession::StopReason reason, const QString &text)
{
    const std::vector<runtime::StackFrame> &stack = m_session->stack();
    if (stack.empty())
        return;
    const QString place =
        tr("%1:%2").arg(QFileInfo(stack.front().file).fileName()).arg(stack.front().line);
    m_stoppedText = reason == DebugSession::StopReason::Exception
                        ? tr("Stopped at %1: %2").arg(place, text)
                        : tr("Stopped at %1").arg(place);
    Q_EMIT stoppedAt(stack.front().file, stack.front().line);
    Q_EMIT changed();
}

void DebugRunner::onEnded(const std::optional<runtime::Error> &error)
{
    m_stoppedText.clear();
    const auto session = std::move(m_session);
    Q_EMIT sessionChanged();
    Q_EMIT resumed();
    Q_EMIT changed();
    if (error)
        Q_EMIT failed(*error);
}

} // namespace app
