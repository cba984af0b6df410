#include "device-manager/core/readinglevels.h"

#include "device-manager/core/minmaxdecimator.h"
#include "runtime-bridge/daemon/database.h"

#include <limits>
#include <utility>

namespace device {

using runtime::Statement;

namespace {

constexpr const char *levelTable = R"(
CREATE TABLE IF NOT EXISTS spans(
    series INTEGER NOT NULL, level INTEGER NOT NULL, first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL, count INTEGER NOT NULL, sum REAL NOT NULL, low REAL NOT NULL,
    low_us INTEGER NOT NULL, high REAL NOT NULL, high_us INTEGER NOT NULL,
    PRIMARY KEY(series, level, first_us)) WITHOUT ROWID;
)";

constexpr const char *spanAt =
    "SELECT first_us, last_us, count, sum, low, low_us, high, high_us FROM spans "
    "WHERE series = ?1 AND level = ?2 AND first_us <= ?3 ORDER BY first_us DESC LIMIT 1";
constexpr const char *spansWithin =
    "SELECT first_us, last_us, count, sum, low, low_us, high, high_us FROM spans "
    "WHERE series = ?1 AND level = ?2 AND first_us BETWEEN ?3 AND ?4 ORDER BY first_us";
constexpr const char *writeSpan =
    "INSERT OR REPLACE INTO spans VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr const char *removeSpan =
    "DELETE FROM spans WHERE series = ?1 AND level = ?2 AND first_us = ?3";
constexpr const char *countSpans =
    "SELECT count(*) FROM (SELECT 1 FROM spans WHERE series = ?1 AND level = ?2 "
    "AND first_us BETWEEN ?3 AND ?4 LIMIT ?5)";
constexpr const char *rowsWithin = "SELECT time_us, value FROM readings WHERE series = ?1 "
                                   "AND time_us BETWEEN ?2 AND ?3 ORDER BY time_us";
constexpr const char *rowBefore = "SELECT time_us, value FROM readings WHERE series = ?1 "
                                  "AND time_us < ?2 ORDER BY time_us DESC LIMIT 1";
constexpr const char *rowAfter = "SELECT time_us, value FROM readings WHERE series = ?1 "
                                 "AND time_us > ?2 ORDER BY time_us LIMIT 1";

constexpr std::int64_t endOfTime = std::numeric_limits<std::int64_t>::max();

ReadingFigures spanOf(const Statement &row)
{
    return {row.integer(0), row.integer(1), std::uint64_t(row.integer(2)),
            row.real(3),    row.real(4),    row.real(6),
            row.integer(5), row.integer(7)};
}

/// Whether a reading of this time begins the next span: never between two of one time.
bool isFull(const ReadingFigures &span, std::size_t level, std::int64_t timeUs)
{
    return span.count >= ReadingLevels::sizes[level] && timeUs != span.lastUs;
}

QPointF pointOf(std::int64_t timeUs, double value)
{
    return {double(timeUs) / 1000, value};
}

} // namespace

ReadingLevels::ReadingLevels(runtime::Database &database) : m_database(database)
{
    m_database.execute(levelTable);
}

ReadingLevels::~ReadingLevels() = default;

Statement &ReadingLevels::prepared(const char *sql)
{
    std::unique_ptr<Statement> &statement = m_statements[sql];
    if (!statement)
        statement = std::make_unique<Statement>(m_database.handle(), sql);
    return *statement;
}

/// The last span that begins at \a timeUs or before.
std::optional<ReadingFigures> ReadingLevels::spanBefore(std::int64_t series, std::size_t level,
                                                        std::int64_t timeUs)
{
    Statement &row = prepared(spanAt);
    row.start(series, int(level), timeUs);
    if (!row.next())
        return std::nullopt;
    const ReadingFigures found = spanOf(row);
    while (row.next()) // an open read would keep the log from being moved
        ;
    return found;
}

ReadingLevels::Tails &ReadingLevels::tails(std::int64_t series)
{
    if (const auto it = m_tails.find(series); it != m_tails.end())
        return it->second;
    Tails &tails = m_tails[series];
    for (std::size_t level = 0; level < sizes.size(); ++level)
        if (const auto last = spanBefore(series, level, endOfTime))
            tails[level].span = *last;
    return tails;
}

void ReadingLevels::write(std::int64_t series, std::size_t level, const ReadingFigures &s)
{
    prepared(writeSpan).run(series, int(level), s.firstUs, s.lastUs, s.count, s.sum, s.low, s.lowUs,
                            s.high, s.highUs);
}

void ReadingLevels::flush(std::int64_t series, std::size_t level, Tail &tail)
{
    if (std::exchange(tail.isDirty, false))
        write(series, level, tail.span);
}

void ReadingLevels::flush()
{
    for (auto &[series, tails] : m_tails)
        for (std::size_t level = 0; level < sizes.size(); ++level)
            flush(series, level, tails[level]);
}

void ReadingLevels::add(std::int64_t series, std::int64_t timeUs, double value)
{
    Tails &all = tails(series);
    for (std::size_t level = 0; level < sizes.size(); ++level) {
        Tail &tail = all[level];
        if (tail.span.count > 0 && timeUs < tail.span.firstUs) {
            addLate(series, level, timeUs, value);
            continue;
        }
        if (timeUs > tail.span.lastUs && isFull(tail.span, level, timeUs)) {
            flush(series, level, tail);
            tail.span = {};
        }
        tail.span.add(timeUs, value);
        tail.isDirty = true;
        if (tail.span.count % sizes[level] == 0 && tail.span.count >= 2 * sizes[level]) {
            flush(series, level, tail);
            divide(series, level, tail.span);
            tail.span = spanBefore(series, level, endOfTime).value_or(ReadingFigures{});
        }
    }
}

