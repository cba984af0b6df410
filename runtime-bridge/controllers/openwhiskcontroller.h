#pragma once

#include "runtime-bridge/controllers/controller.h"

#include <nlohmann/json_fwd.hpp>

#include <QUrl>

#include <chrono>
#include <functional>
#include <memory>

namespace runtime {

class WebClient;

/// Where an OpenWhisk API is and how to be let in.
struct WhiskAccess {
    QUrl endpoint; ///< "http://127.0.0.1:3233"; the API is below /api/v1.
    QString nameSpace = QStringLiteral("_");
    std::string auth; ///< "uuid:key"
};

/// Apache OpenWhisk, and Edgewright's own endpoint, which speaks the same API.
///
/// Functions become actions of the same name. One of another dialect gets an adapter, and events
/// and results that OpenWhisk does not take (anything but a dictionary) travel wrapped. What we
/// deployed carries the annotations "edgewright-bundle" and "edgewright-application".
class OpenWhiskController final : public Controller
{
    Q_OBJECT

public:
    /// Asked before each operation, so that an endpoint can be started first.
    using Access = std::function<Reply<WhiskAccess>(std::stop_token stop)>;

    explicit OpenWhiskController(Access access, QObject *parent = nullptr);
    explicit OpenWhiskController(WhiskAccess access, QObject *parent = nullptr);
    ~OpenWhiskController() override;

    [[nodiscard]] Reply<ControllerInfo> check(std::stop_token stop) override;
    [[nodiscard]] Reply<DeploymentPlan> plan(const DeploymentRequest &request,
                                             std::stop_token stop) override;
    [[nodiscard]] Reply<Deployment> deploy(const DeploymentRequest &request,
                                           std::stop_token stop) override;
    [[nodiscard]] Reply<Invocation> invoke(const std::string &function, const std::string &event,
                                           std::stop_token stop) override;
    [[nodiscard]] Reply<std::vector<LogLine>> logs(const std::string &function, int limit,
                                                   std::stop_token stop) override;
    [[nodiscard]] Reply<std::vector<DeployedFunction>> status(std::stop_token stop) override;
    [[nodiscard]] Reply<> remove(const std::string &function, std::stop_token stop) override;

private:
    struct Work; ///< The functions of one plan or deployment, packed and compared.
    struct Call;
    struct Answer;

    Reply<Answer> call(const Call &call, std::stop_token stop);
    Reply<std::shared_ptr<Work>> prepare(const DeploymentRequest &request, std::stop_token stop);
    /// Every action, page by page.
    Reply<std::vector<nlohmann::json>> list(std::vector<nlohmann::json> found,
                                            std::stop_token stop);
    Reply<Deployment> deployRest(std::shared_ptr<Work> work, std::stop_token stop);
    Reply<DeploymentItem> deployNext(const std::shared_ptr<Work> &work, std::stop_token stop);
    Reply<Invocation> waitFor(const std::string &id, const std::string &function,
                              std::chrono::milliseconds left, std::stop_token stop);

    Access m_access;
    std::unique_ptr<WebClient> m_web;
};

} // namespace runtime
