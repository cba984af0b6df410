#pragma once

#include "runtime-bridge/client/client.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace runtime {

/// Keeps this computer's runtime running and reachable: starts the program when nobody answers on
/// its socket, replaces one of another build, starts it again when it died.
///
/// The runtime is shared by every window and command of the user and outlives them for a while.
/// Three deaths within a minute end in failed() instead of another start.
class LocalRuntime final : public QObject
{
    Q_OBJECT

public:
    struct Options {
        QString program; ///< Path of edgewrightd; empty: beside this program, else in PATH.
        QString folder;  ///< The runtime's folder; empty: localRuntimeFolder().
    };

    explicit LocalRuntime(Options options = {}, QObject *parent = nullptr);
    ~LocalRuntime() override;

    void start();
    /// Lets go of the runtime, which runs on; no signal follows.
    void stop();
    /// Null while there is no connection. Valid until lost() or failed().
    [[nodiscard]] Client *client() const;

Q_SIGNALS:
    void ready();
    /// The runtime went away; another start is under way.
    void lost(const runtime::Error &error);
    /// It cannot be started; start() tries again.
    void failed(const runtime::Error &error);

private:
    void connectToRuntime();
    void onReady();
    void onLost(const Error &error);
    bool launch();

    Options m_options;
    std::unique_ptr<Client> m_client;
    QTimer m_retry;
    std::chrono::steady_clock::time_point m_deadline;
    std::vector<std::chrono::steady_clock::time_point> m_deaths;
    bool m_launched = false;
    bool m_replacing = false;
    QString m_programDigest;
};

} // namespace runtime
