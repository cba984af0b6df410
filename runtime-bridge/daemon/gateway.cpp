#include "runtime-bridge/daemon/gateway.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/functionstream.h"
#include "runtime-bridge/daemon/httpevent.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/serviceproxy.h"
#include "runtime-bridge/function/dialect.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace runtime {

using nlohmann::json;

namespace {

std::string methodList(const RouteMatch &route)
{
    std::set<std::string> methods(route.methods.begin(), route.methods.end());
    if (methods.empty())
        methods = {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"};
    methods.insert("OPTIONS");
    std::string text;
    for (const std::string &method : methods)
        text += (text.empty() ? "" : ", ") + method;
    return text;
}

bool isPreflight(const HttpRequest &request, const RouteMatch &route)
{
    const bool ownAnswer = std::ranges::find(route.methods, "OPTIONS") != route.methods.end();
    return request.method == "OPTIONS" && !request.header("origin").empty() &&
           !request.header("access-control-request-method").empty() && !ownAnswer;
}

HttpResponse preflightResponse(const HttpRequest &request, const RouteMatch &route)
{
    HttpResponse response{204,
                          {{"access-control-allow-origin", "*"},
                           {"access-control-allow-methods", methodList(route)},
                           {"access-control-max-age", "600"}},
                          {}};
    if (const auto wanted = request.header("access-control-request-headers"); !wanted.empty())
        response.headers.emplace_back("access-control-allow-headers", std::string(wanted));
    return response;
}

HttpResponse errorResponse(int status, const std::string &type, const std::string &message)
{
    return jsonResponse(status, json{{"error", {{"type", type}, {"message", message}}}}.dump(
                                    -1, ' ', false, json::error_handler_t::replace));
}

int statusOf(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Result: return 200;
    case Outcome::Timeout: return 504;
    case Outcome::Rejected: return 429;
    case Outcome::Cancelled: return 503;
    case Outcome::FunctionError:
    case Outcome::OutOfMemory:
    case Outcome::OutOfSpace:
    case Outcome::WorkerDied: break;
    }
    return 502;
}

HttpResponse responseOf(const Invocation &invocation, const RouteMatch &route)
{
    if (invocation.outcome == Outcome::Result)
        return responseOfResult(invocation.result, route.dialect);
    const Fault &fault = invocation.fault;
    const std::string type =
        fault.type.empty() ? std::string(wireName(invocation.outcome)) : fault.type;
    const Dialect *dialect = findDialect(route.dialect);
    const bool isOwnAnswer =
        invocation.outcome == Outcome::FunctionError &&
        (route.form == FunctionForm::Http || (dialect && dialect->shape == HttpShape::Canonical));
    return errorResponse(isOwnAnswer ? 500 : statusOf(invocation.outcome), type, fault.message);
}

int statusOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::FunctionUnknown: return 404;
    case ErrorCode::EventInvalid: return 400;
    default: return 503;
    }
}

/// Whether the caller does not wait: as HTTP has it (RFC 7240), OpenFaaS's path, and the headers of
/// AWS Lambda and Function Compute.
bool isAsync(const HttpRequest &request, const RouteMatch &route)
{
    return route.isAsync || route.form == FunctionForm::Task ||
           toLower(std::string(request.header("prefer"))).find("respond-async") !=
               std::string::npos ||
           toLower(std::string(request.header("x-amz-invocation-type"))) == "event" ||
           toLower(std::string(request.header("x-fc-invocation-type"))) == "async";
}

/// As GitHub signs: X-Hub-Signature-256: sha256=<HMAC of the body>.
bool isSigned(const HttpRequest &request, const std::string &secret)
{
    return !secret.empty() && isSameSecret(request.header("x-hub-signature-256"),
                                           "sha256=" + toHex(hmacOf(secret, request.body)));
}

void allowEveryOrigin(const HttpRequest &request, HttpResponse &response)
{
    const auto isAllow = [](const auto &header) {
        return toLower(header.first) == "access-control-allow-origin";
    };
    if (!request.header("origin").empty() && std::ranges::none_of(response.headers, isAllow))
        response.headers.emplace_back("access-control-allow-origin", "*");
}

} // namespace

Gateway::Gateway(boost::asio::io_context &context, Invoker &invoker, HttpLimits limits)
    : m_context(context)
    , m_invoker(invoker)
    , m_server(
          context,
          [this](const HttpRequest &request, boost::asio::yield_context yield) {
              return answer(request, yield);
          },
          limits, this)
{
}

Result<std::string> Gateway::start(int port, const std::string &host)
{
    if (!m_address.empty())
        return m_address;
    Result<std::string> address = m_server.start(host, port);
    if (address)
        m_address = *address;
    return address;
}

void Gateway::stop()
{
    m_server.stop();
    m_address.clear();
}

const Routes &Gateway::routes()
{
    const std::uint64_t revision = m_invoker.revision();
    if (revision == 0 || revision != m_revision) {
        m_routes = Routes(m_invoker.functions());
        m_revision = revision;
    }
    return m_routes;
}

