#pragma once

#include "app/ide/project.h"
#include "runtime-bridge/client/localruntime.h"

#include <QObject>

#include <map>
#include <memory>
#include <set>
#include <stop_token>

namespace app {

/// Runs the open application's functions on this computer: keeps the runtime, puts each function
/// in place from the user's own folder, invokes, serves with triggers, stops.
///
/// Everything put here is leased: it goes when this object does. After the runtime was lost and
/// came back, everything is put again.
class LocalRunner final : public QObject
{
    Q_OBJECT

public:
    explicit LocalRunner(Project *project, QObject *parent = nullptr);
    ~LocalRunner() override;

    enum class State { Starting, Ready, Lost, Failed };
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] runtime::Client *client() const { return m_runtime.client(); }
    void start();
    void stop(); ///< Lets go of the runtime; what was put here goes.

    /// Answered by invoked() or failed(), once.
    void invoke(const std::string &function, const std::string &event);
    void cancelInvocations();
    [[nodiscard]] bool isInvoking() const { return m_running > 0; }

    /// With triggers and gateway, or without.
    void setServing(bool serving);
    [[nodiscard]] bool isServing() const { return m_serving; }
    [[nodiscard]] QString gatewayAddress() const { return m_gateway; }

    /// Brings the newest version of \a function into place and tells \a then how it went.
    void put(const std::string &function, std::function<void(runtime::Result<>)> then);

    [[nodiscard]] const std::map<std::string, runtime::FunctionState> &functions() const
    {
        return m_functions;
    }

Q_SIGNALS:
    void stateChanged();
    void servingChanged();
    void runningChanged();
    void functionsChanged();
    void invoked(const runtime::Invocation &invocation);
    void happened(const runtime::Happening &happening);
    void failed(const runtime::Error &error);

private:
    void onReady();
    void onHappened(const runtime::Happening &happening);
    void putAll();
    void put(const runtime::ApplicationFunction &function,
             std::function<void(runtime::Result<>)> then);

    Project *m_project;
    runtime::LocalRuntime m_runtime;
    std::unique_ptr<runtime::Subscription> m_subscription;
    std::map<std::string, runtime::FunctionState> m_functions;
    std::set<std::string> m_put; ///< Names that were put on the present connection.
    std::stop_source m_stop;
    State m_state = State::Starting;
    QString m_gateway;
    bool m_serving = false;
    int m_running = 0;
};

} // namespace app
