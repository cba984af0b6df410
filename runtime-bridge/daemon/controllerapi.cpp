#include "runtime-bridge/daemon/controllerapi.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/auth.h"
#include "runtime-bridge/daemon/httpevent.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/whiskactivation.h"
#include "runtime-bridge/daemon/whiskstore.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <optional>

namespace runtime {

namespace asio = boost::asio;
using nlohmann::json;

namespace {

constexpr int defaultLimit = 30;
constexpr int greatestLimit = 200;

HttpResponse answer(int status, const json &body)
{
    return jsonResponse(status, body.dump(-1, ' ', false, json::error_handler_t::replace));
}

HttpResponse refusal(int status, const std::string &error)
{
    return answer(status, {{"error", error}, {"code", createId()}});
}

HttpResponse noSuchThing()
{
    return refusal(404, "The requested resource does not exist.");
}

HttpResponse wrongMethod()
{
    return refusal(405, "HTTP method not allowed.");
}

HttpResponse refusal(const Error &error)
{
    switch (error.code) {
    case ErrorCode::RequestInvalid:
    case ErrorCode::EventInvalid: return refusal(400, error.detail);
    case ErrorCode::FunctionUnknown: return noSuchThing();
    case ErrorCode::InterpreterMissing:
        return refusal(400, "The interpreter " + error.subject + " is not installed here.");
    default: return refusal(500, std::string(wireName(error.code)) + ": " + error.detail);
    }
}

/// Why code cannot be run, where that is the code's own doing.
std::optional<Fault> faultOf(const Error &error)
{
    if (error.code == ErrorCode::RequestInvalid)
        return Fault{"BadArchive", error.detail, {}};
    if (error.code != ErrorCode::FunctionInitFailed)
        return std::nullopt;
    const json detail = json::parse(error.detail, nullptr, false);
    const Result<Fault> fault = fromJson<Fault>(detail.is_object() ? detail : json::object());
    return fault && !fault->type.empty() ? *fault : Fault{"InitFailed", error.detail, {}};
}

json withoutCode(json action)
{
    action["exec"].erase("code");
    return action;
}

json merged(const json &parameters, json event)
{
    for (const json &item : parameters)
        if (const auto key = item["key"].get<std::string>(); !event.contains(key))
            event[key] = item.value("value", json());
    return event;
}

json packageJson(const WhiskPackage &package)
{
    return {{"namespace", "guest"},
            {"name", package.name},
            {"version", "0.0." + std::to_string(package.version)},
            {"publish", false},
            {"annotations", package.annotations},
            {"parameters", package.parameters},
            {"binding", json::object()},
            {"updated", package.updatedMs}};
}

json about()
{
    return {{"description", "Edgewright"},
            {"api_paths", {"/api/v1"}},
            {"runtimes",
             {{"nodejs", json::array({{{"kind", "nodejs:default"}}, {{"kind", "nodejs:20"}}})},
              {"python", json::array({{{"kind", "python:default"}}, {{"kind", "python:3"}}})}}}};
}

/// Everything of a request that a handler needs.
struct Call {
    const HttpRequest &request;
    std::vector<std::string> path; ///< Decoded segments after the namespace's name.
    std::vector<std::pair<std::string, std::string>> query;
    json body;

    [[nodiscard]] bool is(std::string_view method) const { return request.method == method; }
    [[nodiscard]] bool isSet(std::string_view name) const { return value(name) == "true"; }
    [[nodiscard]] std::string value(std::string_view name) const
    {
        for (const auto &[key, value] : query)
            if (key == name)
                return value;
        return {};
    }
    /// Nothing when it is no number from \a least on.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name, std::int64_t otherwise,
                                                     std::int64_t least = 0) const
    try {
        const std::string text = value(name);
        if (text.empty())
            return otherwise;
        std::size_t read = 0;
        const std::int64_t number = std::stoll(text, &read);
        return read == text.size() && number >= least ? std::optional(number) : std::nullopt;
    } catch (const std::exception &) {
        return std::nullopt;
    }
};

std::vector<std::string> segmentsOf(std::string_view path)
{
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(path.front() == '/' ? 1 : 0);
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        if (!segment.empty())
            segments.push_back(percentDecoded(segment));
    }
    return segments;
}

} // namespace

struct ControllerApi::Private : std::enable_shared_from_this<Private> {
    Private(asio::io_context &io, Invoker &functions, Records &past, ControllerOptions chosen);

