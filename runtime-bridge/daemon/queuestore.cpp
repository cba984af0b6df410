#include "runtime-bridge/daemon/queuestore.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/database.h"
#include "runtime-bridge/daemon/log.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>

namespace runtime {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr const char *taskPrefix = "tasks/";
constexpr int tasksKept = 10'000; ///< Ended ones, of all functions.

// taken: a function has it. dead: a dead letter.
constexpr const char *tables =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512;"
    "CREATE TABLE IF NOT EXISTS messages(number INTEGER PRIMARY KEY AUTOINCREMENT, "
    "id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, body TEXT NOT NULL, sent_us INTEGER NOT NULL, "
    "due_us INTEGER NOT NULL, first_us INTEGER NOT NULL DEFAULT 0, "
    "attempts INTEGER NOT NULL DEFAULT 0, taken INTEGER NOT NULL DEFAULT 0, "
    "dead INTEGER NOT NULL DEFAULT 0, fault TEXT NOT NULL DEFAULT '', "
    "traceparent TEXT NOT NULL DEFAULT '', tracestate TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX IF NOT EXISTS due ON messages(queue, dead, taken, due_us, number);"
    "CREATE TABLE IF NOT EXISTS tasks(number INTEGER PRIMARY KEY AUTOINCREMENT, "
    "id TEXT NOT NULL UNIQUE, function TEXT NOT NULL, ended INTEGER NOT NULL, "
    "state TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS ended ON tasks(ended, number);"
    "CREATE TABLE IF NOT EXISTS places(queue TEXT PRIMARY KEY, place TEXT NOT NULL);"
    // What somebody had when the last runtime ended is there again.
    "UPDATE messages SET taken = 0 WHERE taken = 1";

Error storeError(const std::exception &error)
{
    return {ErrorCode::FileUnwritable, "queues.sqlite", error.what()};
}

QueueMessage messageOf(const Statement &row)
{
    QueueMessage message;
    message.number = std::uint64_t(row.integer(0));
    message.id = row.text(1);
    message.queue = row.text(2);
    message.body = row.text(3);
    message.sentUs = row.integer(4);
    message.firstUs = row.integer(5);
    message.attempts = int(row.integer(6));
    message.fault = row.text(7);
    message.cause = traceFromHeaders(row.text(8), row.text(9));
    return message;
}

constexpr const char *columns =
    "number, id, queue, body, sent_us, first_us, attempts, fault, traceparent, tracestate";

} // namespace

struct QueueStore::Private {
    explicit Private(const std::filesystem::path &file) : database(file)
    {
        database.execute(tables);
        // A file of an earlier version lacks them.
        for (const char *name : {"traceparent", "tracestate"})
            if (prepare("SELECT count(*) FROM pragma_table_info('messages') WHERE name = ?1")
                    .find(std::string_view(name)) == 0)
                database.execute((std::string("ALTER TABLE messages ADD COLUMN ") + name +
                                  " TEXT NOT NULL DEFAULT ''")
                                     .c_str());
    }

    Statement prepare(const std::string &sql) { return {database.handle(), sql.c_str()}; }

    void rollBack()
    {
        try {
            database.execute("ROLLBACK");
        } catch (const DatabaseError &) { // nothing was begun
        }
    }

    void tell(const std::string &queue)
    {
        // Who is told may listen anew.
        const auto [first, last] = listeners.equal_range(queue);
        std::vector<std::weak_ptr<std::function<void()>>> told;
        for (auto it = first; it != last; ++it)
            told.push_back(it->second);
        for (const auto &weak : told)
            if (const auto heard = weak.lock())
                (*heard)();
        std::erase_if(listeners, [](const auto &item) { return item.second.expired(); });
    }

    Database database;
    std::multimap<std::string, std::weak_ptr<std::function<void()>>> listeners;
};

QueueStore::QueueStore(std::unique_ptr<Private> privates) : d(std::move(privates)) {}
QueueStore::~QueueStore() = default;

Result<std::unique_ptr<QueueStore>> QueueStore::open(const std::filesystem::path &file)
{
    const auto attempt = [&] {
        return std::unique_ptr<QueueStore>(new QueueStore(std::make_unique<Private>(file)));
    };
    try {
        return attempt();
    } catch (const DatabaseError &error) {
        if (!error.isDamage())
            return tl::unexpected(storeError(error));
        logLine("queues.sqlite is damaged and set aside: " + std::string(error.what()));
    }
    std::error_code ignored;
    std::filesystem::rename(file, file.string() + ".damaged", ignored);
    for (const char *end : {"-wal", "-shm"})
        std::filesystem::remove(file.string() + end, ignored);
    try {
        return attempt();
    } catch (const DatabaseError &error) {
        return tl::unexpected(storeError(error));
    }
}

