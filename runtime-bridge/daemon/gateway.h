#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/invoker.h"
#include "runtime-bridge/daemon/routes.h"

#include <string>

namespace runtime {

/// The functions over HTTP: each http trigger of an armed function is a route, and every function
/// is at /function/<name>. An answer carries the invocation's id in X-Invocation-Id; a failed one
/// is
/// {"error": {"type", "message"}} with 502 (the function), 504 (time) or 429 (over its limit).
/// Browsers of any origin are answered (CORS). Everything on the context's thread.
class Gateway
{
public:
    Gateway(boost::asio::io_context &context, Invoker &invoker, HttpLimits limits = {});

    /// Listens on loopback unless \a host says otherwise; port 0: any. Its address,
    /// "http://127.0.0.1:43211"; the same answer while it runs. ErrorCode::PortInUse.
    [[nodiscard]] Result<std::string> start(int port, const std::string &host = "127.0.0.1");
    void stop(); ///< See HttpServer::stop().

private:
    HttpResponse answer(const HttpRequest &request, boost::asio::yield_context yield);
    HttpResponse invoke(const HttpRequest &request, const RouteMatch &route,
                        boost::asio::yield_context yield);
    const Routes &routes();

    Invoker &m_invoker;
    HttpServer m_server;
    std::string m_address;
    Routes m_routes;
    std::uint64_t m_revision = 0; ///< Of the invoker when m_routes was made.
};

} // namespace runtime
