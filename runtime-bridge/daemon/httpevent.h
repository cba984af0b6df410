#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/routes.h"
#include "runtime-bridge/protocol/trace.h"

#include <string>

namespace runtime {

/// The event that a request is for a function of the route's dialect and form, as JSON text: in
/// the shape that the platform gives it (httpshapes.h), or the canonical request. \a id is the
/// invocation's.
[[nodiscard]] std::string eventOfRequest(const HttpRequest &request, const RouteMatch &route,
                                         const std::string &id);

/// The caller that a request tells of by its headers, or as a CloudEvent does (ce-traceparent).
[[nodiscard]] Trace callerOf(const HttpRequest &request);

/// Has \a request tell \a trace, the invocation's own, in place of its caller's.
void tellTrace(HttpRequest &request, const Trace &trace);

/// The answer that a function's result (JSON text) asks for. An object with statusCode says it all;
/// anything else is the body, as JSON, or as text where the dialect's strings are text. A
/// statusCode that HTTP does not have becomes 502.
[[nodiscard]] HttpResponse responseOfResult(const std::string &result, const std::string &dialect);

} // namespace runtime