RouteMatch Gateway::routeOf(const HttpRequest &request)
{
    RouteMatch route = routes().findHost(request.header("host"));
    return route.isPathKnown ? route : routes().find(request.method, request.path());
}

bool Gateway::isForMetrics(const HttpRequest &request, const RouteMatch &route) const
{
    return (!route.isPathKnown || route.isLeftOver) && metrics && request.path() == "/_metrics";
}

bool Gateway::takes(const HttpRequest &request)
{
    const RouteMatch route = routeOf(request);
    const bool isWhole = route.isAsync || route.secret; // both take the whole body
    // What is left over for it does not hide the runtime's own paths.
    const bool isOurs = route.isLeftOver &&
                        (request.path().starts_with("/_queues") ||
                         request.path().starts_with("/_tasks/") || isForMetrics(request, route));
    return route.isService && !route.function.empty() && !isWhole && !isOurs;
}

bool Gateway::streams(const HttpRequest &request)
{
    const RouteMatch route = routeOf(request);
    return route.takesStreams && !route.secret && !isAsync(request, route);
}

std::optional<HttpResponse> Gateway::pass(HttpPass &pass, HttpRequest request,
                                          boost::asio::yield_context yield)
{
    if (request.method.empty()) { // HTTP/2, of which nothing has been read
        if (readHttp2Request(pass, request, yield))
            passHttp2(m_context, m_invoker, pass, request, routeOf(request), yield);
        return std::nullopt;
    }
    const RouteMatch route = routeOf(request);
    const Passed passed = passToService(m_context, m_invoker, pass, request, route, yield);
    if (passed.hasAnswered)
        return std::nullopt;
    const Result<Invocation> &invocation = passed.invocation;
    if (!invocation)
        return errorResponse(statusOf(invocation.error().code),
                             std::string(wireName(invocation.error().code)),
                             invocation.error().detail);
    HttpResponse response = responseOf(*invocation, route);
    response.headers.emplace_back("x-invocation-id", invocation->id);
    return response;
}

HttpResponse Gateway::answer(const HttpRequest &request, boost::asio::yield_context yield)
{
    if (ownAnswer)
        if (std::optional<HttpResponse> own = ownAnswer(request))
            return std::move(*own);
    const RouteMatch route = routeOf(request);
    if (isForMetrics(request, route))
        return {200, {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}}, metrics()};
    if (!route.isPathKnown)
        return textResponse(404, "There is no such route. The routes are:\n" + routes().describe());
    if (isPreflight(request, route))
        return preflightResponse(request, route);
    HttpResponse response;
    if (route.function.empty()) {
        response = textResponse(405, "This route answers to " + methodList(route) + ".\n");
        response.headers.emplace_back("allow", methodList(route));
    } else {
        response = invoke(request, route, yield);
    }
    allowEveryOrigin(request, response);
    return response;
}

HttpResponse Gateway::invoke(const HttpRequest &request, const RouteMatch &route,
                             boost::asio::yield_context yield)
{
    if (route.secret && !isSigned(request, *route.secret))
        return errorResponse(401, "SignatureInvalid",
                             route.secret->empty()
                                 ? "the function's environment has no secret to check with"
                                 : "X-Hub-Signature-256 is missing or not of this body");
    const std::string id = createSortableId();
    const Trace cause = callerOf(request);
    HttpRequest traced = request;
    // A task's attempts have spans of their own: what it is told is its caller.
    tellTrace(traced, isAsync(request, route) ? cause : traceOf(cause, id));
    const InvokeRequest call{route.function, eventOfRequest(traced, route, id),
                             route.secret ? "webhook" : "http", id, cause};
    if (isAsync(request, route))
        return submit(call);
    const auto complete = [&](HttpResponse &head) {
        head.headers.emplace_back("x-invocation-id", id);
        allowEveryOrigin(request, head);
    };
    std::optional<FunctionStream> stream;
    if (request.client)
        stream.emplace(*request.client, route.dialect, complete);
    const Result<Invocation> invocation =
        m_invoker.invokeFor({.stream = stream ? &*stream : nullptr}, call, yield);
    if (request.client && (!invocation || invocation->outcome != Outcome::Result))
        request.client->breakOff();
    if (!invocation)
        return errorResponse(statusOf(invocation.error().code),
                             std::string(wireName(invocation.error().code)),
                             invocation.error().detail);
    HttpResponse response = responseOf(*invocation, route);
    response.headers.emplace_back("x-invocation-id", invocation->id);
    return response;
}

HttpResponse Gateway::submit(const InvokeRequest &call)
{
    const Result<std::string> id = m_invoker.submit(call);
    if (!id)
        return errorResponse(statusOf(id.error().code), std::string(wireName(id.error().code)),
                             id.error().detail);
    HttpResponse response = jsonResponse(202, json{{"id", *id}}.dump());
    response.headers.emplace_back("location", "/_tasks/" + *id);
    response.headers.emplace_back("x-invocation-id", *id);
    return response;
}

} // namespace runtime
