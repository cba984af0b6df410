#include "runtime-bridge/protocol/messages.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace runtime {

using nlohmann::json;

namespace {

constexpr std::array<std::string_view, 8> outcomeNames{
    "result",      "function_error", "timeout",   "out_of_memory",
    "worker_died", "rejected",       "cancelled", "out_of_space"};
constexpr std::array<std::string_view, 3> conditionNames{"ready", "starting", "failed"};
constexpr std::array<std::string_view, 7> kindNames{
    "invocation", "log", "function", "function_removed", "switch", "readings", "alarm"};

template<typename E, std::size_t N>
E enumFrom(const std::string &name, const std::array<std::string_view, N> &names)
{
    const auto it = std::ranges::find(names, name);
    if (it == names.end())
        throw std::invalid_argument("unknown word \"" + name + '"');
    return E(std::distance(names.begin(), it));
}

std::string bytesOf(const json &value)
{
    const auto &binary = value.get_binary();
    return {binary.begin(), binary.end()};
}

json bytesJson(const std::string &bytes)
{
    return json::binary({bytes.begin(), bytes.end()});
}

// read(json, value&) throws what nlohmann throws; fromJson() makes a Result of it.

void read(const json &j, Hello &v)
{
    v.protocol = j.at("protocol").get<int>();
    v.version = j.value("version", "");
    v.program = j.value("program", "");
    v.instance = j.value("instance", "");
    v.machine = j.value("machine", "");
    v.hostName = j.value("host", "");
    v.timeUs = j.value("time_us", std::int64_t(0));
    v.features = j.value("features", v.features);
}

void read(const json &j, Fault &v)
{
    v.type = j.value("type", "");
    v.message = j.value("message", "");
    v.stack = j.value("stack", v.stack);
}

void read(const json &j, LogLine &v)
{
    v.timeUs = j.at("time_us").get<std::int64_t>();
    v.function = j.value("function", "");
    v.invocation = j.value("invocation", "");
    v.isError = j.value("is_error", false);
    v.text = j.at("text").get<std::string>();
}

void read(const json &j, Invocation &v)
{
    v.id = j.at("id").get<std::string>();
    v.function = j.value("function", "");
    v.trigger = j.value("trigger", "");
    v.bundle = j.value("bundle", "");
    v.trace = {j.value("trace_id", ""), j.value("span_id", ""), j.value("parent_span_id", ""), {}};
    v.event = j.value("event", "");
    v.outcome = enumFrom<Outcome>(j.at("outcome").get<std::string>(), outcomeNames);
    v.result = j.value("result", "");
    if (const auto it = j.find("fault"); it != j.end())
        read(*it, v.fault);
    for (const json &line : j.value("log", json::array()))
        read(line, v.log.emplace_back());
    v.logDropped = j.value("log_dropped", std::uint64_t(0));
    v.cold = j.value("cold", false);
    v.startUs = j.value("start_us", std::int64_t(0));
    v.queuedMs = j.value("queued_ms", 0.0);
    v.initMs = j.value("init_ms", 0.0);
    v.durationMs = j.value("duration_ms", 0.0);
    v.cpuMs = j.value("cpu_ms", 0.0);
    v.memoryKb = j.value("memory_kb", std::uint64_t(0));
}

void read(const json &j, Reading &v)
{
    // An array, not a map: at 8 kHz the field names would be most of the traffic.
    v.cursor = j.at(0).get<std::uint64_t>();
    v.sequence = j.at(1).get<std::uint64_t>();
    v.timeUs = j.at(2).get<std::int64_t>();
    v.function = j.at(3).get<std::string>();
    v.series = j.at(4).get<std::string>();
    v.value = j.at(5).get<double>();
    v.bundle = j.at(6).get<std::string>();
    v.invocation = j.at(7).get<std::string>();
}

void read(const json &j, TriggerState &v)
{
    v.words = j.value("words", "");
    v.failing = j.value("failing", false);
    v.events = j.value("events", std::uint64_t(0));
    v.overruns = j.value("overruns", std::uint64_t(0));
    v.errors = j.value("errors", std::uint64_t(0));
}

void read(const json &j, FunctionState &v)
{
    Result<FunctionSpec> spec = functionSpecFromJson(j.at("spec"));
    if (!spec)
        throw std::invalid_argument(spec.error().detail);
    v.spec = std::move(*spec);
    v.bundle = j.value("bundle", "");
    v.version = j.value("version", std::uint64_t(0));
    v.previousBundle = j.value("previous_bundle", "");
    v.condition = enumFrom<FunctionCondition>(j.at("condition").get<std::string>(), conditionNames);
    if (const auto it = j.find("fault"); it != j.end())
        read(*it, v.fault);
    v.root = j.value("root", "");
    v.armed = j.value("armed", false);
    v.frozen = j.value("frozen", false);
    v.debugging = j.value("debugging", false);
    v.workers = j.value("workers", 0);
    v.invocations = j.value("invocations", std::uint64_t(0));
    v.failures = j.value("failures", std::uint64_t(0));
    v.overruns = j.value("overruns", std::uint64_t(0));
    for (const json &trigger : j.value("triggers", json::array()))
        read(trigger, v.triggers.emplace_back());
    for (const json &alarm : j.value("alarms", json::array()))
        v.alarms.push_back(alarmStateFromJson(alarm));
}

void read(const json &j, PutRequest &v)
{
    Result<Manifest> manifest = manifestFromJson(j.at("manifest"));
    if (!manifest)
        throw std::invalid_argument(manifest.error().detail);
    v.manifest = std::move(*manifest);
    if (const auto it = j.find("blobs"); it != j.end())
        for (const auto &[digest, bytes] : it->items())
            v.blobs[digest] = bytesOf(bytes);
    v.base = j.value("base", "");
    v.removed = j.value("removed", v.removed);
    v.root = j.value("root", "");
    v.armed = j.value("armed", true);
    v.lease = j.value("lease", false);
}

void read(const json &j, PutResult &v)
{
    v.bundle = j.at("bundle").get<std::string>();
    v.version = j.value("version", std::uint64_t(0));
    v.missing = j.value("missing", v.missing);
    v.changed = j.value("changed", false);
    v.initMs = j.value("init_ms", 0.0);
    v.switchedUs = j.value("switched_us", std::int64_t(0));
}

void read(const json &j, InvokeRequest &v)
{
    v.function = j.at("function").get<std::string>();
    v.event = j.value("event", "{}");
    v.trigger = j.value("trigger", "manual");
    v.cause = traceFromHeaders(j.value("traceparent", ""), j.value("tracestate", ""));
}

void read(const json &j, Switch &v)
{
    v.function = j.at("function").get<std::string>();
    v.bundle = j.value("bundle", "");
    v.version = j.value("version", std::uint64_t(0));
    v.timeUs = j.value("time_us", std::int64_t(0));
}

void read(const json &j, Happening &v)
{
    v.kind = enumFrom<Happening::Kind>(j.at("kind").get<std::string>(), kindNames);
    const json &value = j.at("value");
    switch (v.kind) {
    case Happening::Kind::Invocation: read(value, v.invocation); break;
    case Happening::Kind::Log: read(value, v.log); break;
    case Happening::Kind::Function: read(value, v.function); break;
    case Happening::Kind::FunctionRemoved: v.functionName = value.get<std::string>(); break;
    case Happening::Kind::Switch: read(value, v.switched); break;
    case Happening::Kind::Readings:
        v.readings.reserve(value.size());
        for (const json &item : value)
            read(item, v.readings.emplace_back());
        break;
    case Happening::Kind::Alarm: v.alarm = alarmChangeFromJson(value); break;
    }
}

void read(const json &j, SubscribeRequest &v)
{
    v.invocations = j.value("invocations", false);
    v.log = j.value("log", false);
    v.functions = j.value("functions", false);
    v.readings = j.value("readings", false);
    v.afterCursor = j.value("after_cursor", std::uint64_t(0));
    v.readingsFromNow = j.value("readings_from_now", true);
    v.function = j.value("function", "");
}

void read(const json &j, DebugRequest &v)
{
    v.function = j.at("function").get<std::string>();
    v.host = j.value("host", v.host);
    v.port = j.value("port", 0);
    v.accessToken = j.value("access_token", "");
}

json toJson(const Switch &v)
{
    return {{"function", v.function},
            {"bundle", v.bundle},
            {"version", v.version},
            {"time_us", v.timeUs}};
}

} // namespace

