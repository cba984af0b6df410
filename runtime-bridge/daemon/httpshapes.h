#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/routes.h"

#include <string>

/// What a request is as JSON text, by platform. \a id is the invocation's.
namespace runtime {

/// API Gateway's HTTP APIs and Lambda's function URLs, payload 2.0.
[[nodiscard]] std::string gatewayEvent(const HttpRequest &request, const RouteMatch &route,
                                       const std::string &id);
/// API Gateway's REST APIs, payload 1.0; what 2.0 has beside it is there too.
[[nodiscard]] std::string restEvent(const HttpRequest &request, const RouteMatch &route,
                                    const std::string &id);
/// The query and a JSON body merged, with __ow_method, __ow_path, __ow_headers (and __ow_body,
/// __ow_query where the body is no JSON object).
[[nodiscard]] std::string whiskParameters(const HttpRequest &request, const RouteMatch &route);
/// Tencent's API gateway.
[[nodiscard]] std::string tencentEvent(const HttpRequest &request, const RouteMatch &route,
                                       const std::string &id);
/// The HTTP trigger of Alibaba's Function Compute 3.
[[nodiscard]] std::string alibabaEvent(const HttpRequest &request, const std::string &id);
/// Ours, for the shims: docs/dialects.md.
[[nodiscard]] std::string canonicalRequest(const HttpRequest &request, const RouteMatch &route);

} // namespace runtime
