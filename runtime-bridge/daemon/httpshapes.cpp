#include "runtime-bridge/daemon/httpshapes.h"

#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/jsontext.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
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

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Those of one name are joined by commas.
void write(JsonText &text, const Pairs &pairs, std::string_view leftOut = {})
{
    std::vector<const std::pair<std::string, std::string> *> sorted;
    for (const auto &pair : pairs)
        if (pair.first != leftOut)
            sorted.push_back(&pair);
    std::ranges::stable_sort(sorted, {},
                             [](const auto *pair) -> const std::string & { return pair->first; });
    text.beginObject();
    for (std::size_t i = 0; i < sorted.size();) {
        const std::string &name = sorted[i]->first;
        const std::string *value = &sorted[i]->second;
        std::string joined;
        while (++i < sorted.size() && sorted[i]->first == name) {
            joined = *value + ',' + sorted[i]->second;
            value = &joined;
        }
        text.member(name, std::string_view(*value));
    }
    text.endObject();
}

/// Each cookie of each Cookie header.
std::vector<std::string_view> cookiesOf(const HttpRequest &request)
{
    std::vector<std::string_view> cookies;
    for (const auto &[name, value] : request.headers) {
        std::string_view rest = name == "cookie" ? std::string_view(value) : std::string_view();
        while (!rest.empty()) {
            const std::string_view cookie = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), cookie.size() + 1));
            if (!trimmed(cookie).empty())
                cookies.push_back(trimmed(cookie));
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

