#pragma once

#include "runtime-bridge/base/error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace runtime {

/// Reads what comes into a table of an SQLite file that others write. Never writes, and never waits
/// for them: ErrorCode::RuntimeBusy while they have the file for themselves.
class SqliteTable
{
public:
    /// \a key: a column of whole numbers that rise; empty: the rowid.
    SqliteTable(std::filesystem::path file, std::string table, std::string key);
    ~SqliteTable();

    struct Row {
        std::int64_t key = 0;
        std::string columns; ///< JSON text of an object; bytes in base64.
    };

    /// The largest key; 0 where there is none.
    [[nodiscard]] Result<std::int64_t> last();
    /// The rows with keys over \a key, in their order, at most \a limit.
    [[nodiscard]] Result<std::vector<Row>> after(std::int64_t key, int limit);
    /// Whether somebody changed the file since this was asked last; the first time it is so.
    [[nodiscard]] bool hasChanged();

private:
    struct Close {
        void operator()(sqlite3 *database) const;
    };

    Result<> open();
    [[nodiscard]] Error fault() const;

    std::filesystem::path m_file;
    std::string m_table, m_key;
    std::unique_ptr<sqlite3, Close> m_database;
    std::uint64_t m_inode = 0;
    std::optional<std::int64_t> m_version;
};

} // namespace runtime
