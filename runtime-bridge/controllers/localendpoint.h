#pragma once

#include "runtime-bridge/controllers/openwhiskcontroller.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace runtime {

struct LocalEndpointOptions {
    QString program; ///< Path of edgewrightd; empty: beside this program, else in PATH.
    QString folder;  ///< Of its runtime; empty: endpoint/ in the state folder.
    int port = 3233;

    /// These, with the port of $EDGEWRIGHT_ENDPOINT_PORT where it is set.
    [[nodiscard]] static LocalEndpointOptions fromEnvironment();
};

/// This computer's own controller: a runtime in the state folder's endpoint/, behind an
/// OpenWhisk-compatible API on loopback. It is started when nobody answers, outlives this program,
/// and is what Deploy uses on a machine with no account anywhere.
class LocalEndpoint final : public QObject
{
    Q_OBJECT

public:
    using Options = LocalEndpointOptions;
    explicit LocalEndpoint(Options options = {}, QObject *parent = nullptr);
    ~LocalEndpoint() override;

    /// The way in, once it answers. ErrorCode::RuntimeMissing: no edgewrightd; PortInUse: somebody
    /// else has the port; ControllerUnreachable: it did not come up, detail: the end of its log.
    [[nodiscard]] Controller::Reply<WhiskAccess> start(std::stop_token stop);

private:
    enum class Presence { Nobody, Ours, Another };
    Controller::Reply<Presence> look(std::stop_token stop);
    Controller::Reply<> launch();
    Controller::Reply<WhiskAccess> access() const;
    [[nodiscard]] std::string address() const;
    [[nodiscard]] QString authFile() const;

    Options m_options;
    std::unique_ptr<WebClient> m_web;
};

} // namespace runtime
