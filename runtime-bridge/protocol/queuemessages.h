#pragma once

#include "runtime-bridge/protocol/messages.h"

/// The values of the bridge protocol that speak of queues and tasks.
namespace runtime {

struct QueueMessage {
    std::string id;
    std::string queue;
    std::string body;
    std::uint64_t number = 0; ///< 1, 2, 3, … within the runtime, in the order of sending.
    std::int64_t sentUs = 0;
    std::int64_t firstUs = 0; ///< When it was first taken; 0: never.
    int attempts = 0;         ///< With the present one.
    std::string fault;        ///< Why the last one failed.
    Trace cause = {};         ///< Who sent it, where that is known.
};

struct QueueState {
    std::string name;
    std::uint64_t waiting = 0; ///< With those that wait for their next attempt.
    std::uint64_t taken = 0;   ///< A function has them just now.
    std::uint64_t dead = 0;
    std::int64_t oldestUs = 0; ///< When the oldest that waits was sent; 0: none.
};

/// Where a task stands.
enum class TaskPhase { Waiting, Running, Done, Dead };
[[nodiscard]] std::string_view wireName(TaskPhase phase); ///< "waiting", …

/// An invocation that nobody waits for: accepted, tried until it succeeds or its attempts are over,
/// and its result kept.
struct TaskState {
    std::string id;
    std::string function;
    std::string event;
    TaskPhase phase = TaskPhase::Waiting;
    int attempts = 0;
    std::int64_t sentUs = 0;
    std::int64_t endUs = 0;            ///< Done or dead since.
    std::string invocation;            ///< The last attempt's.
    Outcome outcome = Outcome::Result; ///< Of the last attempt that ended.
    std::string result;                ///< JSON text, when it is done.
    Fault fault;
    std::vector<LogLine> log; ///< While it runs: the last lines that it printed.
};

[[nodiscard]] nlohmann::json toJson(const QueueMessage &message);
[[nodiscard]] nlohmann::json toJson(const QueueState &state);
[[nodiscard]] nlohmann::json toJson(const TaskState &task);

template<> Result<QueueMessage> fromJson<QueueMessage>(const nlohmann::json &);
template<> Result<QueueState> fromJson<QueueState>(const nlohmann::json &);
template<> Result<TaskState> fromJson<TaskState>(const nlohmann::json &);

} // namespace runtime