void ReadingLevels::addLate(std::int64_t series, std::size_t level, std::int64_t timeUs,
                            double value)
{
    std::optional<ReadingFigures> found = spanBefore(series, level, timeUs);
    if (found && timeUs > found->lastUs && isFull(*found, level, timeUs))
        found.reset(); // it lies in the gap behind a full span
    ReadingFigures grown = found.value_or(ReadingFigures{});
    grown.add(timeUs, value);
    write(series, level, grown);
    if (grown.count % sizes[level] == 0 && grown.count >= 2 * sizes[level])
        divide(series, level, grown);
}

void ReadingLevels::divide(std::int64_t series, std::size_t level, const ReadingFigures &span)
{
    prepared(removeSpan).run(series, int(level), span.firstUs);
    ReadingFigures part;
    Statement rows(m_database.handle(), rowsWithin);
    rows.start(series, span.firstUs, span.lastUs);
    while (rows.next()) {
        if (isFull(part, level, rows.integer(0))) {
            write(series, level, part);
            part = {};
        }
        part.add(rows.integer(0), rows.real(1));
    }
    if (part.count > 0)
        write(series, level, part);
}

void ReadingLevels::rebuild(std::int64_t series, const std::function<void(std::uint64_t)> &tell)
{
    m_tails.erase(series);
    Statement(m_database.handle(), "DELETE FROM spans WHERE series = ?1").run(series);
    std::array<ReadingFigures, sizes.size()> parts;
    Statement rows(m_database.handle(), rowsWithin);
    rows.start(series, std::numeric_limits<std::int64_t>::min(), endOfTime);
    std::uint64_t count = 0;
    constexpr std::uint64_t step = 100'000;
    while (rows.next()) {
        for (std::size_t level = 0; level < sizes.size(); ++level) {
            if (isFull(parts[level], level, rows.integer(0))) {
                write(series, level, parts[level]);
                parts[level] = {};
            }
            parts[level].add(rows.integer(0), rows.real(1));
        }
        if (++count % step == 0)
            tell(step);
    }
    for (std::size_t level = 0; level < sizes.size(); ++level)
        if (parts[level].count > 0)
            write(series, level, parts[level]);
}

/// The coarsest level that has a point for each column, two a span; nothing: the readings
/// themselves.
std::optional<std::size_t> ReadingLevels::levelFor(std::int64_t series, std::int64_t fromUs,
                                                   std::int64_t toUs, int columns)
{
    const std::int64_t enough = std::max(1, columns / 2);
    for (std::size_t level = sizes.size(); level-- > 0;) {
        const auto count = prepared(countSpans).find(series, int(level), fromUs, toUs, enough);
        if (count.value_or(0) >= enough)
            return level;
    }
    return std::nullopt;
}

SeriesPoints ReadingLevels::points(std::int64_t series, std::int64_t fromUs, std::int64_t toUs,
                                   int columns)
{
    SeriesPoints result;
    MinMaxDecimator decimator(double(fromUs) / 1000, double(toUs) / 1000, columns);
    if (const auto level = levelFor(series, fromUs, toUs, columns)) {
        const auto before = spanBefore(series, *level, fromUs);
        Statement &rows = prepared(spansWithin);
        rows.start(series, int(*level), before ? before->firstUs : fromUs, toUs);
        while (rows.next()) {
            const ReadingFigures s = spanOf(rows);
            const QPointF low = pointOf(s.lowUs, s.low), high = pointOf(s.highUs, s.high);
            decimator.add(s.lowUs <= s.highUs ? low : high);
            decimator.add(s.lowUs <= s.highUs ? high : low);
            result.raw += s.count;
        }
        result.points = decimator.take();
        return result;
    }
    const auto neighbour = [&](const char *sql, std::int64_t time) {
        Statement &row = prepared(sql);
        row.start(series, time);
        while (row.next())
            decimator.add(pointOf(row.integer(0), row.real(1)));
    };
    neighbour(rowBefore, fromUs);
    Statement &rows = prepared(rowsWithin);
    rows.start(series, fromUs, toUs);
    while (rows.next()) {
        decimator.add(pointOf(rows.integer(0), rows.real(1)));
        ++result.raw;
    }
    neighbour(rowAfter, toUs);
    result.points = decimator.take();
    return result;
}

ReadingFigures ReadingLevels::figures(std::int64_t series, std::int64_t fromUs, std::int64_t toUs)
{
    ReadingFigures all;
    collect(series, sizes.size(), fromUs, toUs, all);
    return all;
}

/// From whole spans of the coarsest of \a levels, and the rest to both sides from the next finer.
void ReadingLevels::collect(std::int64_t series, std::size_t levels, std::int64_t fromUs,
                            std::int64_t toUs, ReadingFigures &into)
{
    if (fromUs > toUs)
        return;
    if (levels == 0) {
        Statement &rows = prepared(rowsWithin);
        rows.start(series, fromUs, toUs);
        while (rows.next())
            into.add(rows.integer(0), rows.real(1));
        return;
    }
    ReadingFigures whole;
    Statement &rows = prepared(spansWithin);
    rows.start(series, int(levels - 1), fromUs, toUs);
    while (rows.next())
        if (const ReadingFigures s = spanOf(rows); s.lastUs <= toUs)
            whole.add(s);
    if (whole.count == 0)
        return collect(series, levels - 1, fromUs, toUs, into);
    into.add(whole);
    if (whole.firstUs > fromUs)
        collect(series, levels - 1, fromUs, whole.firstUs - 1, into);
    if (whole.lastUs < toUs)
        collect(series, levels - 1, whole.lastUs + 1, toUs, into);
}

} // namespace device
