#pragma once

#include "runtime-bridge/daemon/triggers/folderbell.h"
#include "runtime-bridge/daemon/triggers/messagesource.h"
#include "runtime-bridge/daemon/triggers/sqlitetable.h"

namespace runtime {

/// Rows that others put into a table of an SQLite file. They go into a queue of the runtime's own,
/// together with the key that was read to, so that each is there once.
class SqliteSource final : public MessageSource
{
public:
    SqliteSource(TriggerContext context, SqliteTrigger trigger);

    void start() override;

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override;
    void onStop() override;
    [[nodiscard]] int batch() const override { return 1; }
    [[nodiscard]] std::string eventOf(const std::vector<QueueMessage> &messages) const override;
    void follow(boost::asio::yield_context yield);
    /// The end of the table, where nothing of it was read before.
    Result<> begin();
    /// How many there were.
    Result<std::size_t> keepSome();
    void setTrouble(const std::string &trouble);

    SqliteTrigger m_trigger;
    SqliteTable m_table;
    FolderBell m_bell;
    std::optional<std::int64_t> m_key; ///< Of the last row that was read.
    std::string m_tableTrouble;
};

/// The event of \a message, whose body is a storedRow(), for \a dialect.
[[nodiscard]] std::string rowEvent(const std::string &function, const std::string &dialect,
                                   const SqliteTrigger &trigger, const QueueMessage &message);
/// A row as it lies in its queue.
[[nodiscard]] std::string storedRow(const SqliteTable::Row &row);

} // namespace runtime
