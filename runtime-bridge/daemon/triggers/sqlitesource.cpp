#include "runtime-bridge/daemon/triggers/sqlitesource.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

namespace runtime {

using namespace std::chrono_literals;
using nlohmann::json;
namespace asio = boost::asio;

namespace {

constexpr int rowsAtOnce = 200;
constexpr auto busyPause = 100ms; ///< While the queue is full, or who writes holds the file.

} // namespace

SqliteSource::SqliteSource(TriggerContext context, SqliteTrigger trigger)
    : MessageSource(context, "database",
                    keptQueue("database", context.function,
                              trigger.file + '\n' + trigger.table + '\n' + trigger.key),
                    trigger.retry)
    , m_trigger(std::move(trigger))
    , m_table(m_trigger.file, m_trigger.table, m_trigger.key)
    , m_bell(io(), std::filesystem::path(m_trigger.file).parent_path(),
             std::filesystem::path(m_trigger.file).filename().string())
{
}

void SqliteSource::start()
{
    MessageSource::start();
    if (const Result<> begun = begin(); !begun)
        m_tableTrouble = begun.error().detail;
    startCoroutine(io(),
                   [this, self = shared_from_this()](asio::yield_context yield) { follow(yield); });
}

void SqliteSource::onStop()
{
    m_bell.close();
    MessageSource::onStop();
}

std::string SqliteSource::words() const
{
    if (!trouble().empty() || !m_tableTrouble.empty())
        return trouble().empty() ? m_tableTrouble : trouble();
    return "follows the rows of " + m_trigger.table + " in " + m_trigger.file;
}

bool SqliteSource::isFailing() const
{
    return MessageSource::isFailing() || !m_tableTrouble.empty();
}

void SqliteSource::follow(asio::yield_context yield)
{
    bool again = true; // something is left to be read
    while (!isStopped()) {
        if (!again)
            m_bell.wait(yield);
        if (isStopped() || !(again || m_table.hasChanged() || !m_tableTrouble.empty()))
            continue;
        const Result<std::size_t> kept =
            hasRoom() ? keepSome() : Result<std::size_t>(failure(ErrorCode::RuntimeBusy, queue()));
        const bool isBusy = !kept && kept.error().code == ErrorCode::RuntimeBusy;
        setTrouble(kept || isBusy ? std::string() : kept.error().detail);
        again = isBusy || (kept && *kept > 0);
        if (isBusy) {
            asio::steady_timer pause(io(), busyPause);
            boost::system::error_code error;
            pause.async_wait(yield[error]);
        } else if (again) {
            asio::post(io(), yield); // others have their turn
        }
    }
}

Result<> SqliteSource::begin()
{
    if (m_key)
        return {};
    if (const std::optional<std::string> saved = store().place(queue())) {
        m_key = readJson(*saved).value("key", std::int64_t(0));
        return {};
    }
    const Result<std::int64_t> last = m_table.last();
    if (!last)
        return tl::unexpected(last.error());
    m_key = *last;
    return store().setPlace(queue(), json{{"key", *last}}.dump());
}

Result<std::size_t> SqliteSource::keepSome()
{
    if (const Result<> begun = begin(); !begun)
        return tl::unexpected(begun.error());
    const Result<std::int64_t> last = m_table.last();
    if (!last)
        return tl::unexpected(last.error());
    // The last rows were deleted: their keys may come again.
    std::int64_t key = std::min(*m_key, *last);
    const Result<std::vector<SqliteTable::Row>> rows = m_table.after(key, rowsAtOnce);
    if (!rows)
        return tl::unexpected(rows.error());
    if (!rows->empty())
        key = rows->back().key;
    if (key == *m_key)
        return 0;
    const Result<> kept = store().together([&]() -> Result<> {
        for (const SqliteTable::Row &row : *rows)
            if (Result<> done = keep(storedRow(row)); !done)
                return done;
        return store().setPlace(queue(), json{{"key", key}}.dump());
    });
    if (!kept)
        return tl::unexpected(kept.error());
    m_key = key;
    return rows->size();
}

void SqliteSource::setTrouble(const std::string &trouble)
{
    if (std::exchange(m_tableTrouble, trouble) != trouble)
        tellChange();
}

std::string SqliteSource::eventOf(const std::vector<QueueMessage> &messages) const
{
    return rowEvent(context().function, context().dialect, m_trigger, messages.front());
}

std::string storedRow(const SqliteTable::Row &row)
{
    return R"({"key":)" + std::to_string(row.key) + R"(,"row":)" + row.columns + '}';
}

std::string rowEvent(const std::string &function, const std::string &dialect,
                     const SqliteTrigger &trigger, const QueueMessage &message)
{
    const json stored = readJson(message.body);
    const EventValues values{{"id", message.id},
                             {"file", trigger.file},
                             {"table", trigger.table},
                             {"key", stored.value("key", json())},
                             {"row", stored.value("row", json())},
                             {"sent", eventTime(message.sentUs, true)},
                             {"sent_ms", message.sentUs / 1'000}};
    return shapeEvent("row", dialect, commonValues(function, nowUs()), {values});
}

} // namespace runtime
