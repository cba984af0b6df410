#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace runtime {

/// What SQLite refused to do. Never leaves the records.
class DatabaseError : public std::runtime_error
{
public:
    DatabaseError(int code, const std::string &text) : std::runtime_error(text), m_code(code) {}
    [[nodiscard]] bool isDamage() const; ///< The file is no database or its pages are broken.

private:
    int m_code;
};

/// One prepared statement. Every function throws DatabaseError.
class Statement
{
public:
    Statement(sqlite3 *database, const char *sql);

    /// Binds \a values to ?1, ?2, … and runs to the end.
    template<typename... Values> void run(const Values &...values)
    {
        start(values...);
        while (next())
            ;
    }
    /// Binds and waits for next(). Texts must live until the last next().
    template<typename... Values> void start(const Values &...values)
    {
        reset();
        [[maybe_unused]] int index = 0;
        (bind(++index, values), ...);
    }
    /// Binds, runs to the end and gives the first row's first number.
    template<typename... Values>
    [[nodiscard]] std::optional<std::int64_t> find(const Values &...values)
    {
        start(values...);
        if (!next())
            return std::nullopt;
        const std::int64_t found = integer(0);
        while (next()) // an open read would keep the log from being moved
            ;
        return found;
    }
    [[nodiscard]] bool next(); ///< Whether there is a further row; resets after the last.

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const; ///< Of a blob: its bytes.

private:
    struct Finalize {
        void operator()(sqlite3_stmt *statement) const;
    };
    void reset();
    void bind(int index, std::int64_t value);
    void bind(int index, std::uint64_t value) { bind(index, std::int64_t(value)); }
    void bind(int index, int value) { bind(index, std::int64_t(value)); }
    void bind(int index, bool value) { bind(index, std::int64_t(value)); }
    void bind(int index, double value);
    void bind(int index, std::string_view text);
    void bind(int index, const std::string &text) { bind(index, std::string_view(text)); }
    void bind(int, const char *) = delete; // would be taken for a bool

    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

/// One connection to one SQLite file.
class Database
{
public:
    explicit Database(const std::filesystem::path &file);

    void execute(const char *sql); ///< Statements without values; throws DatabaseError.
    [[nodiscard]] std::int64_t number(const char *sql); ///< The first column of the first row.
    /// How many rows the last INSERT, UPDATE or DELETE changed.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] sqlite3 *handle() const { return m_handle.get(); }
    /// Moves what it can from the log into the file without waiting for readers; errors are left
    /// for the next time.
    void checkpoint();

private:
    struct Close {
        void operator()(sqlite3 *database) const;
    };
    std::unique_ptr<sqlite3, Close> m_handle;
};

} // namespace runtime