/// "requestContext" of an event of API Gateway, version 2.
void writeContext(JsonText &text, const HttpRequest &request, const RouteMatch &route,
                  const std::string &id)
{
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    const std::string_view host = request.header("host");
    text.key("requestContext").beginObject();
    text.member("accountId", "anonymous").member("apiId", "edgewright");
    text.member("domainName", host.substr(0, host.find(':')));
    text.member("domainPrefix", host.substr(0, host.find_first_of(".:")));
    text.key("http").beginObject();
    text.member("method", std::string_view(request.method)).member("path", request.path());
    text.member("protocol", std::string_view(request.protocol));
    text.member("sourceIp", std::string_view(request.remoteAddress));
    text.member("userAgent", request.header("user-agent")).endObject();
    text.member("requestId", std::string_view(id)).member("routeKey", std::string_view(route.key));
    text.member("stage", "$default");
    text.member("time", std::string_view(logTime(std::time_t(now / 1'000))));
    text.member("timeEpoch", std::int64_t(now)).endObject();
}

/// Body and isBase64Encoded.
void addBody(json &event, const HttpRequest &request, bool always)
{
    event["isBase64Encoded"] = false;
    if (request.body.empty()) {
        if (always)
            event["body"] = "";
        return;
    }
    const bool isText = isTextType(request.header("content-type")) && isUtf8(request.body);
    event["body"] = isText ? request.body : toBase64(request.body);
    event["isBase64Encoded"] = !isText;
}

json decodedPath(const HttpRequest &request)
{
    return textJson(percentDecoded(request.path()));
}

/// "content-type" → "Content-Type"
std::string titleCase(std::string name)
{
    bool begins = true;
    for (char &c : name) {
        if (begins && c >= 'a' && c <= 'z')
            c = char(c - 'a' + 'A');
        begins = c == '-';
    }
    return name;
}

/// Every value of each name, in lists.
json listsOf(const std::vector<std::pair<std::string, std::string>> &pairs)
{
    json object = json::object();
    for (const auto &[name, value] : pairs)
        object[textJson(name).get<std::string>()].push_back(textJson(value));
    return object;
}

/// The last value of each name.
json lastOf(const std::vector<std::pair<std::string, std::string>> &pairs)
{
    json object = json::object();
    for (const auto &[name, value] : pairs)
        object[textJson(name).get<std::string>()] = textJson(value);
    return object;
}

std::string textOf(const json &event)
{
    return event.dump(-1, ' ', false, json::error_handler_t::replace);
}

json orNull(json object)
{
    return object.empty() ? json() : object;
}

} // namespace

std::string gatewayEvent(const HttpRequest &request, const RouteMatch &route, const std::string &id)
{
    JsonText text;
    text.beginObject().member("version", "2.0").member("routeKey", std::string_view(route.key));
    text.member("rawPath", request.path()).member("rawQueryString", request.query());
    if (const auto cookies = cookiesOf(request); !cookies.empty()) {
        text.key("cookies").beginArray();
        for (const std::string_view cookie : cookies)
            text.value(cookie);
        text.endArray();
    }
    write(text.key("headers"), request.headers, "cookie");
    if (!request.query().empty())
        write(text.key("queryStringParameters"), queryPairs(request.query()));
    writeContext(text, request, route, id);
    if (!route.parameters.empty())
        write(text.key("pathParameters"), route.parameters);
    const bool isText = request.body.empty() ||
                        (isTextType(request.header("content-type")) && isUtf8(request.body));
    if (!request.body.empty())
        text.member("body", std::string_view(isText ? request.body : toBase64(request.body)));
    return text.member("isBase64Encoded", !isText).endObject().take();
}

std::string whiskParameters(const HttpRequest &request, const RouteMatch &route)
{
    json parameters = pairsJson(queryPairs(request.query()));
    parameters.update(pairsJson(route.parameters));
    if (!request.body.empty()) {
        const std::string_view type = request.header("content-type");
        json body = readJson(request.body);
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
    return textOf(parameters);
}

std::string restEvent(const HttpRequest &request, const RouteMatch &route, const std::string &id)
{
    json event = json::parse(gatewayEvent(request, route, id));
    const auto query = queryPairs(request.query());
    const std::string resource = route.pattern.empty() ? "/{proxy+}" : route.pattern;
    event["version"] = "1.0";
    event["resource"] = resource;
    event["path"] = decodedPath(request);
    event["httpMethod"] = request.method;
    event["headers"] = lastOf(request.headers);
    event["multiValueHeaders"] = listsOf(request.headers);
    event["queryStringParameters"] = orNull(lastOf(query));
    event["multiValueQueryStringParameters"] = orNull(listsOf(query));
    event["pathParameters"] = orNull(pairsJson(route.parameters));
    event["stageVariables"] = nullptr;
    if (!event.contains("body"))
        event["body"] = nullptr;
    json &context = event["requestContext"];
    context["httpMethod"] = request.method;
    context["path"] = decodedPath(request);
    context["resourcePath"] = resource;
    context["protocol"] = request.protocol;
    context["requestTime"] = context["time"];
    context["requestTimeEpoch"] = context["timeEpoch"];
    context["identity"] = {{"sourceIp", request.remoteAddress},
                           {"userAgent", textJson(request.header("user-agent"))}};
    return textOf(event);
}

std::string tencentEvent(const HttpRequest &request, const RouteMatch &route, const std::string &id)
{
    const std::string path = route.pattern.empty() ? std::string(request.path()) : route.pattern;
    json event{
        {"requestContext",
         {{"serviceId", "service-edgewright"},
          {"path", textJson(path)},
          {"httpMethod", request.method},
          {"requestId", id},
          {"identity", json::object()},
          {"sourceIp", request.remoteAddress},
          {"stage", "release"}}},
        {"headers", pairsJson(request.headers)},
        {"pathParameters", pairsJson(route.parameters)},
        {"queryStringParameters", lastOf(queryPairs(request.query()))},
        {"queryString", lastOf(queryPairs(request.query()))},
        {"headerParameters", json::object()},
        {"stageVariables", {{"stage", "release"}}},
        {"path", textJson(request.path())},
        {"httpMethod", request.method},
    };
    addBody(event, request, true);
    return textOf(event);
}

std::string alibabaEvent(const HttpRequest &request, const std::string &id)
{
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto &[name, value] : request.headers)
        headers.emplace_back(titleCase(name), value);
    const std::string_view host = request.header("host");
    const std::int64_t now = nowUs() / 1'000;
    const std::time_t seconds = now / 1'000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char time[32];
    std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &parts);
    json event{
        {"version", "v1"},
        {"rawPath", textJson(request.path())},
        {"headers", pairsJson(headers)},
        {"queryParameters", pairsJson(queryPairs(request.query()))},
        {"requestContext",
         {{"accountId", "000000000000"},
          {"domainName", textJson(host)},
          {"domainPrefix", textJson(host.substr(0, host.find_first_of(".:")))},
          {"http",
           {{"method", request.method},
            {"path", decodedPath(request)},
            {"protocol", request.protocol},
            {"sourceIp", request.remoteAddress},
            {"userAgent", textJson(request.header("user-agent"))}}},
          {"requestId", id},
          {"time", time},
          {"timeEpoch", std::to_string(now)}}},
    };
    addBody(event, request, true);
    return textOf(event);
}

std::string canonicalRequest(const HttpRequest &request, const RouteMatch &route)
{
    const bool isText = isUtf8(request.body);
    JsonText text;
    text.beginObject().member("edgewright", "request");
    text.member("method", std::string_view(request.method)).member("path", request.path());
    text.member("query", request.query()).key("headers").beginArray();
    for (const auto &[name, value] : request.headers)
        text.beginArray().value(std::string_view(name)).value(std::string_view(value)).endArray();
    text.endArray();
    if (request.bodyStreams)
        text.member("bodyStreams", true);
    text.member("body", std::string_view(isText ? request.body : toBase64(request.body)));
    text.member("isBase64Encoded", !isText);
    text.member("remoteAddress", std::string_view(request.remoteAddress));
    text.member("protocol", std::string_view(request.protocol));
    if (!route.parameters.empty())
        write(text.key("parameters"), route.parameters);
    if (!route.pattern.empty())
        text.member("route", std::string_view(route.pattern));
    return text.endObject().take();
}

} // namespace runtime
