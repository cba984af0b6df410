#include "runtime-bridge/daemon/recordswriter.h"

#include "runtime-bridge/base/digest.h"

#include <algorithm>
#include <chrono>

namespace runtime {

namespace {

constexpr int formatVersion = 1;
constexpr std::int64_t deletedAtOnce = 5'000;
constexpr int transactionsPerTidy = 64;
constexpr std::uint64_t switchesKept = 10'000;

// Names (functions, series, bundles) are stored once. Ids count up and nothing is deleted but from
// the old end, so that first and last id tell how many there are.
constexpr const char *tables = R"(
CREATE TABLE IF NOT EXISTS names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS invocations(
    id INTEGER PRIMARY KEY, invocation BLOB NOT NULL, function INTEGER NOT NULL, trigger TEXT,
    bundle INTEGER, event TEXT, outcome TEXT, result TEXT, fault_type TEXT, fault_message TEXT,
    fault_stack TEXT, log_dropped INTEGER, cold INTEGER, start_us INTEGER, queued_ms REAL,
    init_ms REAL, duration_ms REAL, memory_kb INTEGER, trace BLOB, parent TEXT);
CREATE INDEX IF NOT EXISTS invocation_ids ON invocations(invocation);
CREATE INDEX IF NOT EXISTS invocation_functions ON invocations(function);
CREATE TABLE IF NOT EXISTS failures(
    id INTEGER PRIMARY KEY, invocation BLOB NOT NULL, capture TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS failure_invocations ON failures(invocation);
CREATE TABLE IF NOT EXISTS logs(
    id INTEGER PRIMARY KEY, time_us INTEGER, function INTEGER NOT NULL, invocation BLOB,
    is_error INTEGER, text TEXT);
DROP INDEX IF EXISTS log_invocations; -- by length(), which is 0 for ids that begin with a zero byte
CREATE INDEX IF NOT EXISTS log_ids ON logs(invocation) WHERE invocation <> '';
CREATE INDEX IF NOT EXISTS log_functions ON logs(function);
CREATE TABLE IF NOT EXISTS readings(
    cursor INTEGER PRIMARY KEY, sequence INTEGER, time_us INTEGER, function INTEGER NOT NULL,
    series INTEGER, value REAL, bundle INTEGER, invocation BLOB);
CREATE INDEX IF NOT EXISTS reading_functions ON readings(function);
CREATE TABLE IF NOT EXISTS sequences(function TEXT PRIMARY KEY, last INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS switches(
    id INTEGER PRIMARY KEY, function INTEGER NOT NULL, bundle INTEGER, version INTEGER,
    time_us INTEGER);
)";

std::string joined(const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines)
        text += line + '\n';
    return text;
}

int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Higher than any cursor of a file begun earlier, unless that one took a million readings a
/// second.
std::uint64_t firstCursor()
{
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch());
    return std::uint64_t(now.count()) * 1'000;
}

} // namespace

std::string packId(const std::string &id)
{
    if (id.size() != 32)
        return id;
    std::string bytes(16, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = nibble(id[2 * i]);
        const int low = nibble(id[2 * i + 1]);
        if (high < 0 || low < 0)
            return id;
        bytes[i] = char(high << 4 | low);
    }
    return bytes;
}

std::string unpackId(std::string stored)
{
    return stored.size() == 16 ? toHex(stored) : stored;
}

struct RecordsWriter::Statements {
    explicit Statements(sqlite3 *database)
        : begin(database, "BEGIN IMMEDIATE")
        , commit(database, "COMMIT")
        , findName(database, "SELECT id FROM names WHERE name = ?1")
        , addName(database, "INSERT INTO names(name) VALUES(?1) RETURNING id")
        , addInvocation(database,
                        "INSERT INTO invocations(invocation, function, trigger, bundle, event, "
                        "outcome, result, fault_type, fault_message, fault_stack, log_dropped, "
                        "cold, start_us, queued_ms, init_ms, duration_ms, memory_kb, trace, "
                        "parent) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,"
                        "?17,?18,?19)")
        , addLine(database, "INSERT INTO logs(time_us, function, invocation, is_error, text) "
                            "VALUES(?1,?2,?3,?4,?5)")
        , addFailure(database, "INSERT INTO failures(invocation, capture) VALUES(?1,?2)")
        , addReading(database, "INSERT INTO readings VALUES(?1,?2,?3,?4,?5,?6,?7,?8)")
        , addSwitch(database, "INSERT INTO switches(function, bundle, version, time_us) "
                              "VALUES(?1,?2,?3,?4)")
        , findSequence(database, "SELECT last FROM sequences WHERE function = ?1")
        , setSequence(database, "INSERT OR REPLACE INTO sequences VALUES(?1,?2)")
    {
    }
    Statement begin, commit, findName, addName, addInvocation, addLine, addFailure, addReading,
        addSwitch, findSequence, setSequence;
};

RecordsWriter::RecordsWriter(const std::filesystem::path &file, RecordLimits limits)
    : m_limits(limits), m_database(file)
{
    m_database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                       "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=4194304;"
                       "PRAGMA cache_size=-1024; PRAGMA foreign_keys=OFF");
    makeTables();
    m_statements = std::make_shared<Statements>(m_database.handle());
    const std::int64_t stored = m_database.number("SELECT last FROM sequences WHERE function = ''");
    const std::int64_t newest = m_database.number("SELECT max(cursor) FROM readings");
    m_cursor = std::uint64_t(std::max(stored, newest));
}

