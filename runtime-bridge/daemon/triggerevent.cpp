#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/hostedfunction.h"
#include "runtime-bridge/daemon/log.h"

#include <nlohmann/json.hpp>

#include <ctime>

namespace runtime {

using nlohmann::json;

namespace {

std::string timeText()
{
    const std::time_t seconds = nowUs() / 1'000'000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char time[32];
    std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return time;
}

json timerEvent(const std::string &dialect, const std::string &function)
{
    if (dialect == "openwhisk")
        return {{"time", timeText()}};
    // As a scheduled rule of EventBridge sends it.
    return {{"version", "0"},
            {"id", createId()},
            {"detail-type", "Scheduled Event"},
            {"source", "aws.events"},
            {"account", "000000000000"},
            {"time", timeText()},
            {"region", "local"},
            {"resources", {"arn:aws:events:local:000000000000:rule/" + function}},
            {"detail", json::object()}};
}

json requestEvent(const HttpTrigger &http, const std::string &dialect)
{
    const std::string method = http.methods.empty() ? "GET" : http.methods.front();
    if (dialect == "openwhisk")
        return {
            {"__ow_method", method}, {"__ow_path", http.path}, {"__ow_headers", json::object()}};
    // As an HTTP API of API Gateway sends it (payload 2.0).
    return {{"version", "2.0"},
            {"routeKey", method + " " + http.path},
            {"rawPath", http.path},
            {"rawQueryString", ""},
            {"headers", json::object()},
            {"requestContext", {{"http", {{"method", method}, {"path", http.path}}}}},
            {"isBase64Encoded", false}};
}

} // namespace

std::string triggerEvent(const Trigger &trigger, const std::string &dialect,
                         const std::string &function)
{
    if (const auto *http = std::get_if<HttpTrigger>(&trigger))
        return requestEvent(*http, dialect).dump();
    return timerEvent(dialect, function).dump();
}

} // namespace runtime