    asio::io_context &context;
    Invoker &invoker;
    Records &records;
    ControllerOptions options;
    std::string auth;
    WhiskStore store;
    std::unique_ptr<HttpServer> server;

    HttpResponse answerTo(const HttpRequest &request, asio::yield_context yield);
    HttpResponse inNamespace(Call &call, asio::yield_context yield);

    HttpResponse onActions(const Call &call, asio::yield_context yield);
    HttpResponse listActions(const Call &call, const std::string &package);
    HttpResponse getAction(const Call &call, const WhiskAction &action);
    HttpResponse putAction(const Call &call, const std::string &name, asio::yield_context yield);
    HttpResponse putFunction(WhiskAction action, bool isNew, asio::yield_context yield);
    HttpResponse removeAction(const WhiskAction &action);

    HttpResponse invoke(const Call &call, const WhiskAction &action, asio::yield_context yield);
    /// Nothing when it takes longer than \a limit; it goes on all the same.
    std::optional<Result<Invocation>> invokeFor(std::chrono::milliseconds limit,
                                                InvokeRequest request, asio::yield_context yield);
    void invokeAlone(InvokeRequest request);

    HttpResponse onPackages(const Call &call);
    HttpResponse putPackage(const Call &call, const std::string &name);
    HttpResponse onActivations(const Call &call);
    HttpResponse listActivations(const Call &call);
    WhiskAction actionOf(const Invocation &invocation) const;
};

ControllerApi::Private::Private(asio::io_context &io, Invoker &functions, Records &past,
                                ControllerOptions chosen)
    : context(io), invoker(functions), records(past), options(std::move(chosen))
{
    HttpLimits limits;
    limits.body = 64u << 20; // OpenWhisk's 48 MB of code, as base64
    server = std::make_unique<HttpServer>(
        context,
        [this](const HttpRequest &request, asio::yield_context yield) {
            return answerTo(request, yield);
        },
        limits);
}

HttpResponse ControllerApi::Private::answerTo(const HttpRequest &request, asio::yield_context yield)
{
    std::vector<std::string> path = segmentsOf(request.path());
    if (request.method == "GET" && path == std::vector<std::string>{"ping"})
        return textResponse(200, "pong");
    if (request.method == "GET" && (path.empty() || path == std::vector<std::string>{"api", "v1"}))
        return answer(200, about());
    if (!isAuthorized(request.header("authorization"), auth)) {
        HttpResponse refused = refusal(401, request.header("authorization").empty()
                                                ? "The resource requires authentication, which "
                                                  "was not supplied with the request."
                                                : "The supplied authentication is invalid.");
        refused.headers.emplace_back("www-authenticate", "Basic realm=\"Edgewright\"");
        return refused;
    }
    if (path.size() < 3 || path[0] != "api" || path[1] != "v1" || path[2] != "namespaces")
        return noSuchThing();
    if (path.size() == 3)
        return request.method == "GET" ? answer(200, json::array({"guest"})) : wrongMethod();
    if (path[3] != "_" && path[3] != "guest")
        return refusal(403, "The supplied authentication is not authorized to access '" + path[3] +
                                "'.");
    Call call{request, {path.begin() + 4, path.end()}, queryPairs(request.query()), json::object()};
    if (!trimmed(request.body).empty()) {
        call.body = readJson(request.body);
        if (!call.body.is_object())
            return refusal(400, "The request content was malformed:\nExpected a JSON object.");
    }
    return inNamespace(call, yield);
}

HttpResponse ControllerApi::Private::inNamespace(Call &call, asio::yield_context yield)
{
    const std::string entity = call.path.empty() ? std::string() : call.path.front();
    if (!call.path.empty())
        call.path.erase(call.path.begin());
    if (entity == "actions")
        return onActions(call, yield);
    if (entity == "packages")
        return onPackages(call);
    if (entity == "activations")
        return onActivations(call);
    if ((entity == "triggers" || entity == "rules") && call.is("GET") && call.path.empty())
        return answer(200, json::array()); // there are none here, and clients ask for all kinds
    return noSuchThing();
}

