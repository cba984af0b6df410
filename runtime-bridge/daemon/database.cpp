#include "runtime-bridge/daemon/database.h"

#include <sqlite3.h>

namespace runtime {

namespace {

void check(sqlite3 *database, int code)
{
    if (code != SQLITE_OK)
        throw DatabaseError(code, sqlite3_errmsg(database));
}

} // namespace

bool DatabaseError::isDamage() const
{
    const int primary = m_code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

void Statement::Finalize::operator()(sqlite3_stmt *statement) const
{
    sqlite3_finalize(statement);
}

Statement::Statement(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = nullptr;
    check(database,
          sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    m_statement.reset(statement);
}

void Statement::reset()
{
    sqlite3_reset(m_statement.get()); // repeats the error of the step before, which was thrown
}

bool Statement::next()
{
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW)
        return true;
    sqlite3 *const database = sqlite3_db_handle(m_statement.get());
    if (code != SQLITE_DONE) {
        const DatabaseError error(sqlite3_extended_errcode(database), sqlite3_errmsg(database));
        reset();
        throw error;
    }
    reset();
    return false;
}

void Statement::bind(int index, std::int64_t value)
{
    check(sqlite3_db_handle(m_statement.get()),
          sqlite3_bind_int64(m_statement.get(), index, value));
}

void Statement::bind(int index, double value)
{
    check(sqlite3_db_handle(m_statement.get()),
          sqlite3_bind_double(m_statement.get(), index, value));
}

void Statement::bind(int index, std::string_view text)
{
    // A null pointer would bind NULL instead of an empty text.
    check(sqlite3_db_handle(m_statement.get()),
          sqlite3_bind_text64(m_statement.get(), index, text.empty() ? "" : text.data(),
                              text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement.get(), column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(m_statement.get(), column);
}

std::string Statement::text(int column) const
{
    const void *const bytes = sqlite3_column_blob(m_statement.get(), column);
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    return bytes ? std::string(static_cast<const char *>(bytes), std::size_t(size)) : std::string();
}

void Database::Close::operator()(sqlite3 *database) const
{
    sqlite3_close_v2(database);
}

Database::Database(const std::filesystem::path &file)
{
    sqlite3 *database = nullptr;
    const int code =
        sqlite3_open_v2(file.c_str(), &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    m_handle.reset(database);
    if (code != SQLITE_OK)
        throw DatabaseError(code, database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, 2000);
}

void Database::execute(const char *sql)
{
    const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        throw DatabaseError(code, sqlite3_errmsg(handle()));
}

std::int64_t Database::number(const char *sql)
{
    return Statement(handle(), sql).find().value_or(0);
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(handle());
}

void Database::checkpoint()
{
    sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

} // namespace runtime
