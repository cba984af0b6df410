#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/invoker.h"
#include "runtime-bridge/daemon/routes.h"

#include <functional>
#include <string>
#include <string_view>

namespace runtime {

/// What came of a request that was passed to a service.
struct Passed {
    Result<Invocation> invocation;
    bool hasAnswered = false; ///< The client got an answer, or the head of one.
};

/// Passes the request of \a pass to the service of \a route.
[[nodiscard]] Passed passToService(boost::asio::io_context &io, Invoker &invoker, HttpPass &pass,
                                   const HttpRequest &request, const RouteMatch &route,
                                   boost::asio::yield_context yield);

/// Reads the first request of an HTTP/2 connection into \a request; false when it is none. The
/// bytes stay in the buffer of \a pass.
[[nodiscard]] bool readHttp2Request(HttpPass &pass, HttpRequest &request,
                                    boost::asio::yield_context yield);
/// Passes the connection of \a pass to the service of \a route, or refuses it where that is none.
void passHttp2(boost::asio::io_context &io, Invoker &invoker, HttpPass &pass,
               const HttpRequest &request, const RouteMatch &route,
               boost::asio::yield_context yield);

} // namespace runtime
