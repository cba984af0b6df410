#include "runtime-bridge/daemon/whiskactivation.h"

#include "runtime-bridge/protocol/boundedjson.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace runtime {

using nlohmann::json;
using Status = WhiskResponse::Status;

namespace {

constexpr std::array statusNames{"success", "application error", "action developer error",
                                 "whisk internal error"};

WhiskResponse failed(Status status, const std::string &message)
{
    return {status, {{"error", message}}};
}

WhiskResponse responseOfText(const std::string &text, const std::string &kind)
{
    json result = readJson(text);
    if (result.is_null() && kind.starts_with("nodejs"))
        result = json::object(); // a function that returns nothing
    if (!result.is_object() && !result.is_array())
        return failed(Status::DeveloperError, "The action did not return a dictionary or array.");
    if (result.is_object() && result.contains("error"))
        return {Status::ApplicationError, std::move(result)};
    return {Status::Success, std::move(result)};
}

WhiskResponse responseOfFault(const Fault &fault, const std::string &kind)
{
    if (kind.starts_with("python"))
        return failed(Status::ApplicationError, fault.message);
    return failed(Status::DeveloperError,
                  "An error has occurred: " + fault.type + ": " + fault.message);
}

std::string timeText(std::int64_t us)
{
    const std::time_t seconds = us / 1'000'000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06lld000Z",
                  parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec, static_cast<long long>(us % 1'000'000));
    return text;
}

json annotationsOf(const Invocation &invocation, const WhiskAction &action)
{
    json annotations{
        {{"key", "path"}, {"value", "guest/" + action.name}},
        {{"key", "waitTime"}, {"value", std::int64_t(invocation.queuedMs)}},
        {{"key", "kind"}, {"value", action.kind}},
        {{"key", "timeout"}, {"value", invocation.outcome == Outcome::Timeout}},
        {{"key", "limits"},
         {"value",
          {{"concurrency", action.concurrency},
           {"logs", action.logsMb},
           {"memory", action.memoryMb},
           {"timeout", action.timeoutMs}}}},
    };
    if (invocation.cold)
        annotations.push_back({{"key", "initTime"}, {"value", std::int64_t(invocation.initMs)}});
    return annotations;
}

} // namespace

WhiskResponse whiskResponseOf(const Invocation &invocation, const std::string &kind)
{
    const std::string &message = invocation.fault.message;
    switch (invocation.outcome) {
    case Outcome::Result: return responseOfText(invocation.result, kind);
    case Outcome::FunctionError: return responseOfFault(invocation.fault, kind);
    case Outcome::Timeout:
        return failed(Status::DeveloperError, "The action exceeded its time limits. " + message);
    case Outcome::OutOfMemory:
        return failed(Status::DeveloperError,
                      "The action exhausted its memory and was aborted. " + message);
    case Outcome::OutOfSpace:
        return failed(Status::DeveloperError,
                      "The action exhausted its temporary space and was aborted. " + message);
    case Outcome::WorkerDied:
        return failed(Status::DeveloperError,
                      "The action did not produce a valid response and exited unexpectedly. " +
                          message);
    case Outcome::Rejected:
        return failed(Status::InternalError, "Too many requests are waiting. " + message);
    case Outcome::Cancelled: break;
    }
    return failed(Status::InternalError, "The invocation was cancelled. " + message);
}

json activationLogs(const Invocation &invocation)
{
    json lines = json::array();
    for (const LogLine &line : invocation.log)
        lines.push_back(timeText(line.timeUs) + (line.isError ? " stderr: " : " stdout: ") +
                        line.text);
    if (invocation.logDropped > 0)
        lines.push_back(timeText(invocation.startUs) +
                        " stderr: " + std::to_string(invocation.logDropped) +
                        " more lines were over the limit and were dropped.");
    return lines;
}

json activationOf(const Invocation &invocation, const WhiskAction &action, bool withResult)
{
    const WhiskResponse response = whiskResponseOf(invocation, action.kind);
    const double whole = invocation.queuedMs + invocation.initMs + invocation.durationMs;
    json answer{{"status", statusNames.at(std::size_t(response.status))},
                {"statusCode", int(response.status)},
                {"success", response.status == Status::Success}};
    json activation{
        {"activationId", invocation.id},
        {"namespace", "guest"},
        {"name", action.shortName()},
        {"subject", "guest"},
        {"version", action.versionText()},
        {"publish", false},
        {"start", invocation.startUs / 1'000},
        {"end", invocation.startUs / 1'000 + std::int64_t(whole)},
        {"duration", std::int64_t(invocation.initMs + invocation.durationMs)},
        {"statusCode", int(response.status)},
        {"annotations", annotationsOf(invocation, action)},
    };
    if (withResult) {
        answer["result"] = response.result;
        activation["logs"] = activationLogs(invocation);
    }
    activation["response"] = std::move(answer);
    return activation;
}

} // namespace runtime
