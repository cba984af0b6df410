#include "runtime-bridge/controllers/openwhiskcontroller.h"

#include "runtime-bridge/controllers/functionpackage.h"
#include "runtime-bridge/controllers/webclient.h"
#include "runtime-bridge/controllers/whiskvalues.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <QElapsedTimer>
#include <QHostAddress>
#include <QTimer>
#include <QtConcurrent>

#include <algorithm>
#include <map>

namespace runtime {

using nlohmann::json;
using Change = PlanItem::Change;
using namespace std::chrono_literals;

namespace {

constexpr int pageSize = 200;           ///< The most that a list gives at once.
constexpr auto sendLimit = 180s;        ///< For code of any size over a slow line.
constexpr auto blockingLimit = 75s;     ///< OpenWhisk itself cuts at 60 s.
constexpr auto activationLimit = 15min; ///< For one that was cut.
constexpr auto activationInterval = 500ms;

std::string encoded(const std::string &name)
{
    return QUrl::toPercentEncoding(QString::fromStdString(name), "/").toStdString();
}

Controller::Reply<> pause(QObject *context, std::chrono::milliseconds time)
{
    const auto promise = std::make_shared<QPromise<Result<>>>();
    promise->start();
    QTimer::singleShot(time, context, [promise] {
        promise->addResult(Result<>());
        promise->finish();
    });
    return promise->future();
}

bool isUnencrypted(const QUrl &url)
{
    const bool isHere =
        QHostAddress(url.host()).isLoopback() || url.host() == QStringLiteral("localhost");
    return url.scheme() != QStringLiteral("https") && !isHere;
}

} // namespace

struct OpenWhiskController::Call {
    QByteArray verb = "GET";
    std::string path; ///< Below the namespace: "actions/hello?code=false"; empty: the API's root.
    std::string body = {};    ///< JSON text.
    std::string subject = {}; ///< For errors; empty: the endpoint.
    std::chrono::milliseconds limit{20'000};
    bool isGivenAsIs = false; ///< Whatever its status is.
};

struct OpenWhiskController::Answer {
    int status = 0;
    json body;
    WhiskAccess access;
};

struct OpenWhiskController::Work {
    DeploymentRequest request;
    std::vector<FunctionPackage> packages;
    DeploymentPlan plan;
    std::map<std::string, const FunctionPackage *> byName;
    Deployment done;

