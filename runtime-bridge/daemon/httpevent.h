#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/routes.h"

#include <string>

namespace runtime {

/// The event that a request is for a function of the route's dialect, as JSON text.
/// "openwhisk": the query and a JSON body merged, with __ow_method, __ow_path, __ow_headers (and
/// __ow_body, __ow_query where the body is no JSON object). Every other: the payload of API
/// Gateway's HTTP APIs, version 2.0. \a id is the invocation's.
[[nodiscard]] std::string eventOfRequest(const HttpRequest &request, const RouteMatch &route,
                                         const std::string &id);

/// The answer that a function's result (JSON text) asks for. An object with statusCode says it all;
/// anything else is the body, as JSON. A statusCode that HTTP does not have becomes 502.
[[nodiscard]] HttpResponse responseOfResult(const std::string &result, const std::string &dialect);

} // namespace runtime
