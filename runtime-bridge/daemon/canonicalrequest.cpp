#include "runtime-bridge/daemon/canonicalrequest.h"

#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace runtime {

using nlohmann::json;

namespace {

constexpr std::array<std::string_view, 9> methods{"GET",   "HEAD",    "POST",  "PUT",    "DELETE",
                                                  "PATCH", "OPTIONS", "TRACE", "CONNECT"};

std::string textOf(const json &object, std::initializer_list<const char *> names)
{
    for (const char *name : names)
        if (const auto it = object.find(name); it != object.end() && it->is_string())
            return it->get<std::string>();
    return {};
}

const json &fieldOf(const json &object, std::initializer_list<const char *> names)
{
    static const json none;
    for (const char *name : names)
        if (const auto it = object.find(name); it != object.end() && !it->is_null())
            return *it;
    return none;
}

/// The method that makes \a event a request, in upper case; empty: it is none.
std::string methodOf(const json &event)
{
    std::string method = textOf(event, {"httpMethod", "__ow_method"});
    if (const auto it = event.find("requestContext"); method.empty() && it != event.end())
        method = textOf(fieldOf(*it, {"http"}), {"method"});
    const bool looksIt =
        std::ranges::any_of(std::array{"path", "url", "headers", "query", "body"},
                            [&event](const char *name) { return event.contains(name); });
    if (method.empty() && looksIt)
        method = textOf(event, {"method"});
    for (char &c : method)
        c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
    return std::ranges::find(methods, method) == methods.end() ? std::string() : method;
}

std::string percentEncoded(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool isPlain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                             (c >= 'A' && c <= 'Z') ||
                             std::string_view("-._~").find(c) != std::string_view::npos;
        if (isPlain)
            encoded += c;
        else
            encoded += {'%', digits[std::uint8_t(c) >> 4], digits[std::uint8_t(c) & 15]};
    }
    return encoded;
}

/// An object of values or of lists of them.
std::string queryOf(const json &query)
{
    if (query.is_string())
        return query.get<std::string>();
    std::string text;
    const auto add = [&text](const std::string &name, const json &value) {
        text += (text.empty() ? "" : "&") + percentEncoded(name) + "=" +
                percentEncoded(value.is_string() ? value.get<std::string>() : value.dump());
    };
    if (query.is_object())
        for (const auto &[name, value] : query.items()) {
            if (!value.is_array())
                add(name, value);
            else
                for (const json &each : value)
                    add(name, each);
        }
    return text;
}

/// Pairs with names in lower case.
json headersOf(const json &headers)
{
    json pairs = json::array();
    if (headers.is_array()) {
        for (const json &pair : headers)
            if (pair.is_array() && pair.size() == 2 && pair[0].is_string())
                pairs.push_back({toLower(pair[0].get<std::string>()), pair[1]});
    } else if (headers.is_object()) {
        for (const auto &[name, value] : headers.items())
            for (const json &each : value.is_array() ? value : json::array({value}))
                pairs.push_back(
                    {toLower(name), each.is_string() ? each.get<std::string>() : each.dump()});
    }
    return pairs;
}

void addHeader(json &request, const char *name, const std::string &value)
{
    for (const json &pair : request["headers"])
        if (pair[0] == name)
            return;
    request["headers"].push_back({name, value});
}

json bodyRequest(const std::string &body, const char *type)
{
    return {{"edgewright", "request"},
            {"method", "POST"},
            {"path", "/"},
            {"query", ""},
            {"headers", json::array({json::array({"content-type", type}),
                                     json::array({"host", "localhost"})})},
            {"body", body},
            {"isBase64Encoded", false},
            {"remoteAddress", "127.0.0.1"},
            {"protocol", "HTTP/1.1"}};
}

json requestOf(const json &event, const std::string &method)
{
    json request = bodyRequest({}, "application/json");
    std::string target = textOf(event, {"rawPath", "path", "url", "__ow_path"});
    if (const std::size_t scheme = target.find("://"); scheme != std::string::npos)
        target.erase(0, std::min(target.find('/', scheme + 3), target.size()));
    const std::size_t mark = target.find('?');
    request["method"] = method;
    request["path"] = mark == 0 || target.empty() ? "/" : target.substr(0, mark);
    request["query"] =
        mark != std::string::npos
            ? target.substr(mark + 1)
            : queryOf(fieldOf(event, {"rawQueryString", "query", "multiValueQueryStringParameters",
                                      "queryStringParameters", "queryParameters", "queryString",
                                      "__ow_query"}));
    request["headers"] =
        headersOf(fieldOf(event, {"multiValueHeaders", "headers", "__ow_headers"}));
    if (const json &cookies = fieldOf(event, {"cookies"}); cookies.is_array())
        for (const json &cookie : cookies)
            request["headers"].push_back({"cookie", cookie});
    const json &body = fieldOf(event, {"body", "__ow_body"});
    if (body.is_string())
        request["body"] = body;
    else if (!body.is_null()) {
        request["body"] = body.dump(-1, ' ', false, json::error_handler_t::replace);
        addHeader(request, "content-type", "application/json");
    }
    if (const json &encoded = fieldOf(event, {"isBase64Encoded"}); encoded.is_boolean())
        request["isBase64Encoded"] = encoded;
    request["parameters"] = fieldOf(event, {"pathParameters", "params", "parameters"});
    if (!request["parameters"].is_object())
        request.erase("parameters");
    addHeader(request, "host", "localhost");
    return request;
}

} // namespace

std::string requestOfEvent(const std::string &event)
{
    if (event.find(R"("edgewright":"request")") != std::string::npos) // as the gateway writes it
        return event;
    const json value = readJson(event);
    if (value.is_object() && value.value("edgewright", json()) == "request")
        return event;
    const std::string method = value.is_object() ? methodOf(value) : std::string();
    const bool isCloudEvent = value.is_object() && value.contains("specversion") &&
                              value.contains("type") && value.contains("source");
    const json request =
        !method.empty()
            ? requestOf(value, method)
            : bodyRequest(event, isCloudEvent ? "application/cloudevents+json; charset=utf-8"
                                              : "application/json");
    return request.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace runtime
