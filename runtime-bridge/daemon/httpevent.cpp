#include "runtime-bridge/daemon/httpevent.h"

#include "runtime-bridge/daemon/httpshapes.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace runtime {

using nlohmann::json;

namespace {

std::string headerText(const json &value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

void addHeaders(HttpResponse &response, const json &object)
{
    if (!object.is_object())
        return;
    for (const auto &[name, value] : object.items()) {
        if (!value.is_array()) {
            response.headers.emplace_back(name, headerText(value));
            continue;
        }
        for (const json &each : value)
            response.headers.emplace_back(name, headerText(each));
    }
}

bool hasHeader(const HttpResponse &response, std::string_view name)
{
    return std::ranges::any_of(response.headers,
                               [&](const auto &header) { return toLower(header.first) == name; });
}

/// 200 as a number or as text; 0 when it is neither.
int statusOf(const json &value)
{
    if (value.is_number_integer())
        return value.get<std::int64_t>() <= 999 ? int(value.get<std::int64_t>()) : 0;
    if (value.is_string() && value.get_ref<const std::string &>().size() == 3)
        return std::atoi(value.get_ref<const std::string &>().c_str());
    return 0;
}

/// A value that is no response: JSON, but the text of a dialect whose strings are text.
HttpResponse responseOfValue(const std::string &result, const std::string &dialect)
{
    const Dialect *known = findDialect(dialect);
    const bool isText = dialect == "cloudbase" || (known && known->answersText);
    if (!isText || !result.starts_with('"'))
        return jsonResponse(200, result.empty() ? "null" : result);
    const json text = readJson(result);
    return {200,
            {{"content-type",
              dialect == "cloudbase" ? "text/html; charset=utf-8" : "text/plain; charset=utf-8"}},
            text.is_string() ? text.get<std::string>() : result};
}

} // namespace

std::string eventOfRequest(const HttpRequest &request, const RouteMatch &route,
                           const std::string &id)
{
    const Dialect *dialect = findDialect(route.dialect);
    const HttpShape shape = !dialect                             ? HttpShape::ApiGatewayV2
                            : dialect->takesRequests(route.form) ? HttpShape::Canonical
                                                                 : dialect->shape;
    switch (shape) {
    case HttpShape::Canonical: return canonicalRequest(request, route);
    case HttpShape::ApiGatewayV1: return restEvent(request, route, id);
    case HttpShape::Tencent: return tencentEvent(request, route, id);
    case HttpShape::Alibaba: return alibabaEvent(request, id);
    case HttpShape::OpenWhisk: return whiskParameters(request, route);
    case HttpShape::ApiGatewayV2: break;
    }
    return gatewayEvent(request, route, id);
}

Trace callerOf(const HttpRequest &request)
{
    if (const auto direct = request.header("traceparent"); !direct.empty())
        return traceFromHeaders(direct, request.header("tracestate"));
    return traceFromHeaders(request.header("ce-traceparent"), request.header("ce-tracestate"));
}

void tellTrace(HttpRequest &request, const Trace &trace)
{
    std::erase_if(request.headers, [](const auto &header) {
        return header.first == "traceparent" || header.first == "tracestate";
    });
    if (trace.id.empty())
        return;
    request.headers.emplace_back("traceparent", traceparentOf(trace));
    if (!trace.state.empty())
        request.headers.emplace_back("tracestate", trace.state);
}

HttpResponse responseOfResult(const std::string &result, const std::string &dialect)
{
    // Most results say no status and need no reading.
    const json value =
        result.find("\"statusCode\"") == std::string::npos ? json() : readJson(result);
    if (!value.is_object() || !value.contains("statusCode"))
        return responseOfValue(result, dialect);
    HttpResponse response{statusOf(value["statusCode"]), {}, {}};
    if (response.status < 200 || response.status > 599)
        return jsonResponse(502, json{{"error",
                                       {{"type", "BadResponse"},
                                        {"message", "The function gave the statusCode " +
                                                        value["statusCode"].dump() + '.'}}}}
                                     .dump());
    addHeaders(response, value.value("headers", json()));
    addHeaders(response, value.value("multiValueHeaders", json()));
    for (const json &cookie : value.value("cookies", json::array()))
        response.headers.emplace_back("set-cookie", headerText(cookie));
    const json body = value.value("body", json());
    const bool isText = body.is_string();
    if (!body.is_null())
        response.body = isText ? body.get<std::string>() : body.dump();
    const Dialect *known = findDialect(dialect);
    const bool saysAll = known && known->shape == HttpShape::Canonical;
    if (!saysAll && !hasHeader(response, "content-type"))
        response.headers.emplace_back("content-type", isText && dialect != "openwhisk"
                                                          ? "text/plain;charset=UTF-8"
                                                      : isText ? "text/html; charset=UTF-8"
                                                               : "application/json");
    const json encoded = value.value("isBase64Encoded", json(false));
    if (encoded.is_boolean() && encoded.get<bool>())
        if (std::optional<std::string> bytes = fromBase64(response.body))
            response.body = std::move(*bytes);
    return response;
}

} // namespace runtime
