#include "runtime-bridge/function/functionspec.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

template<class... Ts> struct Overloaded : Ts... {
    using Ts::operator()...;
};

std::string spoken(milliseconds duration)
{
    const auto count = duration.count();
    if (count % 3'600'000 == 0)
        return std::to_string(count / 3'600'000) + " h";
    if (count % 60'000 == 0)
        return std::to_string(count / 60'000) + " min";
    if (count % 1'000 == 0)
        return std::to_string(count / 1'000) + " s";
    return std::to_string(count) + " ms";
}

json triggerToJson(const Trigger &trigger)
{
    return std::visit(
        Overloaded{
            [](const TimerTrigger &timer) {
                return json{{"kind", "timer"}, {"every_ms", timer.every.count()}};
            },
            [](const HttpTrigger &http) {
                return json{{"kind", "http"}, {"path", http.path}, {"methods", http.methods}};
            },
        },
        trigger);
}

Trigger triggerFromJson(const json &item)
{
    const auto kind = item.at("kind").get<std::string>();
    if (kind == "timer")
        return TimerTrigger{milliseconds(item.at("every_ms").get<std::int64_t>())};
    if (kind == "http")
        return HttpTrigger{item.at("path").get<std::string>(),
                           item.at("methods").get<std::vector<std::string>>()};
    throw std::invalid_argument("unknown trigger kind \"" + kind + '"');
}

/// What of a spec cannot be, in words; empty when all is well.
std::string objection(const FunctionSpec &spec)
{
    if (!isFunctionName(spec.name))
        return "function name \"" + spec.name + '"';
    if (spec.handler.empty() || spec.handler.front() == '/' ||
        spec.handler.find("..") != std::string::npos)
        return "handler \"" + spec.handler + '"';
    if (spec.timeout < milliseconds(1) || spec.timeout > std::chrono::hours(24))
        return "timeout out of 1 ms to 24 h";
    if (spec.memoryBytes < (8ull << 20))
        return "memory under 8 MB";
    if (spec.instances.min < 0 || spec.instances.max < 1 || spec.instances.max < spec.instances.min)
        return "instances";
    for (const Trigger &trigger : spec.triggers) {
        if (const auto *timer = std::get_if<TimerTrigger>(&trigger);
            timer && timer->every < milliseconds(10))
            return "timer under 10 ms";
        if (const auto *http = std::get_if<HttpTrigger>(&trigger);
            http && !http->path.starts_with('/'))
            return "http path without leading '/'";
    }
    return {};
}

} // namespace

std::string kindOf(const Trigger &trigger)
{
    return std::visit(Overloaded{[](const TimerTrigger &) { return "timer"; },
                                 [](const HttpTrigger &) { return "http"; }},
                      trigger);
}

std::string describe(const Trigger &trigger)
{
    return std::visit(Overloaded{
                          [](const TimerTrigger &timer) { return spoken(timer.every); },
                          [](const HttpTrigger &http) {
                              std::string text;
                              for (const std::string &method : http.methods)
                                  text += method + ' ';
                              return text + http.path;
                          },
                      },
                      trigger);
}

json toJson(const FunctionSpec &spec)
{
    json triggers = json::array();
    for (const Trigger &trigger : spec.triggers)
        triggers.push_back(triggerToJson(trigger));
    return {
        {"name", spec.name},
        {"application", spec.application},
        {"runtime", spec.runtime},
        {"handler", spec.handler},
        {"dialect", spec.dialect},
        {"memory_bytes", spec.memoryBytes},
        {"timeout_ms", spec.timeout.count()},
        {"concurrency", spec.concurrency},
        {"instances",
         {{"min", spec.instances.min},
          {"max", spec.instances.max},
          {"idle_ms", spec.instances.idle.count()}}},
        {"environment", spec.environment},
        {"triggers", triggers},
        {"readings_from_result", spec.readingsFromResult},
        {"readings_from_log", spec.readingsFromLog},
    };
}

Result<FunctionSpec> functionSpecFromJson(const json &object)
try {
    FunctionSpec spec;
    spec.name = object.at("name").get<std::string>();
    spec.application = object.value("application", std::string());
    spec.runtime = object.at("runtime").get<std::string>();
    spec.handler = object.at("handler").get<std::string>();
    spec.dialect = object.value("dialect", std::string("aws"));
    spec.memoryBytes = object.value("memory_bytes", spec.memoryBytes);
    spec.timeout = milliseconds(object.value("timeout_ms", spec.timeout.count()));
    spec.concurrency = object.value("concurrency", spec.concurrency);
    if (const auto it = object.find("instances"); it != object.end()) {
        spec.instances.min = it->value("min", spec.instances.min);
        spec.instances.max = it->value("max", spec.instances.max);
        spec.instances.idle = milliseconds(it->value("idle_ms", spec.instances.idle.count()));
    }
    spec.environment = object.value("environment", spec.environment);
    for (const json &item : object.value("triggers", json::array()))
        spec.triggers.push_back(triggerFromJson(item));
    spec.readingsFromResult = object.value("readings_from_result", true);
    spec.readingsFromLog = object.value("readings_from_log", true);
    if (std::string wrong = objection(spec); !wrong.empty())
        return failure(ErrorCode::RequestInvalid, spec.name, std::move(wrong));
    return spec;
} catch (const std::exception &error) {
    return failure(ErrorCode::RequestInvalid, "function", error.what());
}

bool isFunctionName(std::string_view name)
{
    const auto alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= 64 && alphanumeric(name.front()) &&
           std::ranges::all_of(
               name, [&](char c) { return alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

} // namespace runtime
