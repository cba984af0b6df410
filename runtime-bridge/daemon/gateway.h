#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/invoker.h"
#include "runtime-bridge/daemon/routes.h"

#include <functional>
#include <optional>
#include <string>

namespace runtime {

/// The functions over HTTP: each http trigger of an armed function is a route, and every function
/// is at /function/<name>. An answer carries the invocation's id in X-Invocation-Id; a failed one
/// is
/// {"error": {"type", "message"}} with 502 (the function; 500 where it answers requests itself),
/// 504 (time) or 429 (over its limit).
/// Asked to (Prefer: respond-async, or as the clouds ask), and always for functions of form task,
/// it accepts a request with 202 and the task's id. Browsers of any origin are answered (CORS).
/// Requests for services are passed on as they come; a service is also at <name>.localhost. A
/// function whose shim can do it answers as it goes on, and reads a long body as it comes.
/// Everything on the context's thread.
class Gateway : private HttpPasser
{
public:
    Gateway(boost::asio::io_context &context, Invoker &invoker, HttpLimits limits = {});

    /// Listens on loopback unless \a host says otherwise; port 0: any. Its address,
    /// "http://127.0.0.1:43211"; the same answer while it runs. ErrorCode::PortInUse.
    [[nodiscard]] Result<std::string> start(int port, const std::string &host = "127.0.0.1");
    void stop(); ///< See HttpServer::stop().

    /// What GET /_metrics answers, unless a function has that route.
    std::function<std::string()> metrics;
    /// Asked first about every request: the runtime's own paths.
    std::function<std::optional<HttpResponse>(const HttpRequest &)> ownAnswer;

private:
    bool takes(const HttpRequest &request) override;
    bool streams(const HttpRequest &request) override;
    std::optional<HttpResponse> pass(HttpPass &pass, HttpRequest request,
                                     boost::asio::yield_context yield) override;
    RouteMatch routeOf(const HttpRequest &request);
    [[nodiscard]] bool isForMetrics(const HttpRequest &request, const RouteMatch &route) const;
    HttpResponse answer(const HttpRequest &request, boost::asio::yield_context yield);
    HttpResponse invoke(const HttpRequest &request, const RouteMatch &route,
                        boost::asio::yield_context yield);
    HttpResponse submit(const InvokeRequest &call);
    const Routes &routes();

    boost::asio::io_context &m_context;
    Invoker &m_invoker;
    HttpServer m_server;
    std::string m_address;
    Routes m_routes;
    std::uint64_t m_revision = 0; ///< Of the invoker when m_routes was made.
};

} // namespace runtime
