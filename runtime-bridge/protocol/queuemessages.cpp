#include "runtime-bridge/protocol/queuemessages.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace runtime {

using nlohmann::json;

namespace {

constexpr std::array<std::string_view, 4> phaseNames{"waiting", "running", "done", "dead"};

TaskPhase phaseFrom(const std::string &name)
{
    const auto it = std::ranges::find(phaseNames, name);
    if (it == phaseNames.end())
        throw std::invalid_argument("unknown word \"" + name + '"');
    return TaskPhase(it - phaseNames.begin());
}

Outcome outcomeFrom(const std::string &name)
{
    for (int i = 0; i <= int(Outcome::Cancelled); ++i)
        if (wireName(Outcome(i)) == name)
            return Outcome(i);
    throw std::invalid_argument("unknown word \"" + name + '"');
}

template<typename T> T valueOf(const json &object)
{
    Result<T> value = fromJson<T>(object);
    if (!value)
        throw std::invalid_argument(value.error().detail);
    return std::move(*value);
}

} // namespace

std::string_view wireName(TaskPhase phase)
{
    return phaseNames.at(std::size_t(phase));
}

json toJson(const QueueMessage &v)
{
    return {{"id", v.id},
            {"queue", v.queue},
            {"body", v.body},
            {"number", v.number},
            {"sent_us", v.sentUs},
            {"first_us", v.firstUs},
            {"attempts", v.attempts},
            {"fault", v.fault},
            {"traceparent", traceparentOf(v.cause)},
            {"tracestate", v.cause.state}};
}

json toJson(const QueueState &v)
{
    return {{"name", v.name},
            {"waiting", v.waiting},
            {"taken", v.taken},
            {"dead", v.dead},
            {"oldest_us", v.oldestUs}};
}

json toJson(const TaskState &v)
{
    json log = json::array();
    for (const LogLine &line : v.log)
        log.push_back(toJson(line));
    json object{{"id", v.id},
                {"function", v.function},
                {"event", v.event},
                {"phase", wireName(v.phase)},
                {"attempts", v.attempts},
                {"sent_us", v.sentUs},
                {"end_us", v.endUs},
                {"invocation", v.invocation},
                {"outcome", wireName(v.outcome)},
                {"result", v.result},
                {"log", std::move(log)}};
    if (!v.fault.type.empty())
        object["fault"] = toJson(v.fault);
    return object;
}

template<> Result<QueueMessage> fromJson<QueueMessage>(const json &j)
try {
    QueueMessage v;
    v.id = j.at("id").get<std::string>();
    v.queue = j.value("queue", "");
    v.body = j.value("body", "");
    v.number = j.value("number", std::uint64_t(0));
    v.sentUs = j.value("sent_us", std::int64_t(0));
    v.firstUs = j.value("first_us", std::int64_t(0));
    v.attempts = j.value("attempts", 0);
    v.fault = j.value("fault", "");
    v.cause = traceFromHeaders(j.value("traceparent", ""), j.value("tracestate", ""));
    return v;
} catch (const std::exception &error) {
    return failure(ErrorCode::RequestInvalid, "message", error.what());
}

template<> Result<QueueState> fromJson<QueueState>(const json &j)
try {
    QueueState v;
    v.name = j.at("name").get<std::string>();
    v.waiting = j.value("waiting", std::uint64_t(0));
    v.taken = j.value("taken", std::uint64_t(0));
    v.dead = j.value("dead", std::uint64_t(0));
    v.oldestUs = j.value("oldest_us", std::int64_t(0));
    return v;
} catch (const std::exception &error) {
    return failure(ErrorCode::RequestInvalid, "queue", error.what());
}

template<> Result<TaskState> fromJson<TaskState>(const json &j)
try {
    TaskState v;
    v.id = j.at("id").get<std::string>();
    v.function = j.value("function", "");
    v.event = j.value("event", "");
    v.phase = phaseFrom(j.at("phase").get<std::string>());
    v.attempts = j.value("attempts", 0);
    v.sentUs = j.value("sent_us", std::int64_t(0));
    v.endUs = j.value("end_us", std::int64_t(0));
    v.invocation = j.value("invocation", "");
    v.outcome = outcomeFrom(j.value("outcome", "result"));
    v.result = j.value("result", "");
    if (const auto it = j.find("fault"); it != j.end())
        v.fault = valueOf<Fault>(*it);
    for (const json &line : j.value("log", json::array()))
        v.log.push_back(valueOf<LogLine>(line));
    return v;
} catch (const std::exception &error) {
    return failure(ErrorCode::RequestInvalid, "task", error.what());
}

} // namespace runtime
