#pragma once

#include "runtime-bridge/protocol/queuemessages.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runtime {

/// The runtime's own queues, and the tasks that lie in them, in SQLite.
///
/// A message that was accepted stays until it is acknowledged or becomes a dead letter, also over
/// kill -9 at any moment: who takes it has it until one of both, and with the runtime's end it is
/// there again. Every taking counts as an attempt. On the runtime's thread; each call is short.
class QueueStore
{
public:
    [[nodiscard]] static Result<std::unique_ptr<QueueStore>>
    open(const std::filesystem::path &file);
    ~QueueStore();

    /// Its id: \a id, or a new one. \a cause: who sends it, kept with it.
    [[nodiscard]] Result<std::string> send(const std::string &queue, const std::string &body,
                                           const std::string &id = {}, const Trace &cause = {});
    /// The oldest that are due, at most \a limit.
    [[nodiscard]] Result<std::vector<QueueMessage>> take(const std::string &queue, int limit);
    /// When the next of those that nobody has is due, microseconds since 1970.
    [[nodiscard]] std::optional<std::int64_t> nextDue(const std::string &queue);

    [[nodiscard]] Result<> acknowledge(const QueueMessage &message);
    /// Due again after \a delay. It failed for \a why; empty: it was not tried, and not counted.
    [[nodiscard]] Result<> putBack(const QueueMessage &message, std::chrono::milliseconds delay,
                                   const std::string &why);
    /// Kept aside, as a dead letter.
    [[nodiscard]] Result<> bury(const QueueMessage &message, const std::string &why);

    [[nodiscard]] std::vector<QueueState> queues();
    /// Oldest first.
    [[nodiscard]] std::vector<QueueMessage> deadLetters(const std::string &queue, int limit);
    /// Dead letters are due again, as new ones: how many.
    [[nodiscard]] Result<int> revive(const std::string &queue);
    /// Everything that nobody has just now: how many.
    [[nodiscard]] Result<int> purge(const std::string &queue);

    [[nodiscard]] Result<> save(const TaskState &task);
    /// Makes all of \a changes or none. take() may not be among them.
    [[nodiscard]] Result<> together(const std::function<Result<>()> &changes);
    [[nodiscard]] std::optional<TaskState> task(const std::string &id);
    /// Newest first. \a function empty: of all.
    [[nodiscard]] std::vector<TaskState> tasks(const std::string &function, int limit);
    /// Functions that have tasks to be done.
    [[nodiscard]] std::vector<std::string> functionsWithTasks();

    /// How far something outside was read into \a queue; nothing before it was told once.
    [[nodiscard]] std::optional<std::string> place(const std::string &queue);
    [[nodiscard]] Result<> setPlace(const std::string &queue, const std::string &place);

    /// Calls \a heard when something becomes due in \a queue, as long as \a heard lives. It must
    /// not call the store.
    void listen(const std::string &queue, const std::shared_ptr<std::function<void()>> &heard);

private:
    struct Private; // keeps SQLite out of everyone's includes
    explicit QueueStore(std::unique_ptr<Private> privates);
    std::unique_ptr<Private> d;
};

/// What an invocation made of \a message is caused by. Its attempts are of one chain, the message's
/// own where its sender has none.
[[nodiscard]] Trace causeOf(const QueueMessage &message);

/// The queue of a function's tasks. No queue of a user's has a '/' in its name.
[[nodiscard]] std::string taskQueue(const std::string &function);

/// How long a message waits after its attempt number \a attempt failed.
[[nodiscard]] std::chrono::milliseconds backoffAfter(int attempt, const Retry &retry);

} // namespace runtime
