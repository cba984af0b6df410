#include "runtime-bridge/daemon/operations.h"

#include "runtime-bridge/daemon/queuestore.h"
#include "runtime-bridge/daemon/runtimeserver.h"
#include "runtime-bridge/daemon/taskrunner.h"
#include "runtime-bridge/protocol/failure.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace runtime {

using nlohmann::json;
namespace asio = boost::asio;

namespace {

constexpr int mostInvocations = 10'000; ///< In one answer.

constexpr std::int64_t longestProfile = 600'000; ///< Milliseconds.

/// What an operation has at hand.
struct Call {
    RuntimeServer &server;
    std::uint64_t connection;
    const json &arguments;
    Cancellation &cancellation;
    asio::yield_context yield;

    FunctionHost &host() const { return server.host(); }
    std::string function() const { return arguments.at("function").get<std::string>(); }
    std::string queue() const { return arguments.at("queue").get<std::string>(); }
    std::string functionOrAll() const { return arguments.value("function", ""); }
    int limit() const { return std::clamp(arguments.value("limit", 100), 0, mostInvocations); }
};

template<typename T> Result<json> answer(const Result<T> &result)
{
    if (!result)
        return tl::unexpected(result.error());
    if constexpr (std::is_void_v<T>)
        return json();
    else
        return toJson(*result);
}

template<typename T> json listOf(const std::vector<T> &values)
{
    json list = json::array();
    for (const T &value : values)
        list.push_back(toJson(value));
    return list;
}

Result<json> put(const Call &call)
{
    Result<PutRequest> request = fromJson<PutRequest>(call.arguments);
    if (!request)
        return tl::unexpected(request.error());
    return answer(call.host().putFrom(call.connection, std::move(*request), call.yield));
}

Result<json> invoke(const Call &call)
{
    const Result<InvokeRequest> request = fromJson<InvokeRequest>(call.arguments);
    if (!request)
        return tl::unexpected(request.error());
    return answer(
        call.host().invokeFrom(call.connection, *request, &call.cancellation, call.yield));
}

Result<json> fire(const Call &call)
{
    return answer(call.host().fire(call.function(), call.arguments.at("trigger").get<int>(),
                                   &call.cancellation, call.yield));
}

Result<json> submit(const Call &call)
{
    const Result<InvokeRequest> request = fromJson<InvokeRequest>(call.arguments);
    if (!request)
        return tl::unexpected(request.error());
    const Result<std::string> id = call.host().submit(*request);
    if (!id)
        return tl::unexpected(id.error());
    return json{{"id", *id}};
}

Result<json> sample(const Call &call)
{
    const Result<std::string> event =
        call.host().sample(call.function(), call.arguments.at("trigger").get<int>());
    if (!event)
        return tl::unexpected(event.error());
    return json{{"event", *event}};
}

Result<json> sendToQueue(const Call &call)
{
    const auto queue = call.arguments.at("queue").get<std::string>();
    if (!isTriggerName(queue))
        return failure(ErrorCode::RequestInvalid, queue, "no name of a queue");
    const Result<std::string> id =
        call.server.queues().send(queue, call.arguments.at("body").get<std::string>());
    if (!id)
        return tl::unexpected(id.error());
    return json{{"id", *id}};
}

Result<json> countOf(const Result<int> &count)
{
    if (!count)
        return tl::unexpected(count.error());
    return json{{"count", *count}};
}

Result<json> rollback(const Call &call)
{
    return answer(
        call.host().rollback(call.function(), call.arguments.value("bundle", ""), call.yield));
}

Result<json> debug(const Call &call)
{
    const Result<DebugRequest> request = fromJson<DebugRequest>(call.arguments);
    if (!request)
        return tl::unexpected(request.error());
    return answer(call.host().debug(*request, call.connection, call.yield));
}

Result<json> invocation(const Call &call)
{
    const auto id = call.arguments.at("id").get<std::string>();
    if (const auto found = call.server.hub().records().invocation(id))
        return toJson(*found);
    return failure(ErrorCode::RecordUnknown, id, "There is no such invocation");
}

Result<json> trace(const Call &call)
{
    const auto id = call.arguments.at("id").get<std::string>();
    const std::vector<Invocation> chain = call.server.hub().records().chain(id, mostInvocations);
    if (chain.empty())
        return failure(ErrorCode::RecordUnknown, id,
                       "There is no such invocation, and no such trace");
    return listOf(chain);
}

Result<json> capturedFailure(const Call &call)
{
    const auto id = call.arguments.at("id").get<std::string>();
    std::optional<Invocation> found = call.server.hub().records().invocation(id);
    if (!found)
        return failure(ErrorCode::RecordUnknown, id, "There is no such invocation");
    if (found->outcome == Outcome::Result)
        return failure(ErrorCode::RecordUnknown, id, "That invocation did not fail");
    return toJson(failureOf(std::move(*found)));
}

Result<json> profile(const Call &call)
{
    const auto duration = call.arguments.at("duration_ms").get<std::int64_t>();
    if (duration < 1 || duration > longestProfile)
        return failure(ErrorCode::RequestInvalid, call.function(),
                       "a profile takes from 1 ms to 10 min");
    return answer(call.host().profile(call.function(), std::chrono::milliseconds(duration),
                                      &call.cancellation, call.yield));
}

using Operation = Result<json> (*)(const Call &);

const std::map<std::string, Operation> &operations()
{
    static const std::map<std::string, Operation> all{
        {"put", put},
        {"invoke", invoke},
        {"fire", fire},
        {"rollback", rollback},
        {"debug", debug},
        {"invocation", invocation},
        {"trace", trace},
        {"profile", profile},
        {"failure", capturedFailure},
        {"functions", [](const Call &c) -> Result<json> { return listOf(c.host().functions()); }},
        {"remove", [](const Call &c) { return answer(c.host().remove(c.function())); }},
        {"arm",
         [](const Call &c) {
             return answer(c.host().arm(c.function(), c.arguments.at("armed").get<bool>()));
         }},
        {"freeze",
         [](const Call &c) {
             return answer(
                 c.host().freeze(c.function(), c.arguments.at("frozen").get<bool>(), c.connection));
         }},
        {"gateway",
         [](const Call &c) -> Result<json> {
             const Result<std::string> address = c.server.gateway(c.arguments.value("port", 0));
             if (!address)
                 return tl::unexpected(address.error());
             return json{{"address", *address}};
         }},
        {"invocations",
         [](const Call &c) -> Result<json> {
             return listOf(c.server.hub().records().invocations(c.functionOrAll(), c.limit()));
         }},
        {"logs",
         [](const Call &c) -> Result<json> {
             return listOf(c.server.hub().records().logs(c.functionOrAll(), c.limit()));
         }},
        {"metrics",
         [](const Call &c) -> Result<json> {
             return listOf(c.server.hub().metrics().figures(c.functionOrAll()));
         }},
        {"submit", submit},
        {"sample", sample},
        {"task",
         [](const Call &c) {
             return answer(c.server.tasks().task(c.arguments.at("id").get<std::string>()));
         }},
        {"tasks",
         [](const Call &c) -> Result<json> {
             return listOf(c.server.queues().tasks(c.functionOrAll(), c.limit()));
         }},
        {"queue_send", sendToQueue},
        {"queues",
         [](const Call &c) -> Result<json> { return listOf(c.server.queues().queues()); }},
        {"queue_dead",
         [](const Call &c) -> Result<json> {
             return listOf(c.server.queues().deadLetters(c.queue(), c.limit()));
         }},
        {"queue_revive",
         [](const Call &c) { return countOf(c.server.queues().revive(c.queue())); }},
        {"queue_purge", [](const Call &c) { return countOf(c.server.queues().purge(c.queue())); }},
        {"shutdown", [](const Call &) -> Result<json> { return json(); }},
    };
    return all;
}

} // namespace

Result<json> perform(RuntimeServer &server, std::uint64_t connection, const std::string &operation,
                     const json &arguments, Cancellation &cancellation, asio::yield_context yield)
try {
    const auto it = operations().find(operation);
    if (it == operations().end())
        return failure(ErrorCode::RequestInvalid, operation, "no such operation");
    return it->second({server, connection, arguments, cancellation, yield});
} catch (const json::exception &error) {
    return failure(ErrorCode::RequestInvalid, operation, error.what());
}

} // namespace runtime
