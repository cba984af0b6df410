#include "runtime-bridge/daemon/gateway.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/httpevent.h"
#include "runtime-bridge/daemon/httptext.h"

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
    case Outcome::WorkerDied: break;
    }
    return 502;
}

HttpResponse responseOf(const Invocation &invocation, const std::string &dialect)
{
    if (invocation.outcome == Outcome::Result)
        return responseOfResult(invocation.result, dialect);
    const Fault &fault = invocation.fault;
    const std::string type =
        fault.type.empty() ? std::string(wireName(invocation.outcome)) : fault.type;
    return errorResponse(statusOf(invocation.outcome), type, fault.message);
}

int statusOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::FunctionUnknown: return 404;
    case ErrorCode::EventInvalid: return 400;
    default: return 503;
    }
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
    : m_invoker(invoker)
    , m_server(
          context,
          [this](const HttpRequest &request, boost::asio::yield_context yield) {
              return answer(request, yield);
          },
          limits)
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

HttpResponse Gateway::answer(const HttpRequest &request, boost::asio::yield_context yield)
{
    const RouteMatch route = routes().find(request.method, request.path());
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
    const std::string id = createId();
    const InvokeRequest call{route.function, eventOfRequest(request, route, id), "http", id};
    const Result<Invocation> invocation = m_invoker.invoke(call, yield);
    if (!invocation)
        return errorResponse(statusOf(invocation.error().code),
                             std::string(wireName(invocation.error().code)),
                             invocation.error().detail);
    HttpResponse response = responseOf(*invocation, route.dialect);
    response.headers.emplace_back("x-invocation-id", invocation->id);
    return response;
}

} // namespace runtime
