#pragma once

#include "runtime-bridge/daemon/database.h"
#include "runtime-bridge/daemon/records.h"
#include "runtime-bridge/protocol/messages.h"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace runtime {

/// One thing to be written.
using Record = std::variant<Invocation, LogLine, Switch, std::vector<Reading>>;

/// An id as it is stored: one of createSortableId()'s as its 16 bytes, any other as it is.
[[nodiscard]] std::string packId(const std::string &id);
[[nodiscard]] std::string unpackId(std::string stored);

/// The writing side of the records' file: makes the tables, counts cursors and sequences, keeps the
/// limits. Used by one thread at a time; everything throws DatabaseError.
class RecordsWriter
{
public:
    RecordsWriter(const std::filesystem::path &file, RecordLimits limits);

    /// Writes \a records in one transaction, all or none, and gives back the readings among them
    /// with cursor and sequence.
    [[nodiscard]] std::vector<Reading> write(std::vector<Record> records);

    /// What is due besides writing, now and then: moves the log into the file, deletes a batch of
    /// what is over the limits. To be called after each transaction.
    void tidy();

    /// Cursors given from now on are above \a cursor.
    void skipTo(std::uint64_t cursor) { m_cursor = std::max(m_cursor, cursor); }
    [[nodiscard]] std::uint64_t lastCursor() const { return m_cursor; }

private:
    void makeTables();
    void addMissingColumns();
    void insert(const Invocation &invocation);
    void insert(const LogLine &line);
    void insert(const Switch &change);
    void insert(std::vector<Reading> &readings);
    std::int64_t nameId(const std::string &name);
    std::uint64_t &sequenceOf(const std::string &function);
    /// Whether there is more to delete.
    bool trim(const char *table, const char *key, std::uint64_t limit);

    RecordLimits m_limits;
    Database m_database;
    std::unordered_map<std::string, std::int64_t> m_names;
    std::unordered_map<std::string, std::uint64_t> m_sequences;
    std::unordered_set<std::string> m_changedSequences; ///< In this transaction.
    std::uint64_t m_cursor = 0;
    int m_transactionsSinceTidy = 0;
    struct Statements;
    std::shared_ptr<Statements> m_statements; // shared_ptr: deletes a type unknown here
};

} // namespace runtime
