#include "runtime-bridge/daemon/recordsreader.h"

#include "runtime-bridge/daemon/recordswriter.h"

#include <algorithm>

namespace runtime {

namespace {

constexpr const char *invocationColumns =
    "SELECT invocation, f.name, trigger, b.name, event, outcome, result, fault_type, "
    "fault_message, fault_stack, log_dropped, cold, start_us, queued_ms, init_ms, duration_ms, "
    "memory_kb, trace, parent FROM invocations i JOIN names f ON f.id = i.function JOIN names b ON "
    "b.id = "
    "i.bundle ";

std::vector<std::string> splitLines(const std::string &text)
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
        lines.push_back(text.substr(begin, end - begin));
    return lines;
}

Invocation invocationOf(const Statement &row)
{
    Invocation v;
    v.id = unpackId(row.text(0));
    v.function = row.text(1);
    v.trigger = row.text(2);
    v.bundle = row.text(3);
    v.event = row.text(4);
    v.outcome = outcomeFromName(row.text(5)).value_or(Outcome::WorkerDied);
    v.result = row.text(6);
    v.fault = {row.text(7), row.text(8), splitLines(row.text(9))};
    v.logDropped = std::uint64_t(row.integer(10));
    v.cold = row.integer(11) != 0;
    v.startUs = row.integer(12);
    v.queuedMs = row.real(13);
    v.initMs = row.real(14);
    v.durationMs = row.real(15);
    v.memoryKb = std::uint64_t(row.integer(16));
    v.trace.id = unpackId(row.text(17));
    if (v.trace.id.empty())
        v.trace.id = traceOf({}, v.id).id;
    v.trace.span = spanOf(v.id);
    v.trace.parent = row.text(18);
    return v;
}

LogLine lineOf(const Statement &row)
{
    return {row.integer(0), row.text(1), unpackId(row.text(2)), row.integer(3) != 0, row.text(4)};
}

} // namespace

RecordsReader::RecordsReader(const std::filesystem::path &file) : m_database(file)
{
    m_database.execute("PRAGMA query_only=ON; PRAGMA cache_size=-512");
}

std::optional<std::int64_t> RecordsReader::nameId(const std::string &name)
{
    return Statement(m_database.handle(), "SELECT id FROM names WHERE name = ?1").find(name);
}

std::vector<Invocation> RecordsReader::invocations(const std::string &function, int limit)
{
    std::vector<Invocation> found;
    const std::optional<std::int64_t> id = function.empty() ? 0 : nameId(function);
    if (!id)
        return found;
    const std::string where = function.empty() ? "WHERE ?1 = 0 " : "WHERE i.function = ?1 ";
    Statement query(m_database.handle(),
                    (invocationColumns + where + "ORDER BY i.id DESC LIMIT ?2").c_str());
    query.start(*id, limit);
    while (query.next())
        found.push_back(invocationOf(query));
    return found;
}

std::optional<Invocation> RecordsReader::invocation(const std::string &id)
{
    const std::string stored = packId(id);
    Statement query(m_database.handle(),
                    std::string(invocationColumns).append("WHERE i.invocation = ?1").c_str());
    query.start(stored);
    if (!query.next())
        return std::nullopt;
    Invocation found = invocationOf(query);
    Statement lines(m_database.handle(),
                    "SELECT time_us, f.name, invocation, is_error, text FROM logs l JOIN names f "
                    "ON f.id = l.function WHERE invocation <> '' AND invocation = ?1 "
                    "ORDER BY l.id");
    lines.start(stored);
    while (lines.next())
        found.log.push_back(lineOf(lines));
    Statement capture(m_database.handle(), "SELECT capture FROM failures WHERE invocation = ?1");
    capture.start(stored);
    while (capture.next())
        found.capture = capture.text(0);
    return found;
}

std::vector<Invocation> RecordsReader::chain(const std::string &id, int limit)
{
    std::vector<Invocation> found;
    const std::optional<Invocation> member = invocation(id);
    const std::string chain = packId(member ? member->trace.id : id);
    Statement query(m_database.handle(),
                    std::string(invocationColumns)
                        .append("WHERE i.id IN (SELECT id FROM invocations WHERE "
                                "trace <> '' AND trace = ?1 UNION SELECT id FROM invocations "
                                "WHERE invocation = ?1 AND coalesce(trace, '') = '') "
                                "ORDER BY start_us, i.id LIMIT ?2")
                        .c_str());
    query.start(chain, limit);
    while (query.next()) {
        Invocation &next = found.emplace_back(invocationOf(query));
        next.event.clear();
        next.result.clear();
    }
    return found;
}

std::vector<LogLine> RecordsReader::logs(const std::string &function, int limit)
{
    std::vector<LogLine> found;
    const std::optional<std::int64_t> id = function.empty() ? 0 : nameId(function);
    if (!id)
        return found;
    const std::string where = function.empty() ? "WHERE ?1 = 0 " : "WHERE l.function = ?1 ";
    Statement query(m_database.handle(),
                    ("SELECT time_us, f.name, invocation, is_error, text FROM logs l JOIN names f "
                     "ON f.id = l.function " +
                     where + "ORDER BY l.id DESC LIMIT ?2")
                        .c_str());
    query.start(*id, limit);
    while (query.next())
        found.push_back(lineOf(query));
    std::ranges::reverse(found);
    return found;
}

std::vector<Reading> RecordsReader::readings(std::uint64_t cursor, int limit,
                                             const std::string &function)
{
    std::vector<Reading> found;
    const std::optional<std::int64_t> id = function.empty() ? 0 : nameId(function);
    if (!id)
        return found;
    const std::string where = function.empty() ? "AND ?2 = 0 " : "AND r.function = ?2 ";
    Statement query(m_database.handle(),
                    ("SELECT cursor, sequence, time_us, f.name, s.name, value, b.name, invocation "
                     "FROM readings r JOIN names f ON f.id = r.function JOIN names s ON s.id = "
                     "r.series JOIN names b ON b.id = r.bundle WHERE cursor > ?1 " +
                     where + "ORDER BY cursor LIMIT ?3")
                        .c_str());
    query.start(cursor, *id, limit);
    while (query.next())
        found.push_back({std::uint64_t(query.integer(0)), std::uint64_t(query.integer(1)),
                         query.integer(2), query.text(3), query.text(4), query.real(5),
                         query.text(6), unpackId(query.text(7))});
    return found;
}

std::vector<Switch> RecordsReader::switches(const std::string &function, int limit)
{
    std::vector<Switch> found;
    const std::optional<std::int64_t> id = function.empty() ? 0 : nameId(function);
    if (!id)
        return found;
    const std::string where = function.empty() ? "WHERE ?1 = 0 " : "WHERE s.function = ?1 ";
    Statement query(m_database.handle(),
                    ("SELECT f.name, b.name, version, time_us FROM switches s JOIN names f ON "
                     "f.id = s.function JOIN names b ON b.id = s.bundle " +
                     where + "ORDER BY s.id DESC LIMIT ?2")
                        .c_str());
    query.start(*id, limit);
    while (query.next())
        found.push_back(
            {query.text(0), query.text(1), std::uint64_t(query.integer(2)), query.integer(3)});
    std::ranges::reverse(found);
    return found;
}

} // namespace runtime