std::string_view wireName(Outcome outcome)
{
    return outcomeNames.at(std::size_t(outcome));
}

std::optional<Outcome> outcomeFromName(std::string_view name)
{
    const auto it = std::ranges::find(outcomeNames, name);
    if (it == outcomeNames.end())
        return std::nullopt;
    return Outcome(it - outcomeNames.begin());
}

std::string_view wireName(FunctionCondition condition)
{
    return conditionNames.at(std::size_t(condition));
}

json toJson(const Hello &v)
{
    return {{"protocol", v.protocol}, {"version", v.version},  {"program", v.program},
            {"instance", v.instance}, {"machine", v.machine},  {"host", v.hostName},
            {"time_us", v.timeUs},    {"features", v.features}};
}

json toJson(const Error &v)
{
    return {{"code", wireName(v.code)}, {"subject", v.subject}, {"detail", v.detail}};
}

json toJson(const Fault &v)
{
    return {{"type", v.type}, {"message", v.message}, {"stack", v.stack}};
}

json toJson(const LogLine &v)
{
    return {{"time_us", v.timeUs},
            {"function", v.function},
            {"invocation", v.invocation},
            {"is_error", v.isError},
            {"text", v.text}};
}

json toJson(const Invocation &v)
{
    json log = json::array();
    for (const LogLine &line : v.log)
        log.push_back(toJson(line));
    json object{{"id", v.id},
                {"function", v.function},
                {"trigger", v.trigger},
                {"bundle", v.bundle},
                {"trace_id", v.trace.id},
                {"span_id", v.trace.span},
                {"parent_span_id", v.trace.parent},
                {"event", v.event},
                {"outcome", wireName(v.outcome)},
                {"result", v.result},
                {"log", std::move(log)},
                {"log_dropped", v.logDropped},
                {"cold", v.cold},
                {"start_us", v.startUs},
                {"queued_ms", v.queuedMs},
                {"init_ms", v.initMs},
                {"duration_ms", v.durationMs},
                {"cpu_ms", v.cpuMs},
                {"memory_kb", v.memoryKb}};
    if (v.outcome != Outcome::Result)
        object["fault"] = toJson(v.fault);
    return object;
}