    void compare(const std::vector<json> &actions);
};

void OpenWhiskController::Work::compare(const std::vector<json> &actions)
{
    std::map<std::string, const json *> there;
    for (const json &action : actions)
        there[deployedFunctionOf(action).name] = &action;
    for (const FunctionPackage &package : packages) {
        const std::string &name = package.spec.name;
        byName[name] = &package;
        plan.findings.insert(plan.findings.end(), package.findings.begin(), package.findings.end());
        const auto found = there.find(name);
        if (found == there.end()) {
            plan.items.push_back({Change::Create, name, package.zip.size(), "new"});
            continue;
        }
        const DeployedFunction deployed = deployedFunctionOf(*found->second);
        if (packageDigestOf(*found->second) == package.digest && deployed.fault.type.empty() &&
            deployed.application == request.application) {
            plan.items.push_back({Change::Keep, name, 0, "unchanged"});
            continue;
        }
        plan.items.push_back(
            {Change::Change, name, package.zip.size(), "code or settings changed"});
        if (deployed.application != request.application)
            plan.findings.push_back(
                {PortabilityFinding::Severity::Warning, name,
                 deployed.application.empty()
                     ? "It replaces an action that was not deployed from here."
                     : "It replaces the one of the application " + deployed.application + '.'});
    }
    for (const auto &[name, action] : there)
        if (request.isWhole && !byName.contains(name) && !request.application.empty() &&
            deployedFunctionOf(*action).application == request.application)
            plan.items.push_back({Change::Remove, name, 0, "no longer in the application"});
}

OpenWhiskController::OpenWhiskController(Access access, QObject *parent)
    : Controller(parent), m_access(std::move(access)), m_web(std::make_unique<WebClient>())
{
}

OpenWhiskController::OpenWhiskController(WhiskAccess access, QObject *parent)
    : OpenWhiskController(
          [access = std::move(access)](std::stop_token) { return ready<WhiskAccess>(access); },
          parent)
{
}

OpenWhiskController::~OpenWhiskController() = default;

Controller::Reply<OpenWhiskController::Answer> OpenWhiskController::call(const Call &call,
                                                                         std::stop_token stop)
{
    return andThen(m_access(stop), this, [this, call, stop](const WhiskAccess &access) {
        WebRequest request;
        request.verb = call.verb;
        const QString below = QStringLiteral("/api/v1/namespaces/%1/%2")
                                  .arg(access.nameSpace, QString::fromStdString(call.path));
        const QString base = access.endpoint.toString(QUrl::StripTrailingSlash);
        request.url = QUrl(base + (call.path.empty() ? QStringLiteral("/api/v1") : below));
        request.headers = {
            {"Authorization", "Basic " + QByteArray::fromStdString(access.auth).toBase64()},
            {"Accept", "application/json"},
            {"Content-Type", "application/json"}};
        request.body = QByteArray::fromStdString(call.body);
        request.limit = call.limit;
        request.mayRepeat = call.verb != "POST"; // the others say what shall be, not what to do
        request.subject = access.endpoint.toString().toStdString();
        const std::string subject = call.subject.empty() ? request.subject : call.subject;
        return andThen(
            m_web->send(request, stop), this, [call, access, subject](const WebReply &reply) {
                Answer answer{reply.status,
                              readJson({reply.body.data(), std::size_t(reply.body.size())}),
                              access};
                const bool isGood = reply.status >= 200 && reply.status < 300;
                if (!isGood && !call.isGivenAsIs)
                    return ready<Answer>(
                        tl::unexpected(refusalOf(reply.status, answer.body, subject)));
                if (isGood && answer.body.is_discarded())
                    return ready<Answer>(
                        failure(ErrorCode::ControllerRefused, subject, "the answer is no JSON"));
                return ready<Answer>(std::move(answer));
            });
    });
}

Controller::Reply<ControllerInfo> OpenWhiskController::check(std::stop_token stop)
{
    return andThen(call({"GET", "actions?limit=1"}, stop), this, [this, stop](const Answer &) {
        return andThen(call({"GET", ""}, stop), this, [](const Answer &answer) {
            ControllerInfo info;
            info.address = answer.access.endpoint.toString().toStdString();
            const bool isObject = answer.body.is_object();
            const json description = isObject ? answer.body.value("description", json()) : json();
            info.description =
                description.is_string() ? description.get<std::string>() : "OpenWhisk";
            if (isUnencrypted(answer.access.endpoint))
                info.findings.push_back(
                    {PortabilityFinding::Severity::Warning,
                     {},
                     "The key travels unencrypted: the endpoint is not https."});
            return ready<ControllerInfo>(std::move(info));
        });
    });
}

Controller::Reply<std::vector<json>> OpenWhiskController::list(std::vector<json> found,
                                                               std::stop_token stop)
{
    const std::string path =
        "actions?limit=" + std::to_string(pageSize) + "&skip=" + std::to_string(found.size());
    return andThen(call({"GET", path}, stop), this,
                   [this, found = std::move(found), stop](const Answer &answer) mutable {
                       for (const json &action : answer.body)
                           found.push_back(action);
                       if (answer.body.size() < pageSize)
                           return ready<std::vector<json>>(std::move(found));
                       return list(std::move(found), stop);
                   });
}

Controller::Reply<std::shared_ptr<OpenWhiskController::Work>>
OpenWhiskController::prepare(const DeploymentRequest &request, std::stop_token stop)
{
    using Packages = std::vector<FunctionPackage>;
    const auto pack = [request, stop]() -> Result<Packages> {
        Packages packages;
        for (const ApplicationFunction &function : request.functions) {
            if (stop.stop_requested())
                return failure(ErrorCode::Cancelled, function.spec.name);
            Result<FunctionPackage> package = createPackage(function);
            if (!package)
                return tl::unexpected(package.error());
            packages.push_back(std::move(*package));
        }
        return packages;
    };
    return andThen(QtConcurrent::run(pack), this, [this, request, stop](Packages packages) {
        const auto work = std::make_shared<Work>();
        work->request = request;
        work->packages = std::move(packages);
        return andThen(list({}, stop), this, [work](const std::vector<json> &actions) {
            work->compare(actions);
            return ready<std::shared_ptr<Work>>(work);
        });
    });
}

Controller::Reply<DeploymentPlan> OpenWhiskController::plan(const DeploymentRequest &request,
                                                            std::stop_token stop)
{
    return andThen(prepare(request, stop), this, [](const std::shared_ptr<Work> &work) {
        return ready<DeploymentPlan>(work->plan);
    });
}

Controller::Reply<Deployment> OpenWhiskController::deploy(const DeploymentRequest &request,
                                                          std::stop_token stop)
{
    return andThen(prepare(request, stop), this, [this, stop](const std::shared_ptr<Work> &work) {
        for (const PortabilityFinding &finding : work->plan.findings)
            if (finding.severity == PortabilityFinding::Severity::Error)
                return ready<Deployment>(
                    failure(ErrorCode::ControllerRefused, finding.subject, finding.message));
        return deployRest(work, stop);
    });
}

Controller::Reply<Deployment> OpenWhiskController::deployRest(std::shared_ptr<Work> work,
                                                              std::stop_token stop)
{
    if (work->done.items.size() == work->plan.items.size())
        return ready<Deployment>(work->done);
    return andThen(deployNext(work, stop), this, [this, work, stop](const DeploymentItem &item) {
        work->done.items.push_back(item);
        Q_EMIT deployed(item);
        return deployRest(work, stop);
    });
}

Controller::Reply<DeploymentItem> OpenWhiskController::deployNext(const std::shared_ptr<Work> &work,
                                                                  std::stop_token stop)
{
    const PlanItem &planned = work->plan.items.at(work->done.items.size());
    DeploymentItem item{planned.change, planned.name, {}, {}, planned.bytes, 0};
    const auto package = work->byName.find(planned.name);
    if (package != work->byName.end())
        item.bundle = package->second->bundle;
    if (planned.change == Change::Keep)
        return ready<DeploymentItem>(item);

    const bool isRemoval = planned.change == Change::Remove;
    Call request{isRemoval ? "DELETE" : "PUT", "actions/" + encoded(planned.name)};
    request.subject = planned.name;
    request.limit = sendLimit;
    if (!isRemoval) {
        request.path += "?overwrite=true";
        request.body = actionBody(*package->second, work->request.application);
    }
    QElapsedTimer timer;
    timer.start();
    return andThen(call(request, stop), this, [item, timer](const Answer &answer) mutable {
        const DeployedFunction now = deployedFunctionOf(answer.body);
        if (!now.fault.type.empty())
            return ready<DeploymentItem>(
                failure(ErrorCode::FunctionInitFailed, item.name, toJson(now.fault).dump()));
        item.version = now.version;
        item.ms = timer.elapsed();
        return ready<DeploymentItem>(item);
    });
}

Controller::Reply<Invocation> OpenWhiskController::invoke(const std::string &function,
                                                          const std::string &event,
                                                          std::stop_token stop)
{
    const Result<std::string> body = whiskEvent(event);
    if (!body)
        return ready<Invocation>(tl::unexpected(body.error()));
    Call request{"POST", "actions/" + encoded(function) + "?blocking=true", *body, function};
    request.limit = blockingLimit;
    request.isGivenAsIs = true;
    return andThen(call(request, stop), this, [this, function, event, stop](const Answer &answer) {
        const bool isObject = answer.body.is_object();
        const std::string id =
            isObject ? answer.body.value("activationId", std::string()) : std::string();
        if (id.empty())
            return ready<Invocation>(
                tl::unexpected(refusalOf(answer.status, answer.body, function)));
        if (!answer.body.contains("response"))
            return waitFor(id, function, activationLimit, stop);
        Invocation invocation = invocationOf(answer.body);
        invocation.function = function;
        invocation.event = event;
        return ready<Invocation>(std::move(invocation));
    });
}

Controller::Reply<Invocation> OpenWhiskController::waitFor(const std::string &id,
                                                           const std::string &function,
                                                           std::chrono::milliseconds left,
                                                           std::stop_token stop)
{
    Call request{"GET", "activations/" + id, {}, function};
    request.isGivenAsIs = true;
    return andThen(call(request, stop), this, [=, this](const Answer &answer) {
        if (answer.status == 200)
            return ready<Invocation>(invocationOf(answer.body));
        if (answer.status != 404)
            return ready<Invocation>(
                tl::unexpected(refusalOf(answer.status, answer.body, function)));
        if (left <= 0ms)
            return ready<Invocation>(failure(ErrorCode::ControllerUnreachable, function,
                                             "the activation " + id + " does not end"));
        return andThen(pause(this, activationInterval), this, [=, this] {
            return waitFor(id, function, left - activationInterval, stop);
        });
    });
}

Controller::Reply<std::vector<LogLine>> OpenWhiskController::logs(const std::string &function,
                                                                  int limit, std::stop_token stop)
{
    const std::string name =
        function.empty()
            ? std::string()
            : "&name=" + QUrl::toPercentEncoding(QString::fromStdString(function)).toStdString();
    const std::string path =
        "activations?docs=true&limit=" + std::to_string(std::clamp(limit, 1, pageSize)) + name;
    return andThen(call({"GET", path}, stop), this, [limit](const Answer &answer) {
        std::vector<LogLine> lines;
        for (auto activation = answer.body.rbegin(); activation != answer.body.rend(); ++activation)
            std::ranges::move(invocationOf(*activation).log, std::back_inserter(lines));
        const std::size_t most = std::size_t(std::max(limit, 0));
        if (lines.size() > most)
            lines.erase(lines.begin(), lines.end() - std::ptrdiff_t(most));
        return ready<std::vector<LogLine>>(std::move(lines));
    });
}

Controller::Reply<std::vector<DeployedFunction>> OpenWhiskController::status(std::stop_token stop)
{
    return andThen(list({}, stop), this, [](const std::vector<json> &actions) {
        std::vector<DeployedFunction> functions;
        for (const json &action : actions)
            functions.push_back(deployedFunctionOf(action));
        return ready<std::vector<DeployedFunction>>(std::move(functions));
    });
}

Controller::Reply<> OpenWhiskController::remove(const std::string &function, std::stop_token stop)
{
    return andThen(call({"DELETE", "actions/" + encoded(function), {}, function}, stop), this,
                   [](const Answer &) { return ready<void>(Result<>()); });
}

} // namespace runtime
