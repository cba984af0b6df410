#include "runtime-bridge/daemon/triggers/sqlitetable.h"

#include "runtime-bridge/base/bytetext.h"
#include "runtime-bridge/daemon/linesplitter.h"

#include <nlohmann/json.hpp>

#include <sqlite3.h>
#include <sys/stat.h>

namespace runtime {

using nlohmann::json;

namespace {

struct FinalizeRows {
    void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
};
using Rows = std::unique_ptr<sqlite3_stmt, FinalizeRows>;

Rows prepare(sqlite3 *database, const std::string &sql)
{
    sqlite3_stmt *statement = nullptr;
    sqlite3_prepare_v2(database, sql.c_str(), int(sql.size()), &statement, nullptr);
    return Rows(statement);
}

/// As SQL takes a name, whatever is in it.
std::string quotedName(const std::string &name)
{
    std::string text = "\"";
    for (const char c : name)
        text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

json columnOf(sqlite3_stmt *row, int column)
{
    const auto bytes = [&](const void *data) {
        return std::string(static_cast<const char *>(data),
                           std::size_t(sqlite3_column_bytes(row, column)));
    };
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(row, column);
    case SQLITE_FLOAT: return sqlite3_column_double(row, column);
    case SQLITE_TEXT: return validUtf8(bytes(sqlite3_column_text(row, column)));
    case SQLITE_BLOB: return toBase64(bytes(sqlite3_column_blob(row, column)));
    default: return nullptr;
    }
}

} // namespace

void SqliteTable::Close::operator()(sqlite3 *database) const
{
    sqlite3_close_v2(database);
}

SqliteTable::SqliteTable(std::filesystem::path file, std::string table, std::string key)
    : m_file(std::move(file))
    , m_table(quotedName(table))
    , m_key(key.empty() ? "rowid" : quotedName(key))
{
}

SqliteTable::~SqliteTable() = default;

Error SqliteTable::fault() const
{
    const int code = m_database ? sqlite3_errcode(m_database.get()) : SQLITE_NOMEM;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return {ErrorCode::RuntimeBusy, m_file.string(), "somebody writes"};
    const char *words = m_database ? sqlite3_errmsg(m_database.get()) : "there is no memory";
    return {ErrorCode::FileUnreadable, m_file.string(), m_file.string() + ": " + words};
}

Result<> SqliteTable::open()
{
    struct stat status {
    };
    if (::stat(m_file.c_str(), &status) != 0) {
        m_database.reset();
        return failure(ErrorCode::FileUnreadable, m_file.string(),
                       "there is no file " + m_file.string());
    }
    if (m_database && m_inode == status.st_ino)
        return {};
    sqlite3 *database = nullptr;
    // In WAL mode reading takes a file beside it, which who may not write cannot make.
    int code = sqlite3_open_v2(m_file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
    if (code != SQLITE_OK) {
        sqlite3_close_v2(database);
        code = sqlite3_open_v2(m_file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr);
    }
    m_database.reset(database);
    m_inode = status.st_ino;
    m_version.reset();
    if (code != SQLITE_OK)
        return tl::unexpected(fault());
    return {};
}

bool SqliteTable::hasChanged()
{
    if (!open())
        return true; // to be told by who reads
    const Rows rows = prepare(m_database.get(), "PRAGMA data_version");
    if (!rows || sqlite3_step(rows.get()) != SQLITE_ROW)
        return true;
    const std::int64_t version = sqlite3_column_int64(rows.get(), 0);
    return std::exchange(m_version, version) != version;
}

Result<std::int64_t> SqliteTable::last()
{
    if (const Result<> opened = open(); !opened)
        return tl::unexpected(opened.error());
    const Rows rows = prepare(m_database.get(), "SELECT max(" + m_key + ") FROM " + m_table);
    if (!rows || sqlite3_step(rows.get()) != SQLITE_ROW)
        return tl::unexpected(fault());
    return sqlite3_column_int64(rows.get(), 0);
}

Result<std::vector<SqliteTable::Row>> SqliteTable::after(std::int64_t key, int limit)
{
    if (const Result<> opened = open(); !opened)
        return tl::unexpected(opened.error());
    const Rows rows =
        prepare(m_database.get(), "SELECT " + m_key + ", * FROM " + m_table + " WHERE " + m_key +
                                      " > ?1 ORDER BY " + m_key + " LIMIT ?2");
    if (!rows)
        return tl::unexpected(fault());
    sqlite3_bind_int64(rows.get(), 1, key);
    sqlite3_bind_int(rows.get(), 2, limit);
    std::vector<Row> found;
    int code = SQLITE_DONE;
    while ((code = sqlite3_step(rows.get())) == SQLITE_ROW) {
        if (sqlite3_column_type(rows.get(), 0) != SQLITE_INTEGER)
            return failure(ErrorCode::FileUnreadable, m_file.string(),
                           "the column " + m_key + " of " + m_table + " holds no whole numbers");
        json columns = json::object();
        for (int i = 1; i < sqlite3_column_count(rows.get()); ++i)
            columns[validUtf8(sqlite3_column_name(rows.get(), i))] = columnOf(rows.get(), i);
        found.push_back({sqlite3_column_int64(rows.get(), 0), columns.dump()});
    }
    if (code != SQLITE_DONE)
        return tl::unexpected(fault());
    return found;
}

} // namespace runtime