Result<std::string> QueueStore::send(const std::string &queue, const std::string &body,
                                     const std::string &wantedId, const Trace &cause)
try {
    const std::string id = wantedId.empty() ? createSortableId() : wantedId;
    const std::int64_t now = nowUs();
    d->prepare("INSERT INTO messages(id, queue, body, sent_us, due_us, traceparent, tracestate) "
               "VALUES(?1,?2,?3,?4,?4,?5,?6)")
        .run(id, queue, body, now, traceparentOf(cause), cause.state);
    d->tell(queue);
    return id;
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

Result<std::vector<QueueMessage>> QueueStore::take(const std::string &queue, int limit)
try {
    std::vector<QueueMessage> messages;
    const std::int64_t now = nowUs();
    Statement found =
        d->prepare(std::string("SELECT ") + columns +
                   " FROM messages WHERE queue = ?1 AND dead = 0 AND taken = 0 AND due_us <= ?2 "
                   "ORDER BY number LIMIT ?3");
    found.start(queue, now, limit);
    while (found.next())
        messages.push_back(messageOf(found));
    if (messages.empty())
        return messages;
    d->database.execute("BEGIN IMMEDIATE");
    Statement mark = d->prepare("UPDATE messages SET taken = 1, attempts = ?2, first_us = ?3 "
                                "WHERE number = ?1");
    for (QueueMessage &message : messages) {
        ++message.attempts;
        message.firstUs = message.firstUs ? message.firstUs : now;
        mark.run(message.number, message.attempts, message.firstUs);
    }
    d->database.execute("COMMIT");
    return messages;
} catch (const DatabaseError &error) {
    d->rollBack();
    return tl::unexpected(storeError(error));
}

std::optional<std::int64_t> QueueStore::nextDue(const std::string &queue)
try {
    Statement due = d->prepare("SELECT due_us FROM messages WHERE queue = ?1 AND dead = 0 AND "
                               "taken = 0 ORDER BY due_us LIMIT 1");
    return due.find(queue);
} catch (const DatabaseError &error) {
    logLine(std::string("queues.sqlite: ") + error.what());
    return std::nullopt;
}

Result<> QueueStore::acknowledge(const QueueMessage &message)
try {
    d->prepare("DELETE FROM messages WHERE number = ?1").run(message.number);
    return {};
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

Result<> QueueStore::putBack(const QueueMessage &message, milliseconds delay,
                             const std::string &why)
try {
    const int attempts = why.empty() ? message.attempts - 1 : message.attempts;
    d->prepare("UPDATE messages SET taken = 0, due_us = ?2, attempts = ?3, fault = ?4 "
               "WHERE number = ?1")
        .run(message.number, std::int64_t(nowUs() + delay.count() * 1'000), attempts,
             why.empty() ? message.fault : why);
    d->tell(message.queue);
    return {};
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

Result<> QueueStore::bury(const QueueMessage &message, const std::string &why)
try {
    d->prepare("UPDATE messages SET taken = 0, dead = 1, fault = ?2 WHERE number = ?1")
        .run(message.number, why);
    return {};
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

std::vector<QueueState> QueueStore::queues()
try {
    std::vector<QueueState> states;
    Statement rows = d->prepare(
        "SELECT queue, sum(dead = 0 AND taken = 0), sum(dead = 0 AND taken = 1), sum(dead), "
        "min(CASE WHEN dead = 0 AND taken = 0 THEN sent_us END) FROM messages "
        "WHERE queue NOT LIKE 'tasks/%' GROUP BY queue ORDER BY queue");
    rows.start();
    while (rows.next())
        states.push_back({rows.text(0), std::uint64_t(rows.integer(1)),
                          std::uint64_t(rows.integer(2)), std::uint64_t(rows.integer(3)),
                          rows.integer(4)});
    return states;
} catch (const DatabaseError &error) {
    logLine(std::string("queues.sqlite: ") + error.what());
    return {};
}

std::vector<QueueMessage> QueueStore::deadLetters(const std::string &queue, int limit)
try {
    std::vector<QueueMessage> messages;
    Statement rows = d->prepare(std::string("SELECT ") + columns +
                                " FROM messages WHERE queue = ?1 AND dead = 1 ORDER BY number "
                                "LIMIT ?2");
    rows.start(queue, limit);
    while (rows.next())
        messages.push_back(messageOf(rows));
    return messages;
} catch (const DatabaseError &error) {
    logLine(std::string("queues.sqlite: ") + error.what());
    return {};
}

Result<int> QueueStore::revive(const std::string &queue)
try {
    Statement rows = d->prepare("UPDATE messages SET dead = 0, attempts = 0, due_us = ?2 WHERE "
                                "queue = ?1 AND dead = 1");
    rows.run(queue, std::int64_t(nowUs()));
    const int count = int(d->database.number("SELECT changes()"));
    d->tell(queue);
    return count;
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

Result<int> QueueStore::purge(const std::string &queue)
try {
    d->prepare("DELETE FROM messages WHERE queue = ?1 AND taken = 0").run(queue);
    return int(d->database.number("SELECT changes()"));
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

Result<> QueueStore::save(const TaskState &task)
try {
    const bool ended = task.phase == TaskPhase::Done || task.phase == TaskPhase::Dead;
    d->prepare("INSERT INTO tasks(id, function, ended, state) VALUES(?1,?2,?3,?4) "
               "ON CONFLICT(id) DO UPDATE SET ended = ?3, state = ?4")
        .run(task.id, task.function, ended,
             toJson(task).dump(-1, ' ', false, json::error_handler_t::replace));
    if (ended)
        d->prepare("DELETE FROM tasks WHERE ended = 1 AND number <= (SELECT number FROM tasks "
                   "WHERE ended = 1 ORDER BY number DESC LIMIT 1 OFFSET ?1)")
            .run(tasksKept);
    return {};
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

namespace {

std::vector<TaskState> tasksOf(Statement &rows)
{
    std::vector<TaskState> tasks;
    while (rows.next())
        if (const json state = json::parse(rows.text(0), nullptr, false); state.is_object())
            if (Result<TaskState> task = fromJson<TaskState>(state))
                tasks.push_back(std::move(*task));
    return tasks;
}

} // namespace

Result<> QueueStore::together(const std::function<Result<>()> &changes)
try {
    d->database.execute("BEGIN IMMEDIATE");
    Result<> done = changes();
    if (done)
        d->database.execute("COMMIT");
    else
        d->rollBack();
    return done;
} catch (const DatabaseError &error) {
    d->rollBack();
    return tl::unexpected(storeError(error));
}

std::optional<TaskState> QueueStore::task(const std::string &id)
try {
    Statement rows = d->prepare("SELECT state FROM tasks WHERE id = ?1");
    rows.start(id);
    std::vector<TaskState> found = tasksOf(rows);
    if (found.empty())
        return std::nullopt;
    return std::move(found.front());
} catch (const DatabaseError &error) {
    logLine(std::string("queues.sqlite: ") + error.what());
    return std::nullopt;
}

std::vector<TaskState> QueueStore::tasks(const std::string &function, int limit)
try {
    Statement rows = d->prepare("SELECT state FROM tasks WHERE ?1 = '' OR function = ?1 "
                                "ORDER BY number DESC LIMIT ?2");
    rows.start(function, limit);
    return tasksOf(rows);
} catch (const DatabaseError &error) {
    logLine(std::string("queues.sqlite: ") + error.what());
    return {};
}

std::vector<std::string> QueueStore::functionsWithTasks()
try {
    std::vector<std::string> functions;
    Statement rows = d->prepare("SELECT DISTINCT substr(queue, 7) FROM messages WHERE dead = 0 "
                                "AND queue LIKE 'tasks/%'");
    rows.start();
    while (rows.next())
        functions.push_back(rows.text(0));
    return functions;
} catch (const DatabaseError &error) {
    logLine(std::string("queues.sqlite: ") + error.what());
    return {};
}

std::optional<std::string> QueueStore::place(const std::string &queue)
try {
    Statement rows = d->prepare("SELECT place FROM places WHERE queue = ?1");
    rows.start(queue);
    return rows.next() ? std::optional(rows.text(0)) : std::nullopt;
} catch (const DatabaseError &error) {
    logLine(std::string("queues.sqlite: ") + error.what());
    return std::nullopt;
}

Result<> QueueStore::setPlace(const std::string &queue, const std::string &place)
try {
    d->prepare("INSERT INTO places(queue, place) VALUES(?1,?2) "
               "ON CONFLICT(queue) DO UPDATE SET place = ?2")
        .run(queue, place);
    return {};
} catch (const DatabaseError &error) {
    return tl::unexpected(storeError(error));
}

void QueueStore::listen(const std::string &queue,
                        const std::shared_ptr<std::function<void()>> &heard)
{
    d->listeners.emplace(queue, heard);
}

Trace causeOf(const QueueMessage &message)
{
    if (!message.cause.id.empty())
        return message.cause;
    Trace own = traceOf({}, message.id);
    own.span.clear(); // it is no invocation
    return own;
}

std::string taskQueue(const std::string &function)
{
    return taskPrefix + function;
}

milliseconds backoffAfter(int attempt, const Retry &retry)
{
    const milliseconds longest = std::chrono::hours(1);
    milliseconds wait = retry.backoff;
    for (int i = 1; i < attempt && wait < longest; ++i)
        wait *= 2;
    return std::max(retry.backoff, std::min(wait, longest));
}

} // namespace runtime