void RecordsWriter::makeTables()
{
    const std::int64_t version = m_database.number("PRAGMA user_version");
    if (version > formatVersion)
        throw DatabaseError(26 /* SQLITE_NOTADB: set aside */, "written by a newer version");
    m_database.execute("BEGIN IMMEDIATE");
    m_database.execute(tables);
    addMissingColumns();
    m_database.execute(("PRAGMA user_version=" + std::to_string(formatVersion)).c_str());
    if (version == 0) {
        // The stream's own row has no function name.
        Statement start(m_database.handle(), "INSERT OR REPLACE INTO sequences VALUES('', ?1)");
        start.run(firstCursor());
    }
    m_database.execute("COMMIT");
}

/// What a file of an earlier version lacks. Its version stays: that program can go on with it.
void RecordsWriter::addMissingColumns()
{
    for (const auto &[name, type] : {std::pair("trace", "BLOB"), std::pair("parent", "TEXT")}) {
        Statement known(m_database.handle(),
                        "SELECT count(*) FROM pragma_table_info('invocations') WHERE name = ?1");
        if (known.find(std::string_view(name)) == 0)
            m_database.execute(
                (std::string("ALTER TABLE invocations ADD COLUMN ") + name + ' ' + type).c_str());
    }
    // The first was by length(), which is 0 for ids that begin with a zero byte.
    m_database.execute("DROP INDEX IF EXISTS invocation_traces;"
                       "CREATE INDEX IF NOT EXISTS invocation_chains ON invocations(trace) "
                       "WHERE trace <> ''");
}

std::vector<Reading> RecordsWriter::write(std::vector<Record> records)
{
    std::vector<Reading> stored;
    try {
        m_statements->begin.run();
        for (Record &record : records) {
            std::visit([this](auto &value) { insert(value); }, record);
            if (auto *readings = std::get_if<std::vector<Reading>>(&record))
                std::ranges::move(*readings, std::back_inserter(stored));
        }
        for (const std::string &function : m_changedSequences)
            m_statements->setSequence.run(function, m_sequences[function]);
        if (!stored.empty())
            m_statements->setSequence.run(std::string_view(), m_cursor);
        m_statements->commit.run();
    } catch (const DatabaseError &) {
        m_names.clear();
        m_changedSequences.clear(); // the numbers stay used: a gap shows the loss
        try {
            m_database.execute("ROLLBACK");
        } catch (const DatabaseError &) { // SQLite rolled back by itself
        }
        throw;
    }
    m_changedSequences.clear();
    return stored;
}

void RecordsWriter::insert(const Invocation &v)
{
    const std::string id = packId(v.id);
    m_statements->addInvocation.run(
        id, nameId(v.function), v.trigger, nameId(v.bundle), v.event, wireName(v.outcome), v.result,
        v.fault.type, v.fault.message, joined(v.fault.stack), v.logDropped, v.cold, v.startUs,
        v.queuedMs, v.initMs, v.durationMs, v.memoryKb,
        // A chain's first invocation has the chain's id.
        v.trace.id == v.id ? std::string() : packId(v.trace.id), v.trace.parent);
    if (!v.capture.empty())
        m_statements->addFailure.run(id, v.capture);
    for (const LogLine &line : v.log)
        m_statements->addLine.run(line.timeUs, nameId(v.function), id, line.isError, line.text);
}

void RecordsWriter::insert(const LogLine &v)
{
    m_statements->addLine.run(v.timeUs, nameId(v.function), packId(v.invocation), v.isError,
                              v.text);
}

void RecordsWriter::insert(const Switch &v)
{
    m_statements->addSwitch.run(nameId(v.function), nameId(v.bundle), v.version, v.timeUs);
}

void RecordsWriter::insert(std::vector<Reading> &readings)
{
    for (Reading &v : readings) {
        v.cursor = ++m_cursor;
        v.sequence = ++sequenceOf(v.function);
        m_changedSequences.insert(v.function);
        m_statements->addReading.run(v.cursor, v.sequence, v.timeUs, nameId(v.function),
                                     nameId(v.series), v.value, nameId(v.bundle),
                                     packId(v.invocation));
    }
}

std::int64_t RecordsWriter::nameId(const std::string &name)
{
    if (const auto known = m_names.find(name); known != m_names.end())
        return known->second;
    std::optional<std::int64_t> id = m_statements->findName.find(name);
    if (!id)
        id = m_statements->addName.find(name);
    m_names.emplace(name, *id);
    return *id;
}

std::uint64_t &RecordsWriter::sequenceOf(const std::string &function)
{
    const auto [known, isNew] = m_sequences.try_emplace(function, 0);
    if (isNew)
        known->second = std::uint64_t(m_statements->findSequence.find(function).value_or(0));
    return known->second;
}

void RecordsWriter::tidy()
{
    if (++m_transactionsSinceTidy < transactionsPerTidy)
        return;
    bool more = trim("readings", "cursor", m_limits.readings);
    more = trim("logs", "id", m_limits.logLines) || more;
    more = trim("invocations", "id", m_limits.invocations) || more;
    more = trim("failures", "id", m_limits.failures) || more;
    more = trim("switches", "id", switchesKept) || more;
    m_database.checkpoint();
    if (!more)
        m_transactionsSinceTidy = 0;
}

bool RecordsWriter::trim(const char *table, const char *key, std::uint64_t limit)
{
    const std::string name(table);
    const std::string id(key);
    const std::int64_t first = m_database.number(("SELECT min(" + id + ") FROM " + name).c_str());
    const std::int64_t last = m_database.number(("SELECT max(" + id + ") FROM " + name).c_str());
    const std::int64_t over = last - first + 1 - std::int64_t(limit);
    if (last == 0 || over <= 0)
        return false;
    const std::int64_t end = first + std::min(over, deletedAtOnce);
    Statement remove(m_database.handle(),
                     ("DELETE FROM " + name + " WHERE " + id + " < ?1").c_str());
    remove.run(end);
    return over > deletedAtOnce;
}

} // namespace runtime
