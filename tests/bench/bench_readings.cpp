#include "device-manager/core/readingstore.h"
#include "report.h"
#include "runtime-bridge/daemon/database.h"

#include <QDir>
#include <QFileInfo>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <random>
#include <type_traits>

using namespace device;
using bench::number;
using bench::Report;
using Clock = std::chrono::steady_clock;

/// The store of readings with a hundred million of them, of 64 series; beside SQLite without
/// anything of ours.
namespace {

constexpr std::int64_t begin = 1'700'000'000'000'000;
constexpr int seriesCount = 64;

double msSince(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

/// Readings of a device that measures 64 series a thousand times a second, the same at every run.
class Generator
{
public:
    explicit Generator(std::int64_t tick)
        : m_cursor(std::uint64_t(tick) * seriesCount), m_tick(tick)
    {
    }

    std::vector<runtime::Reading> batch(int ticks)
    {
        std::vector<runtime::Reading> readings;
        readings.reserve(std::size_t(ticks) * seriesCount);
        for (int i = 0; i < ticks; ++i, ++m_tick) {
            const std::int64_t time = timeOf(m_tick);
            char invocation[33];
            std::snprintf(invocation, sizeof invocation, "%016llx%016llx",
                          static_cast<unsigned long long>(m_random()),
                          static_cast<unsigned long long>(m_random()));
            for (int s = 0; s < seriesCount; ++s) {
                ++m_cursor;
                readings.push_back({m_cursor, m_cursor, time, "bench", m_names[std::size_t(s)],
                                    double(m_random() >> 40) / 1024, m_bundle, invocation});
            }
        }
        return readings;
    }

    static std::int64_t timeOf(std::int64_t tick) { return begin + tick * 1000; }
    [[nodiscard]] std::int64_t tick() const { return m_tick; }

private:
    std::vector<std::string> m_names = [] {
        std::vector<std::string> names;
        for (int i = 0; i < seriesCount; ++i)
            names.push_back("channel" + std::to_string(i));
        return names;
    }();
    const std::string m_bundle = "sha256:" + std::string(64, 'a');
    std::mt19937_64 m_random{42};
    std::uint64_t m_cursor;
    std::int64_t m_tick;
};

/// The value of \a future; a bench that fails measures nothing.
template<typename T> T need(QFuture<runtime::Result<T>> future)
{
    const runtime::Result<T> result = future.result();
    if (!result) {
        std::fprintf(stderr, "%s: %s\n", result.error().subject.c_str(),
                     result.error().detail.c_str());
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>)
        return *result;
}

double sizeOf(const QString &file)
{
    return double(QFileInfo(file).size() + QFileInfo(file + QStringLiteral("-wal")).size());
}

/// Rows of the same width written by SQLite alone, in transactions of 2,560: the limit.
double bareRowsPerSecond(const QString &folder, int count)
{
    const QString name = folder + QStringLiteral("/bare.sqlite");
    QFile::remove(name);
    double seconds = 0;
    {
        runtime::Database database(name.toStdString());
        database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                         "CREATE TABLE r(series INTEGER, time_us INTEGER, sequence INTEGER, cursor "
                         "INTEGER, value REAL, bundle INTEGER, invocation BLOB, PRIMARY KEY(series,"
                         "time_us, sequence)) WITHOUT ROWID");
        runtime::Statement insert(database.handle(),
                                  "INSERT INTO r VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        const auto start = Clock::now();
        const std::string invocation(16, 'x');
        for (int i = 0; i < count;) {
            database.execute("BEGIN IMMEDIATE");
            for (int j = 0; j < 2560; ++j, ++i)
                insert.run(i % seriesCount, begin + i / seriesCount * 1000, i, i, double(i), 1,
                           invocation);
            database.execute("COMMIT");
        }
        seconds = msSince(start) / 1000;
    }
    QFile::remove(name);
    return count / seconds;
}

/// Appends \a count readings in batches of \a ticks for each series.
void append(Report &report, ReadingStore &store, Generator &generator, std::int64_t count,
            int ticks)
{
    const std::int64_t end = generator.tick() * seriesCount + count;
    std::vector<QFuture<runtime::Result<>>> waiting;
    const auto start = Clock::now();
    const double processor = processorSeconds();
    while (generator.tick() * seriesCount < end) {
        waiting.push_back(store.append(generator.batch(ticks)));
        if (waiting.size() < 3)
            continue;
        need(waiting.front());
        waiting.erase(waiting.begin());
    }
    for (auto &future : waiting)
        need(future);
    const double seconds = msSince(start) / 1000;
    const std::string batches = "batches of " + std::to_string(ticks * seriesCount);
    report.add("append, " + batches, number("%.0f readings/s", double(count) / seconds), "64,000/s",
               double(count) / seconds >= 64'000);
    report.add("processor time of 64,000 readings, " + batches,
               number("%.2f s", (processorSeconds() - processor) / double(count) * 64'000), "< 1 s",
               (processorSeconds() - processor) / double(count) * 64'000 < 1);
}

void open(Report &report, const QString &folder)
{
    std::vector<double> times;
    for (int i = 0; i < 10; ++i) {
        const auto start = Clock::now();
        ReadingStore store(QStringLiteral("bench"), folder);
        need(store.series());
        need(store.switches());
        need(store.latest());
        times.push_back(msSince(start));
    }
    const std::string text = bench::quantiles(times);
    report.add("open, list series, newest of each, versions", text, "< 100 ms", times.back() < 100);
}

void zoom(Report &report, ReadingStore &store, std::int64_t ticks)
{
    constexpr int columns = 1200;
    std::mt19937_64 random(1);
    for (std::int64_t length = ticks; length >= 10; length /= 8) {
        std::vector<double> times;
        std::uint64_t raw = 0;
        for (int i = 0; i < 20; ++i) {
            const std::int64_t first = std::int64_t(random() % std::uint64_t(ticks - length + 1));
            const SeriesName name{"bench", "channel" + std::to_string(random() % seriesCount)};
            const auto start = Clock::now();
            const SeriesPoints points = need(store.points(
                name, Generator::timeOf(first), Generator::timeOf(first + length), columns));
            times.push_back(msSince(start));
            raw = std::max(raw, points.raw);
        }
        const std::string text = bench::quantiles(times);
        report.add("zoom: one series, " + std::to_string(raw) + " readings", text, "< 100 ms",
                   times.back() < 100);
    }
    const auto start = Clock::now();
    std::vector<QFuture<runtime::Result<SeriesPoints>>> all;
    for (int i = 0; i < 8; ++i)
        all.push_back(store.points({"bench", "channel" + std::to_string(i)}, begin,
                                   Generator::timeOf(ticks), columns));
    for (auto &points : all)
        need(points);
    report.add("zoom: eight series, everything", number("%.1f ms", msSince(start)), "< 100 ms",
               msSince(start) < 100);
    const auto figures = Clock::now();
    need(store.figures({"bench", "channel3"}, begin + 1, Generator::timeOf(ticks) - 1));
    report.add("figures of one series, everything", number("%.1f ms", msSince(figures)));
}

/// The whole of one series read row by row, as it would be without levels.
void bareZoom(Report &report, const QString &file)
{
    runtime::Database database(file.toStdString());
    const auto start = Clock::now();
    runtime::Statement scan(database.handle(), "SELECT count(*), min(value), max(value) FROM "
                                               "readings WHERE series = 1");
    (void)scan.find();
    report.add("one series, everything, by SQLite without levels",
               number("%.0f ms", msSince(start)));
}

/// How many readings the file of a former run has; 0: there is none.
std::int64_t readingsIn(const QString &folder)
{
    if (!QFile::exists(folder + QStringLiteral("/bench.sqlite")))
        return 0;
    ReadingStore store(QStringLiteral("bench"), folder);
    return std::int64_t(need(store.lastCursor()));
}

int measure(const QString &folder, std::int64_t count)
{
    Report report;
    report.begin(("Readings stored: " + std::to_string(count)).c_str());
    QDir().mkpath(folder);
    const QString file = folder + QStringLiteral("/bench.sqlite");
    const std::int64_t former = readingsIn(folder);
    Generator generator(former / seriesCount);
    {
        ReadingStore store(QStringLiteral("bench"), folder);
        if (former < count)
            append(report, store, generator, count - former, 500);
        append(report, store, generator, 64'000 * 30, 40);
    }
    report.add("the same rows by SQLite without anything of ours",
               number("%.0f rows/s", bareRowsPerSecond(folder, 2'560'000)));
    report.add("on disk", number("%.1f bytes a reading",
                                 sizeOf(file) / double(generator.tick() * seriesCount)));
    open(report, folder);
    ReadingStore store(QStringLiteral("bench"), folder);
    zoom(report, store, generator.tick());
    bareZoom(report, file);
    return report.missed();
}

} // namespace

/// bench_readings FOLDER [COUNT]: the folder needs about 60 bytes for each of the readings, a
/// hundred million unless it is said otherwise. The file stays, and serves the next run.
int main(int count, char **arguments)
{
    if (count < 2) {
        std::fprintf(stderr, "bench_readings FOLDER [COUNT]\n");
        return 2;
    }
    const long long readings = count > 2 ? std::atoll(arguments[2]) : 100'000'000;
    return measure(QString::fromLocal8Bit(arguments[1]), readings) == 0 ? 0 : 1;
}
