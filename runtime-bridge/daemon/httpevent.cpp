#include "runtime-bridge/daemon/httpevent.h"

#include "runtime-bridge/daemon/httptext.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace runtime {

using nlohmann::json;

namespace {

bool isTextType(std::string_view contentType)
{
    const std::string type =
        toLower(std::string(trimmed(contentType.substr(0, contentType.find(';')))));
    return type.empty() || type.starts_with("text/") || type == "application/json" ||
           type.ends_with("+json") || type.ends_with("+xml") || type == "application/xml" ||
           type == "application/javascript" || type == "application/x-www-form-urlencoded" ||
           type == "application/x-ndjson" || type == "application/graphql";
}

/// Bytes from outside as JSON text; what is no UTF-8 is replaced.
json textJson(std::string_view bytes)
{
    if (isUtf8(bytes))
        return bytes;
    std::string latin;
    for (const char c : bytes)
        latin += std::uint8_t(c) < 0x80 ? c : '?';
    return latin;
}

/// Repeated names are joined by commas, in both of its uses.
void append(json &object, const std::string &name, std::string_view value)
{
    json &slot = object[textJson(name).get<std::string>()];
    slot = slot.is_null()
               ? textJson(value)
               : json(slot.get<std::string>() + ',' + textJson(value).get<std::string>());
}

json headersOf(const HttpRequest &request)
{
    json headers = json::object();
    for (const auto &[name, value] : request.headers)
        if (name != "cookie")
            append(headers, name, value);
    return headers;
}

json cookiesOf(const HttpRequest &request)
{
    json cookies = json::array();
    for (const auto &[name, value] : request.headers) {
        std::string_view rest = name == "cookie" ? std::string_view(value) : std::string_view();
        while (!rest.empty()) {
            const std::string_view cookie = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), cookie.size() + 1));
            if (!trimmed(cookie).empty())
                cookies.push_back(textJson(trimmed(cookie)));
        }
    }
    return cookies;
}

json pairsJson(const std::vector<std::pair<std::string, std::string>> &pairs)
{
    json object = json::object();
    for (const auto &[name, value] : pairs)
        append(object, name, value);
    return object;
}

/// "12/Mar/2020:19:03:58 +0000"
std::string logTime(std::time_t time)
{
    static constexpr const char *months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[40];
    std::snprintf(text, sizeof text, "%02d/%s/%04d:%02d:%02d:%02d +0000", parts.tm_mday,
                  months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                  parts.tm_sec);
    return text;
}

json gatewayEvent(const HttpRequest &request, const RouteMatch &route, const std::string &id)
{
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    const std::string_view host = request.header("host");
    json event{
        {"version", "2.0"},
        {"routeKey", route.key},
        {"rawPath", textJson(request.path())},
        {"rawQueryString", textJson(request.query())},
        {"headers", headersOf(request)},
        {"requestContext",
         {{"accountId", "anonymous"},
          {"apiId", "edgewright"},
          {"domainName", textJson(host.substr(0, host.find(':')))},
          {"domainPrefix", textJson(host.substr(0, host.find_first_of(".:")))},
          {"http",
           {{"method", request.method},
            {"path", textJson(request.path())},
            {"protocol", request.protocol},
            {"sourceIp", request.remoteAddress},
            {"userAgent", textJson(request.header("user-agent"))}}},
          {"requestId", id},
          {"routeKey", route.key},
          {"stage", "$default"},
          {"time", logTime(std::time_t(now / 1'000))},
          {"timeEpoch", now}}},
        {"isBase64Encoded", false},
    };
    if (json cookies = cookiesOf(request); !cookies.empty())
        event["cookies"] = std::move(cookies);
    if (!request.query().empty())
        event["queryStringParameters"] = pairsJson(queryPairs(request.query()));
    if (!route.parameters.empty())
        event["pathParameters"] = pairsJson(route.parameters);
    if (!request.body.empty()) {
        const bool isText = isTextType(request.header("content-type")) && isUtf8(request.body);
        event["body"] = isText ? request.body : toBase64(request.body);
        event["isBase64Encoded"] = !isText;
    }
    return event;
}

json whiskParameters(const HttpRequest &request, const RouteMatch &route)
{
    json parameters = pairsJson(queryPairs(request.query()));
    parameters.update(pairsJson(route.parameters));
    if (!request.body.empty()) {
        const std::string_view type = request.header("content-type");
        json body = json::parse(request.body, nullptr, false);
        if (body.is_object()) {
            parameters.update(body);
        } else if (type.starts_with("application/x-www-form-urlencoded")) {
            parameters.update(pairsJson(queryPairs(request.body)));
        } else {
            const bool isText = isTextType(type) && isUtf8(request.body);
            parameters["__ow_body"] = isText ? request.body : toBase64(request.body);
            parameters["__ow_query"] = textJson(request.query());
        }
    }
    parameters["__ow_method"] = toLower(request.method);
    parameters["__ow_path"] = textJson(request.path());
    parameters["__ow_headers"] = pairsJson(request.headers);
    return parameters;
}

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

} // namespace

std::string eventOfRequest(const HttpRequest &request, const RouteMatch &route,
                           const std::string &id)
{
    const json event = route.dialect == "openwhisk" ? whiskParameters(request, route)
                                                    : gatewayEvent(request, route, id);
    return event.dump(-1, ' ', false, json::error_handler_t::replace);
}

HttpResponse responseOfResult(const std::string &result, const std::string &dialect)
{
    // Most results say no status and need no reading.
    const json value = result.find("\"statusCode\"") == std::string::npos
                           ? json()
                           : json::parse(result, nullptr, false);
    if (!value.is_object() || !value.contains("statusCode"))
        return jsonResponse(200, result.empty() ? "null" : result);
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
    if (!hasHeader(response, "content-type"))
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