json toJson(const Reading &v)
{
    return json::array(
        {v.cursor, v.sequence, v.timeUs, v.function, v.series, v.value, v.bundle, v.invocation});
}

json toJson(const FunctionState &v)
{
    json triggers = json::array();
    for (const TriggerState &trigger : v.triggers)
        triggers.push_back({{"words", trigger.words},
                            {"failing", trigger.failing},
                            {"events", trigger.events},
                            {"overruns", trigger.overruns},
                            {"errors", trigger.errors}});
    json object{{"spec", toJson(v.spec)},
                {"bundle", v.bundle},
                {"version", v.version},
                {"previous_bundle", v.previousBundle},
                {"condition", wireName(v.condition)},
                {"root", v.root},
                {"armed", v.armed},
                {"frozen", v.frozen},
                {"debugging", v.debugging},
                {"workers", v.workers},
                {"invocations", v.invocations},
                {"failures", v.failures},
                {"overruns", v.overruns},
                {"triggers", std::move(triggers)}};
    for (const AlarmState &alarm : v.alarms)
        object["alarms"].push_back(toJson(alarm));
    if (!v.fault.type.empty())
        object["fault"] = toJson(v.fault);
    return object;
}

json toJson(const PutRequest &v)
{
    json blobs = json::object();
    for (const auto &[digest, bytes] : v.blobs)
        blobs[digest] = bytesJson(bytes);
    json object{{"manifest", toJson(v.manifest)},
                {"blobs", std::move(blobs)},
                {"root", v.root},
                {"armed", v.armed},
                {"lease", v.lease}};
    if (!v.base.empty()) {
        object["base"] = v.base;
        object["removed"] = v.removed;
    }
    return object;
}