HttpResponse ControllerApi::Private::onActions(const Call &call, asio::yield_context yield)
{
    std::string name;
    for (const std::string &segment : call.path)
        name += (name.empty() ? "" : "/") + segment;
    const bool isPackageList =
        call.is("GET") && !name.empty() && call.request.path().ends_with('/');
    if (name.empty() || isPackageList)
        return call.is("GET") ? listActions(call, name) : wrongMethod();
    if (!isActionName(name))
        return refusal(400, "The name '" + name + "' is not allowed.");
    if (call.is("PUT"))
        return putAction(call, name, yield);
    const WhiskAction *const action = store.find(name);
    if (!action)
        return noSuchThing();
    if (call.is("GET"))
        return getAction(call, *action);
    if (call.is("POST"))
        return invoke(call, *action, yield);
    return call.is("DELETE") ? removeAction(*action) : wrongMethod();
}

HttpResponse ControllerApi::Private::listActions(const Call &call, const std::string &package)
{
    const std::optional<std::int64_t> limit = call.number("limit", defaultLimit);
    const std::optional<std::int64_t> skip = call.number("skip", 0);
    if (!limit || !skip || *limit > greatestLimit)
        return refusal(400, "The value of 'limit' must be 0 to 200 and 'skip' not negative.");
    json list = json::array();
    std::int64_t index = 0;
    for (const WhiskAction &action : store.actions()) {
        if (!package.empty() && action.package() != package)
            continue;
        const std::int64_t place = index++ - *skip;
        if (place >= 0 && place < (*limit == 0 ? greatestLimit : *limit))
            list.push_back(withoutCode(toWhiskJson(action, false)));
    }
    return call.isSet("count") ? answer(200, {{"actions", index}}) : answer(200, list);
}

HttpResponse ControllerApi::Private::getAction(const Call &call, const WhiskAction &action)
{
    if (call.value("code") == "false")
        return answer(200, toWhiskJson(action, false));
    const Result<WhiskAction> whole = store.withCode(action.name);
    return whole ? answer(200, toWhiskJson(*whole, true)) : refusal(whole.error());
}

HttpResponse ControllerApi::Private::putAction(const Call &call, const std::string &name,
                                               asio::yield_context yield)
{
    const bool isNew = !store.find(name);
    if (!isNew && !call.isSet("overwrite"))
        return refusal(409, "resource already exists");
    WhiskAction action;
    action.name = name;
    if (!isNew) {
        Result<WhiskAction> before = store.withCode(name);
        if (before)
            action = std::move(*before);
    }
    Result<WhiskAction> changed = updated(std::move(action), call.body);
    if (!changed)
        return refusal(changed.error());
    changed->updatedMs = nowUs() / 1'000;
    return putFunction(std::move(*changed), isNew, yield);
}

HttpResponse ControllerApi::Private::putFunction(WhiskAction action, bool isNew,
                                                 asio::yield_context yield)
{
    Result<PutRequest> function = functionOf(action);
    const Result<PutResult> put = function ? invoker.put(std::move(*function), 0, yield)
                                           : Result<PutResult>(tl::unexpected(function.error()));
    if (!put) {
        const std::optional<Fault> fault = faultOf(put.error());
        if (!fault)
            return refusal(put.error());
        const WhiskAction *const before = store.find(action.name);
        if (!isNew && before && before->fault.type.empty())
            return refusal(400, "Initialization has failed due to: " + fault->type + ": " +
                                    fault->message + "\nThe version before goes on serving.");
        action.fault = *fault;
    }
    if (const Result<> stored = store.put(action); !stored)
        return refusal(stored.error());
    return answer(200, toWhiskJson(action, true));
}

HttpResponse ControllerApi::Private::removeAction(const WhiskAction &action)
{
    const json last = toWhiskJson(action, false);
    const Result<> removed = invoker.remove(functionNameOf(action.name));
    if (!removed && removed.error().code != ErrorCode::FunctionUnknown)
        return refusal(removed.error());
    store.remove(action.name);
    return answer(200, last);
}

