#include "device-manager/core/readingdatabase.h"

#include "runtime-bridge/daemon/database.h"

#include <QByteArray>

#include <algorithm>
#include <tuple>
#include <utility>

namespace device {

using runtime::Database;
using runtime::Reading;
using runtime::Statement;
using runtime::Switch;

namespace {

// A reading is known by its series, time and sequence: one that comes twice is one. Rows lie in the
// order in which charts ask for them. The log is moved into the file late: the last page of each
// series changes with every batch, and is then written once for many of them.
constexpr const char *tables = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 8192;
PRAGMA cache_size = -16384;
CREATE TABLE IF NOT EXISTS names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS series(
    id INTEGER PRIMARY KEY, function TEXT NOT NULL, series TEXT NOT NULL,
    UNIQUE(function, series));
CREATE TABLE IF NOT EXISTS readings(
    series INTEGER NOT NULL, time_us INTEGER NOT NULL, sequence INTEGER NOT NULL,
    cursor INTEGER NOT NULL, value REAL NOT NULL, bundle INTEGER NOT NULL, invocation BLOB,
    PRIMARY KEY(series, time_us, sequence)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS switches(
    function TEXT NOT NULL, time_us INTEGER NOT NULL, version INTEGER NOT NULL,
    bundle INTEGER NOT NULL, PRIMARY KEY(function, time_us)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position(id INTEGER PRIMARY KEY CHECK(id = 0), cursor INTEGER);
)";

constexpr const char *readingColumns =
    "SELECT cursor, sequence, time_us, function, s.series, value, n.name, invocation "
    "FROM readings r JOIN series s ON s.id = r.series JOIN names n ON n.id = r.bundle ";

/// An id of 32 digits takes 16 bytes.
std::string packed(const std::string &id)
{
    const QByteArray bytes = QByteArray::fromHex(QByteArray::fromStdString(id));
    return bytes.toHex().toStdString() == id ? bytes.toStdString() : id;
}

std::string unpacked(const std::string &bytes)
{
    return bytes.size() == 16 ? QByteArray::fromStdString(bytes).toHex().toStdString() : bytes;
}

/// Undone unless it was committed.
class Transaction
{
public:
    explicit Transaction(Database &database) : m_database(database)
    {
        m_database.execute("BEGIN IMMEDIATE");
    }
    ~Transaction()
    {
        try {
            if (!m_done)
                m_database.execute("ROLLBACK");
        } catch (const runtime::DatabaseError &) {
            // SQLite undid it itself.
        }
    }
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    void commit()
    {
        m_database.execute("COMMIT");
        m_done = true;
    }

private:
    Database &m_database;
    bool m_done = false;
};

} // namespace

ReadingDatabase::ReadingDatabase(const QString &file, const std::function<void(double)> &tell)
    : m_database(std::make_unique<Database>(file.toStdString()))
{
    m_database->execute(tables);
    m_levels = std::make_unique<ReadingLevels>(*m_database);
    upgrade(tell);
    for (const Switch &change : switches())
        m_versions.emplace(change.function, change.bundle);
}

ReadingDatabase::~ReadingDatabase() = default;

/// Version 1 has levels. Each series is a transaction, so that an upgrade that was cut goes on
/// where it was.
void ReadingDatabase::upgrade(const std::function<void(double)> &tell)
{
    if (m_database->number("PRAGMA user_version") >= 1)
        return;
    const auto all = double(m_database->number("SELECT count(*) FROM readings"));
    std::uint64_t done = 0;
    std::vector<std::int64_t> ids;
    Statement rows(m_database->handle(), "SELECT id FROM series WHERE id NOT IN "
                                         "(SELECT DISTINCT series FROM spans WHERE level = 0)");
    rows.start();
    while (rows.next())
        ids.push_back(rows.integer(0));
    for (const std::int64_t id : ids) {
        Transaction transaction(*m_database);
        m_levels->rebuild(id, [&](std::uint64_t count) {
            done += count;
            if (tell)
                tell(std::min(1.0, double(done) / all));
        });
        transaction.commit();
    }
    m_database->execute("PRAGMA user_version = 1");
}

/// Inside a transaction: nobody else writes until its end.
void ReadingDatabase::noteOtherPrograms()
{
    const std::int64_t version = m_database->number("PRAGMA data_version");
    if (std::exchange(m_dataVersion, version) != version)
        m_levels->forget();
}

std::uint64_t ReadingDatabase::lastCursor()
{
    return std::uint64_t(m_database->number("SELECT cursor FROM position"));
}

std::int64_t ReadingDatabase::nameId(const std::string &name)
{
    if (const auto it = m_names.find(name); it != m_names.end())
        return it->second;
    Statement(m_database->handle(), "INSERT OR IGNORE INTO names(name) VALUES(?1)").run(name);
    const auto id =
        Statement(m_database->handle(), "SELECT id FROM names WHERE name = ?1").find(name);
    return m_names[name] = id.value_or(0);
}

std::int64_t ReadingDatabase::seriesId(const std::string &function, const std::string &series)
{
    const auto key = std::pair(function, series);
    if (const auto it = m_series.find(key); it != m_series.end())
        return it->second;
    Statement(m_database->handle(), "INSERT OR IGNORE INTO series(function, series) VALUES(?1, ?2)")
        .run(function, series);
    return m_series[key] = findSeries({function, series}).value_or(0);
}

std::optional<std::int64_t> ReadingDatabase::findSeries(const SeriesName &name)
{
    return Statement(m_database->handle(),
                     "SELECT id FROM series WHERE function = ?1 AND series = ?2")
        .find(name.function, name.series);
}

void ReadingDatabase::append(const std::vector<Reading> &readings)
{
    if (readings.empty())
        return;
    Transaction transaction(*m_database);
    noteOtherPrograms();
    // What an undone transaction named is not there.
    const auto names = m_names;
    const auto series = m_series;
    const auto versions = m_versions;
    try {
        Statement insert(m_database->handle(), "INSERT OR IGNORE INTO readings VALUES(?1, ?2, ?3, "
                                               "?4, ?5, ?6, CAST(?7 AS BLOB))");
        std::uint64_t last = 0;
        for (const Reading &r : readings) {
            const std::int64_t id = seriesId(r.function, r.series);
            insert.run(id, r.timeUs, r.sequence, r.cursor, r.value, nameId(r.bundle),
                       packed(r.invocation));
            if (m_database->changes() > 0)
                m_levels->add(id, r.timeUs, r.value);
            last = std::max(last, r.cursor);
            // A switch while nobody was connected is known by the first reading after it.
            if (!m_versions.contains({r.function, r.bundle}))
                append(Switch{r.function, r.bundle, 0, r.timeUs});
        }
        Statement(m_database->handle(), "INSERT INTO position VALUES(0, ?1) ON CONFLICT(id) DO "
                                        "UPDATE SET cursor = max(cursor, excluded.cursor)")
            .run(last);
        m_levels->flush();
        transaction.commit();
    } catch (...) {
        m_levels->forget();
        m_names = names;
        m_series = series;
        m_versions = versions;
        throw;
    }
}

void ReadingDatabase::append(const Switch &change)
{
    Statement(m_database->handle(), "INSERT OR IGNORE INTO switches VALUES(?1, ?2, ?3, ?4)")
        .run(change.function, change.timeUs, change.version, nameId(change.bundle));
    m_versions.emplace(change.function, change.bundle);
}

std::vector<ReadingSeries> ReadingDatabase::series()
{
    std::vector<ReadingSeries> all;
    Statement rows(m_database->handle(), "SELECT function, series,"
                                         " (SELECT min(time_us) FROM readings WHERE series = s.id),"
                                         " (SELECT max(time_us) FROM readings WHERE series = s.id) "
                                         "FROM series s ORDER BY function, series");
    rows.start();
    while (rows.next())
        all.push_back({{rows.text(0), rows.text(1)}, rows.integer(2), rows.integer(3)});
    return all;
}

SeriesPoints ReadingDatabase::points(const SeriesName &name, std::int64_t fromUs, std::int64_t toUs,
                                     int columns)
{
    const auto id = findSeries(name);
    return id ? m_levels->points(*id, fromUs, toUs, columns) : SeriesPoints();
}

ReadingFigures ReadingDatabase::figures(const SeriesName &name, std::int64_t fromUs,
                                        std::int64_t toUs)
{
    const auto id = findSeries(name);
    return id ? m_levels->figures(*id, fromUs, toUs) : ReadingFigures();
}

Reading ReadingDatabase::current(const Statement &row) const
{
    Reading reading;
    reading.cursor = std::uint64_t(row.integer(0));
    reading.sequence = std::uint64_t(row.integer(1));
    reading.timeUs = row.integer(2);
    reading.function = row.text(3);
    reading.series = row.text(4);
    reading.value = row.real(5);
    reading.bundle = row.text(6);
    reading.invocation = unpacked(row.text(7));
    return reading;
}

std::vector<Reading> ReadingDatabase::latest()
{
    std::vector<Reading> all;
    Statement ids(m_database->handle(), "SELECT id FROM series ORDER BY function, series");
    const std::string sql = std::string(readingColumns) +
                            "WHERE r.series = ?1 ORDER BY time_us DESC, sequence DESC LIMIT 1";
    Statement newest(m_database->handle(), sql.c_str());
    ids.start();
    while (ids.next()) {
        newest.start(ids.integer(0));
        while (newest.next())
            all.push_back(current(newest));
    }
    return all;
}

void ReadingDatabase::forEach(std::int64_t fromUs, std::int64_t toUs,
                              const std::function<bool(const Reading &)> &take)
{
    /// One series being read, at its oldest reading that was not taken.
    struct Source {
        std::unique_ptr<Statement> rows;
        Reading reading;
    };
    const std::string sql = std::string(readingColumns) + "WHERE r.series = ?1 AND time_us BETWEEN "
                                                          "?2 AND ?3 ORDER BY time_us, sequence";
    const auto isLater = [](const Source &a, const Source &b) {
        return std::tie(a.reading.timeUs, a.reading.cursor) >
               std::tie(b.reading.timeUs, b.reading.cursor);
    };
    std::vector<Source> sources;
    const auto next = [&](Source source) {
        if (!source.rows->next())
            return;
        source.reading = current(*source.rows);
        sources.push_back(std::move(source));
        std::ranges::push_heap(sources, isLater);
    };
    Statement ids(m_database->handle(), "SELECT id FROM series");
    ids.start();
    while (ids.next()) {
        auto rows = std::make_unique<Statement>(m_database->handle(), sql.c_str());
        rows->start(ids.integer(0), fromUs, toUs);
        next({std::move(rows), {}});
    }
    while (!sources.empty()) {
        std::ranges::pop_heap(sources, isLater);
        Source oldest = std::move(sources.back());
        sources.pop_back();
        if (!take(oldest.reading))
            return;
        next(std::move(oldest));
    }
}

std::vector<Reading> ReadingDatabase::readings(const SeriesName &name, std::int64_t fromUs,
                                               std::int64_t toUs, int limit)
{
    std::vector<Reading> found;
    const auto id = findSeries(name);
    if (!id)
        return found;
    const std::string sql = std::string(readingColumns) +
                            "WHERE r.series = ?1 AND time_us BETWEEN ?2 AND ?3 "
                            "ORDER BY time_us, sequence LIMIT ?4";
    Statement rows(m_database->handle(), sql.c_str());
    rows.start(*id, fromUs, toUs, limit);
    while (rows.next())
        found.push_back(current(rows));
    return found;
}

std::optional<Reading> ReadingDatabase::nearest(const SeriesName &name, std::int64_t timeUs)
{
    const auto id = findSeries(name);
    if (!id)
        return std::nullopt;
    std::optional<Reading> best;
    for (const char *side : {"AND time_us <= ?2 ORDER BY time_us DESC LIMIT 1",
                             "AND time_us > ?2 ORDER BY time_us LIMIT 1"}) {
        const std::string sql = std::string(readingColumns) + "WHERE r.series = ?1 " + side;
        Statement rows(m_database->handle(), sql.c_str());
        rows.start(*id, timeUs);
        if (!rows.next())
            continue;
        const Reading reading = current(rows);
        if (!best || reading.timeUs - timeUs < timeUs - best->timeUs)
            best = reading;
    }
    return best;
}

std::vector<Switch> ReadingDatabase::switches()
{
    std::vector<Switch> all;
    Statement rows(m_database->handle(), "SELECT function, name, version, time_us FROM switches "
                                         "JOIN names ON names.id = bundle ORDER BY time_us");
    rows.start();
    while (rows.next())
        all.push_back(
            {rows.text(0), rows.text(1), std::uint64_t(rows.integer(2)), rows.integer(3)});
    return all;
}

} // namespace device