json toJson(const PutResult &v)
{
    return {{"bundle", v.bundle},   {"version", v.version}, {"missing", v.missing},
            {"changed", v.changed}, {"init_ms", v.initMs},  {"switched_us", v.switchedUs}};
}

json toJson(const InvokeRequest &v)
{
    json object{{"function", v.function}, {"event", v.event}, {"trigger", v.trigger}};
    if (!v.cause.id.empty()) {
        object["traceparent"] = traceparentOf(v.cause);
        object["tracestate"] = v.cause.state;
    }
    return object;
}

json toJson(const Happening &v)
{
    json value;
    switch (v.kind) {
    case Happening::Kind::Invocation: value = toJson(v.invocation); break;
    case Happening::Kind::Log: value = toJson(v.log); break;
    case Happening::Kind::Function: value = toJson(v.function); break;
    case Happening::Kind::FunctionRemoved: value = v.functionName; break;
    case Happening::Kind::Switch: value = toJson(v.switched); break;
    case Happening::Kind::Readings:
        value = json::array();
        for (const Reading &reading : v.readings)
            value.push_back(toJson(reading));
        break;
    case Happening::Kind::Alarm: value = toJson(v.alarm); break;
    }
    return {{"kind", kindNames.at(std::size_t(v.kind))}, {"value", std::move(value)}};
}

json toJson(const SubscribeRequest &v)
{
    return {{"invocations", v.invocations},  {"log", v.log},
            {"functions", v.functions},      {"readings", v.readings},
            {"after_cursor", v.afterCursor}, {"readings_from_now", v.readingsFromNow},
            {"function", v.function}};
}

json toJson(const DebugRequest &v)
{
    return {{"function", v.function},
            {"host", v.host},
            {"port", v.port},
            {"access_token", v.accessToken}};
}

template<typename T> Result<T> fromJson(const json &object)
try {
    T value;
    read(object, value);
    return value;
} catch (const std::exception &error) {
    return failure(ErrorCode::RequestInvalid, "message", error.what());
}

template Result<Hello> fromJson<Hello>(const json &);
template Result<Fault> fromJson<Fault>(const json &);
template Result<LogLine> fromJson<LogLine>(const json &);
template Result<Invocation> fromJson<Invocation>(const json &);
template Result<Reading> fromJson<Reading>(const json &);
template Result<FunctionState> fromJson<FunctionState>(const json &);
template Result<PutRequest> fromJson<PutRequest>(const json &);
template Result<PutResult> fromJson<PutResult>(const json &);
template Result<InvokeRequest> fromJson<InvokeRequest>(const json &);
template Result<Happening> fromJson<Happening>(const json &);
template Result<SubscribeRequest> fromJson<SubscribeRequest>(const json &);
template Result<DebugRequest> fromJson<DebugRequest>(const json &);

Error errorFromJson(const json &object)
try {
    const std::string name = object.value("code", "");
    const std::optional<ErrorCode> code = errorCodeFromWireName(name);
    Error error{code.value_or(ErrorCode::Internal), object.value("subject", ""),
                object.value("detail", "")};
    if (!code)
        error.detail = name + ": " + error.detail;
    return error;
} catch (const std::exception &exception) {
    return {ErrorCode::Internal, "message", exception.what()};
}

} // namespace runtime