HttpResponse ControllerApi::Private::invoke(const Call &call, const WhiskAction &found,
                                            asio::yield_context yield)
{
    const WhiskAction action = found; // it may be changed or deleted meanwhile
    const std::optional<std::int64_t> limit = call.number("timeout", options.blocking.count(), 1);
    if (!limit)
        return refusal(400, "The value of 'timeout' must be a number of milliseconds.");
    json event = merged(action.parameters, call.body);
    if (const WhiskPackage *package = store.findPackage(action.package()))
        event = merged(package->parameters, std::move(event));
    InvokeRequest request{functionNameOf(action.name), event.dump(), "manual", createSortableId(),
                          callerOf(call.request)};
    const json accepted{{"activationId", request.id}};
    const bool isBlocking = call.isSet("blocking");

    if (!action.fault.type.empty()) { // the runtime never took it
        Invocation failed;
        failed.id = request.id;
        failed.function = request.function;
        failed.trigger = request.trigger;
        failed.event = request.event;
        failed.outcome = Outcome::FunctionError;
        failed.fault = action.fault;
        failed.fault.message = "Initialization has failed due to: " + action.fault.message;
        failed.startUs = nowUs();
        records.add(failed);
        return isBlocking ? answer(502, activationOf(failed, action)) : answer(202, accepted);
    }
    if (!isBlocking) {
        invokeAlone(std::move(request));
        return answer(202, accepted);
    }
    const auto wait = std::min(options.blocking, std::chrono::milliseconds(*limit));
    const std::optional<Result<Invocation>> ended = invokeFor(wait, std::move(request), yield);
    if (!ended)
        return answer(202, accepted);
    if (!*ended)
        return refusal(ended->error());
    const WhiskResponse response = whiskResponseOf(**ended, action.kind);
    const int status = response.status == WhiskResponse::Status::Success         ? 200
                       : response.status == WhiskResponse::Status::InternalError ? 500
                                                                                 : 502;
    HttpResponse reply =
        answer(status, call.isSet("result") ? response.result : activationOf(**ended, action));
    reply.headers.emplace_back("x-openwhisk-activation-id", (*ended)->id);
    return reply;
}

std::optional<Result<Invocation>> ControllerApi::Private::invokeFor(std::chrono::milliseconds limit,
                                                                    InvokeRequest request,
                                                                    asio::yield_context yield)
{
    struct Meeting {
        explicit Meeting(asio::io_context &io) : timer(io) {}
        asio::steady_timer timer;
        std::optional<Result<Invocation>> result;
    };
    // Shared: whoever comes last finds it, the waiting request or the ended invocation.
    const auto meeting = std::make_shared<Meeting>(context);
    meeting->timer.expires_after(limit);
    asio::spawn(
        context,
        [self = shared_from_this(), meeting, request](asio::yield_context inner) {
            meeting->result.emplace(self->invoker.invoke(request, inner));
            meeting->timer.cancel();
        },
        asio::detached);
    boost::system::error_code cancelled;
    if (!meeting->result)
        meeting->timer.async_wait(yield[cancelled]);
    return std::move(meeting->result);
}

void ControllerApi::Private::invokeAlone(InvokeRequest request)
{
    asio::spawn(
        context,
        [self = shared_from_this(), request = std::move(request)](asio::yield_context yield) {
            (void)self->invoker.invoke(request, yield); // its end is in the records
        },
        asio::detached);
}

HttpResponse ControllerApi::Private::onPackages(const Call &call)
{
    if (call.path.empty()) {
        json list = json::array();
        for (const WhiskPackage &package : store.packages())
            list.push_back(packageJson(package));
        return call.is("GET") ? answer(200, list) : wrongMethod();
    }
    const std::string name = call.path.front();
    if (call.path.size() > 1 || !isActionName(name))
        return noSuchThing();
    if (call.is("PUT"))
        return putPackage(call, name);
    const WhiskPackage *const package = store.findPackage(name);
    if (!package)
        return noSuchThing();
    json document = packageJson(*package);
    json actions = json::array();
    for (const WhiskAction &action : store.actions())
        if (action.package() == name)
            actions.push_back({{"name", action.shortName()},
                               {"version", action.versionText()},
                               {"annotations", action.annotations},
                               {"parameters", action.parameters}});
    if (call.is("DELETE")) {
        if (!actions.empty() && !call.isSet("force"))
            return refusal(409, "Package not empty (contains " + std::to_string(actions.size()) +
                                    " entities). Set force param or delete package contents.");
        for (const json &action : actions)
            if (const auto *whole = store.find(name + '/' + action["name"].get<std::string>()))
                (void)removeAction(*whole);
        store.removePackage(name);
        return answer(200, document);
    }
    document["actions"] = std::move(actions);
    document["feeds"] = json::array();
    return call.is("GET") ? answer(200, document) : wrongMethod();
}

