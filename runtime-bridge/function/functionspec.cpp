#include "runtime-bridge/function/functionspec.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace runtime {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr std::array<std::string_view, 4> formNames{"event", "http", "service", "task"};

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
    if (spec.temporaryBytes < (1ull << 20))
        return "temporary space under 1 MB";
    if (spec.instances.min < 0 || spec.instances.max < 1 || spec.instances.max < spec.instances.min)
        return "instances";
    if (spec.retry.attempts < 1 || spec.retry.backoff < milliseconds(0))
        return "retry";
    for (const Trigger &trigger : spec.triggers)
        if (std::string wrong = objectionTo(trigger); !wrong.empty())
            return wrong;
    for (const Alarm &alarm : spec.alarms)
        if (std::string wrong = objectionTo(alarm, spec.name); !wrong.empty())
            return wrong;
    return {};
}

} // namespace

std::string_view wireName(FunctionForm form)
{
    return formNames[std::size_t(form)];
}

std::optional<FunctionForm> functionFormFromName(std::string_view name)
{
    const auto it = std::ranges::find(formNames, name);
    if (it == formNames.end())
        return std::nullopt;
    return FunctionForm(it - formNames.begin());
}

std::span<const std::string_view> functionFormNames()
{
    return formNames;
}

json toJson(const FunctionSpec &spec)
{
    json triggers = json::array();
    for (const Trigger &trigger : spec.triggers)
        triggers.push_back(toJson(trigger));
    json object{
        {"name", spec.name},
        {"application", spec.application},
        {"runtime", spec.runtime},
        {"handler", spec.handler},
        {"dialect", spec.dialect},
        {"form", wireName(spec.form)},
        {"memory_bytes", spec.memoryBytes},
        {"timeout_ms", spec.timeout.count()},
        {"concurrency", spec.concurrency},
        {"instances",
         {{"min", spec.instances.min},
          {"max", spec.instances.max},
          {"idle_ms", spec.instances.idle.count()}}},
        {"environment", spec.environment},
        {"triggers", triggers},
        {"retry", toJson(spec.retry)},
        {"readings_from_result", spec.readingsFromResult},
        {"readings_from_log", spec.readingsFromLog},
    };
    // Only where it was said: the digests of all other bundles stay what they were.
    if (spec.temporaryBytes != FunctionSpec().temporaryBytes)
        object["temporary_bytes"] = spec.temporaryBytes;
    for (const Alarm &alarm : spec.alarms)
        object["alarms"].push_back(toJson(alarm));
    return object;
}

Result<FunctionSpec> functionSpecFromJson(const json &object)
try {
    FunctionSpec spec;
    spec.name = object.at("name").get<std::string>();
    spec.application = object.value("application", std::string());
    spec.runtime = object.at("runtime").get<std::string>();
    spec.handler = object.at("handler").get<std::string>();
    spec.dialect = object.value("dialect", std::string("aws"));
    const std::string form = object.value("form", std::string("event"));
    if (const std::optional<FunctionForm> known = functionFormFromName(form))
        spec.form = *known;
    else
        return failure(ErrorCode::RequestInvalid, spec.name, "form \"" + form + '"');
    spec.memoryBytes = object.value("memory_bytes", spec.memoryBytes);
    spec.temporaryBytes = object.value("temporary_bytes", spec.temporaryBytes);
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
    spec.retry = retryFromJson(object.value("retry", json::object()));
    for (const json &item : object.value("alarms", json::array()))
        spec.alarms.push_back(alarmFromJson(item));
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
