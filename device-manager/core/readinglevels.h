#pragma once

#include "device-manager/core/readingseries.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runtime {
class Database;
class Statement;
} // namespace runtime

namespace device {

/// Figures of each 32, 512, 8,192 and 131,072 readings of a series, kept beside the readings of
/// a ReadingDatabase, so that a chart of any length is made from a few thousand rows.
///
/// On each level the spans of a series follow each other in time without overlap, and every reading
/// belongs to exactly one. A late reading is put into the span of its time; one that has grown to
/// twice its size is divided. Levels count readings, not time: a slow series costs as little as a
/// fast one, two or three bytes a reading.
///
/// Used on the database's thread, inside its transactions. Throws runtime::DatabaseError.
class ReadingLevels final
{
public:
    explicit ReadingLevels(runtime::Database &database);
    ~ReadingLevels();

    static constexpr std::array<std::uint64_t, 4> sizes{32, 512, 8192, 131'072};

    /// Takes in a reading that has just become a row.
    void add(std::int64_t series, std::int64_t timeUs, double value);
    /// Writes what add() left in memory; before the transaction's end.
    void flush();
    /// What is in memory is not true any more: the transaction was undone, or another program
    /// wrote.
    void forget() { m_tails.clear(); }
    /// Makes the levels of a series anew from its rows. \a tell gets the number of rows now and
    /// then.
    void rebuild(std::int64_t series, const std::function<void(std::uint64_t)> &tell);

    [[nodiscard]] SeriesPoints points(std::int64_t series, std::int64_t fromUs, std::int64_t toUs,
                                      int columns);
    /// Of the readings between two times, both included.
    [[nodiscard]] ReadingFigures figures(std::int64_t series, std::int64_t fromUs,
                                         std::int64_t toUs);

private:
    /// The newest span of a level, as it is being filled.
    struct Tail {
        ReadingFigures span;
        bool isDirty = false;
    };
    using Tails = std::array<Tail, sizes.size()>;

    runtime::Statement &prepared(const char *sql);
    Tails &tails(std::int64_t series);
    void write(std::int64_t series, std::size_t level, const ReadingFigures &span);
    void flush(std::int64_t series, std::size_t level, Tail &tail);
    void addLate(std::int64_t series, std::size_t level, std::int64_t timeUs, double value);
    void divide(std::int64_t series, std::size_t level, const ReadingFigures &span);
    [[nodiscard]] std::optional<ReadingFigures> spanBefore(std::int64_t series, std::size_t level,
                                                           std::int64_t timeUs);
    [[nodiscard]] std::optional<std::size_t> levelFor(std::int64_t series, std::int64_t fromUs,
                                                      std::int64_t toUs, int columns);
    void collect(std::int64_t series, std::size_t levels, std::int64_t fromUs, std::int64_t toUs,
                 ReadingFigures &into);

    runtime::Database &m_database;
    std::map<const char *, std::unique_ptr<runtime::Statement>> m_statements; ///< By address.
    std::map<std::int64_t, Tails> m_tails;
};

} // namespace device