HttpResponse ControllerApi::Private::putPackage(const Call &call, const std::string &name)
{
    WhiskPackage package;
    if (const WhiskPackage *const before = store.findPackage(name)) {
        if (!call.isSet("overwrite"))
            return refusal(409, "resource already exists");
        package = *before;
    }
    package.name = name;
    for (const auto &[key, list] : {std::pair{"annotations", &package.annotations},
                                    std::pair{"parameters", &package.parameters}})
        if (const auto given = call.body.find(key); given != call.body.end()) {
            const bool isList =
                given->is_array() && std::ranges::all_of(*given, [](const json &i) {
                    return i.is_object() && i.contains("key") && i["key"].is_string();
                });
            if (!isList)
                return refusal(400, std::string("The request content was malformed:\n'") + key +
                                        "' must be a list of keys and values");
            *list = *given;
        }
    ++package.version;
    package.updatedMs = nowUs() / 1'000;
    if (const Result<> stored = store.putPackage(package); !stored)
        return refusal(stored.error());
    return answer(200, packageJson(package));
}

WhiskAction ControllerApi::Private::actionOf(const Invocation &invocation) const
{
    if (const WhiskAction *const action = store.findByFunction(invocation.function))
        return *action;
    WhiskAction gone;
    gone.name = invocation.function;
    return gone;
}

HttpResponse ControllerApi::Private::onActivations(const Call &call)
{
    if (!call.is("GET"))
        return wrongMethod();
    if (call.path.empty())
        return listActivations(call);
    const std::optional<Invocation> invocation = records.invocation(call.path.front());
    const std::string part = call.path.size() > 1 ? call.path[1] : std::string();
    if (!invocation || call.path.size() > 2)
        return noSuchThing();
    const json activation = activationOf(*invocation, actionOf(*invocation));
    if (part.empty())
        return answer(200, activation);
    if (part == "logs")
        return answer(200, {{"logs", activation["logs"]}});
    if (part == "result")
        return answer(200, activation["response"]);
    return noSuchThing();
}

HttpResponse ControllerApi::Private::listActivations(const Call &call)
{
    const std::optional<std::int64_t> limit = call.number("limit", defaultLimit);
    const std::optional<std::int64_t> skip = call.number("skip", 0);
    const std::optional<std::int64_t> since = call.number("since", 0);
    const std::optional<std::int64_t> upto = call.number("upto", INT64_MAX);
    if (!limit || !skip || !since || !upto || *limit > greatestLimit)
        return refusal(400, "The value of 'limit' must be 0 to 200, the others not negative.");
    const std::string name = call.value("name");
    const std::string function = name.empty() ? std::string() : functionNameOf(name);
    // Times are sorted out below; without them no more is read than is asked for.
    const bool isBounded = *since > 0 || *upto < INT64_MAX || call.isSet("count");
    const int looked =
        isBounded ? 10'000 : int(std::min<std::int64_t>(*skip, 10'000) + greatestLimit);
    json list = json::array();
    std::int64_t index = 0;
    for (const Invocation &invocation : records.invocations(function, looked)) {
        const std::int64_t start = invocation.startUs / 1'000;
        if (start < *since || start > *upto)
            continue;
        const std::int64_t place = index++ - *skip;
        if (place < 0)
            continue;
        if (place >= (*limit == 0 ? greatestLimit : *limit) && !call.isSet("count"))
            break;
        const bool isWhole = call.isSet("docs");
        const auto whole = isWhole ? records.invocation(invocation.id) : std::nullopt; // its log
        list.push_back(activationOf(whole ? *whole : invocation, actionOf(invocation), isWhole));
    }
    return call.isSet("count") ? answer(200, {{"activations", index}}) : answer(200, list);
}

ControllerApi::ControllerApi(asio::io_context &context, Invoker &invoker, Records &records,
                             ControllerOptions options)
    : d(std::make_shared<Private>(context, invoker, records, std::move(options)))
{
}

ControllerApi::~ControllerApi()
{
    stop();
}

Result<std::string> ControllerApi::start()
{
    const std::string &listen = d->options.listen;
    const std::size_t colon = listen.rfind(':');
    std::string host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    const std::string port = colon == std::string::npos ? std::string() : listen.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos)
        return failure(ErrorCode::UsageInvalid, listen, "not ADDRESS:PORT");
    Result<std::string> auth = loadOrCreateAuth(d->options.authFile);
    if (!auth)
        return auth;
    d->auth = std::move(*auth);
    if (const Result<> opened = d->store.open(d->options.folder); !opened)
        return tl::unexpected(opened.error());
    return d->server->start(host, std::stoi(port));
}

void ControllerApi::stop()
{
    d->server->stop();
}

} // namespace runtime
