#include "device-manager/core/readingexport.h"
#include "device-manager/core/readingstore.h"
#include "runtime-bridge/daemon/database.h"
#include "testpi.h"

#include <QFile>
#include <QProcess>

#include <csignal>
#include <cstdio>
#include <random>

using device::ReadingStore;
using device::SeriesName;
using runtime::Reading;

class tst_ReadingStore : public QObject
{
    Q_OBJECT

    static constexpr std::int64_t begin = 1'700'000'000'000'000;

    /// \a count readings of 1 kHz from cursor \a first on.
    static std::vector<Reading> readings(std::uint64_t first, int count)
    {
        std::vector<Reading> all;
        for (int i = 0; i < count; ++i) {
            const std::uint64_t n = first + std::uint64_t(i);
            all.push_back({1000 + n, n, begin + std::int64_t(n) * 1000, "night-light", "lux",
                           n == 4321 ? 9999.0 : double(n % 100), "sha256:ab",
                           "0123456789abcdef0123456789abcdef"});
        }
        return all;
    }

    const SeriesName m_lux{"night-light", "lux"};

private Q_SLOTS:
    void aReadingComesBackAsItWas()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        QVERIFY(resultOf(store.append(readings(1, 3))));
        const auto back = resultOf(store.readings(m_lux, begin, begin + 1'000'000, 10));
        QVERIFY(back);
        QCOMPARE(back->size(), std::size_t(3));
        const Reading &r = back->at(1);
        QCOMPARE(r.cursor, std::uint64_t(1002));
        QCOMPARE(r.sequence, std::uint64_t(2));
        QCOMPARE(r.timeUs, begin + 2000);
        QCOMPARE(r.value, 2.0);
        QCOMPARE(r.bundle, std::string("sha256:ab"));
        QCOMPARE(r.invocation, std::string("0123456789abcdef0123456789abcdef"));
    }

    void whatComesTwiceIsStoredOnceAndTheCursorStays()
    {
        const QTemporaryDir folder;
        {
            ReadingStore store(QStringLiteral("porch"), folder.path());
            QCOMPARE(resultOf(store.lastCursor()).value(), std::uint64_t(0));
            QVERIFY(resultOf(store.append(readings(1, 100))));
            QVERIFY(resultOf(store.append(readings(51, 30))));
            QCOMPARE(resultOf(store.lastCursor()).value(), std::uint64_t(1100));
        }
        ReadingStore store(QStringLiteral("porch"), folder.path());
        QCOMPARE(resultOf(store.lastCursor()).value(), std::uint64_t(1100));
        const auto points = resultOf(store.points(m_lux, begin, begin + 1'000'000, 10'000));
        QVERIFY(points);
        QCOMPARE(points->raw, std::uint64_t(100));
    }

    void pointsAreDecimatedAndPeaksStay()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        QVERIFY(resultOf(store.append(readings(1, 20'000))));
        const auto points = resultOf(store.points(m_lux, begin, begin + 20'000'000, 200));
        QVERIFY(points);
        QCOMPARE(points->raw, std::uint64_t(20'000));
        QVERIFY(points->points.size() <= 402);
        const auto peak =
            std::ranges::max(points->points, {}, [](const QPointF &p) { return p.y(); });
        QCOMPARE(peak.y(), 9999.0);
        QCOMPARE(peak.x(), double(begin) / 1000 + 4321);
    }

    void findsSeriesLatestAndNearest()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        auto all = readings(1, 10);
        all.push_back({2000, 11, begin + 7, "night-light", "lamp", 1, "sha256:ab", ""});
        QVERIFY(resultOf(store.append(all)));
        const auto series = resultOf(store.series());
        QVERIFY(series && series->size() == 2);
        QCOMPARE(series->at(1).name.series, std::string("lux"));
        QCOMPARE(series->at(1).firstUs, begin + 1000);
        QCOMPARE(series->at(1).lastUs, begin + 10'000);
        const auto latest = resultOf(store.latest());
        QVERIFY(latest && latest->size() == 2);
        QCOMPARE(latest->at(1).value, 10.0);
        const auto nearest = resultOf(store.nearest(m_lux, begin + 4'400));
        QVERIFY(nearest && *nearest);
        QCOMPARE((*nearest)->sequence, std::uint64_t(4));
        const auto none = resultOf(store.nearest({"night-light", "heat"}, begin));
        QVERIFY(none && !*none);
    }

    void versionSwitchesAreKeptOnce()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        const runtime::Switch change{"night-light", "sha256:cd", 2, begin};
        QVERIFY(resultOf(store.append(change)));
        QVERIFY(resultOf(store.append(change)));
        const auto all = resultOf(store.switches());
        QVERIFY(all);
        QCOMPARE(all->size(), std::size_t(1));
        QCOMPARE(all->front().bundle, std::string("sha256:cd"));
        QCOMPARE(all->front().version, std::uint64_t(2));
    }

    void aSwitchThatNobodySawIsKnownByItsReadings()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        QVERIFY(resultOf(store.append(runtime::Switch{"night-light", "sha256:ab", 1, begin})));
        QVERIFY(resultOf(store.append(readings(1, 5))));
        auto later = readings(6, 5);
        for (Reading &reading : later)
            reading.bundle = "sha256:cd";
        QVERIFY(resultOf(store.append(later)));
        const auto all = resultOf(store.switches());
        QVERIFY(all);
        QCOMPARE(all->size(), std::size_t(2));
        QCOMPARE(all->back().bundle, std::string("sha256:cd"));
        QCOMPARE(all->back().timeUs, begin + 6000);
    }

    void aDamagedFileIsSetAside()
    {
        const QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("porch.sqlite")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(5000, 'x'));
        file.close();
        ReadingStore store(QStringLiteral("porch"), folder.path());
        QVERIFY(resultOf(store.append(readings(1, 3))));
        QVERIFY(QFile::exists(folder.filePath(QStringLiteral("porch.sqlite.damaged"))));
    }

    void whoWaitsForAResultDoesNotOvertakeOthers()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        for (std::uint64_t i = 0; i < 200; ++i) {
            (void)store.append(readings(1 + i * 100, 100));
            const auto cursor = store.lastCursor().result(); // blocks, as an export does
            QVERIFY(cursor);
            QCOMPARE(*cursor, 1100 + i * 100);
        }
    }

    void twoProgramsKeepOneFile()
    {
        const QTemporaryDir folder;
        ReadingStore window(QStringLiteral("porch"), folder.path());
        ReadingStore terminal(QStringLiteral("porch"), folder.path());
        auto a = window.append(readings(1, 500));
        auto b = terminal.append(readings(1, 600));
        QVERIFY(resultOf(a));
        QVERIFY(resultOf(b));
        const auto points = resultOf(window.points(m_lux, begin, begin + 1'000'000, 10));
        QVERIFY(points);
        QCOMPARE(points->raw, std::uint64_t(600));
    }

    /// Readings as clocks that jump, cuts and resends give them: most in order, some late, some
    /// twice, some of one time.
    static std::vector<Reading> disordered(int count, unsigned seed)
    {
        std::mt19937 random(seed);
        std::vector<Reading> all;
        std::int64_t time = begin;
        for (int i = 1; i <= count; ++i) {
            const unsigned dice = random() % 1000;
            if (dice == 0)
                time = begin + std::int64_t(random() % 3'000'000'000);
            else if (dice > 20)
                time += random() % 2000;
            all.push_back({std::uint64_t(i), std::uint64_t(i), time, "night-light", "lux",
                           double(int(random() % 20'001) - 10'000), "sha256:ab", ""});
            if (dice < 5)
                all.push_back(all[random() % all.size()]);
        }
        return all;
    }

    void figuresOfAnyPartAreThoseOfItsReadings()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        const std::vector<Reading> all = disordered(60'000, 7);
        for (std::size_t i = 0; i < all.size(); i += 777)
            QVERIFY(resultOf(store.append(
                {all.begin() + long(i), all.begin() + long(std::min(i + 777, all.size()))})));
        const auto kept =
            resultOf(store.readings(m_lux, 0, std::numeric_limits<std::int64_t>::max(), 1 << 30));
        QVERIFY(kept);
        QCOMPARE(kept->size(), std::size_t(60'000));
        std::mt19937 random(8);
        for (int i = 0; i < 60; ++i) {
            const std::int64_t from = i == 0 ? 0 : kept->at(random() % kept->size()).timeUs;
            const std::int64_t to =
                i == 0 ? std::numeric_limits<std::int64_t>::max()
                       : from + std::int64_t(random()) % (std::int64_t(1000) << (i % 22));
            device::ReadingFigures expected;
            for (const Reading &reading : *kept)
                if (reading.timeUs >= from && reading.timeUs <= to)
                    expected.add(reading.timeUs, reading.value);
            const auto figures = resultOf(store.figures(m_lux, from, to));
            QVERIFY(figures);
            QCOMPARE(*figures, expected);
        }
    }

    void aPeakIsInThePictureAtEveryZoom()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        std::vector<Reading> all = disordered(60'000, 9);
        all[30'000].value = 1e6;
        QVERIFY(resultOf(store.append(all)));
        for (std::int64_t reach = 100; reach < 4'000'000'000; reach *= 5) {
            const std::int64_t peak = all[30'000].timeUs;
            const auto part = resultOf(store.points(m_lux, peak - reach, peak + reach, 100));
            QVERIFY(part);
            QVERIFY(part->points.size() <= 204);
            QVERIFY(
                std::ranges::is_sorted(part->points, {}, [](const QPointF &p) { return p.x(); }));
            const auto highest =
                std::ranges::max(part->points, {}, [](const QPointF &p) { return p.y(); });
            QCOMPARE(highest, QPointF(double(peak) / 1000, 1e6));
        }
    }

    void aFileOfAFormerVersionGetsItsLevels()
    {
        const QTemporaryDir folder;
        const auto count = [&](ReadingStore &store) {
            const auto figures =
                resultOf(store.figures(m_lux, 0, std::numeric_limits<std::int64_t>::max()), 60'000);
            return figures ? figures->count : 0;
        };
        {
            ReadingStore store(QStringLiteral("porch"), folder.path());
            QVERIFY(resultOf(store.append(readings(1, 250'000)), 60'000));
        }
        {
            runtime::Database file(folder.filePath(QStringLiteral("porch.sqlite")).toStdString());
            file.execute("DROP TABLE spans; PRAGMA user_version = 0");
        }
        ReadingStore store(QStringLiteral("porch"), folder.path());
        std::vector<double> parts;
        store.onPreparing([&parts](double part) { parts.push_back(part); });
        QCOMPARE(count(store), std::uint64_t(250'000));
        QCOMPARE(parts, std::vector<double>({0.4, 0.8}));
        const auto points = resultOf(store.points(m_lux, begin, begin + 260'000'000, 100));
        QVERIFY(points);
        QCOMPARE(points->raw, std::uint64_t(250'000));
    }

    void nothingIsLostAndLevelsAgreeWhenTheProgramIsKilled()
    {
        const QTemporaryDir folder;
        for (int round = 0; round < 6; ++round) {
            QProcess program;
            program.start(QCoreApplication::applicationFilePath(),
                          {QStringLiteral("--append"), folder.path()});
            QVERIFY(program.waitForStarted());
            // In the middle of its work: after some batches, at no time in particular.
            std::uint64_t told = 0;
            for (int line = 0; line < 20 + 7 * round; ++line) {
                QVERIFY(program.canReadLine() || program.waitForReadyRead(20'000));
                told = program.readLine().trimmed().toULongLong();
            }
            ::kill(pid_t(program.processId()), SIGKILL);
            QVERIFY(program.waitForFinished());
            while (program.canReadLine())
                told = std::max<std::uint64_t>(told, program.readLine().trimmed().toULongLong());
            ReadingStore store(QStringLiteral("porch"), folder.path());
            const std::uint64_t cursor = resultOf(store.lastCursor()).value();
            QVERIFY2(cursor >= told, qPrintable(QStringLiteral("%1 of %2").arg(cursor).arg(told)));
            std::uint64_t rows = 0;
            for (int i = 0; i < 4; ++i) {
                const SeriesName name{"night-light", "s" + std::to_string(i)};
                const auto all = resultOf(
                    store.readings(name, 0, std::numeric_limits<std::int64_t>::max(), 1 << 30));
                const auto figures =
                    resultOf(store.figures(name, 0, std::numeric_limits<std::int64_t>::max()));
                QVERIFY(all && figures);
                QCOMPARE(figures->count, std::uint64_t(all->size()));
                rows += all->size();
            }
            QCOMPARE(rows, cursor);
        }
    }

    void anExportHoldsTheReadingsOfItsPartInTheOrderOfTime()
    {
        const QTemporaryDir folder;
        ReadingStore store(QStringLiteral("porch"), folder.path());
        auto all = readings(1, 5);
        for (Reading r : readings(1, 5)) {
            r.series = "a \"b\",c";
            r.timeUs += 500;
            r.cursor += 100;
            all.push_back(r);
        }
        QVERIFY(resultOf(store.append(all)));
        const QString name = folder.filePath(QStringLiteral("out.csv"));
        QVERIFY(resultOf(device::exportReadings(store, name)));
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = file.readAll().split('\n');
        QCOMPARE(lines.size(), 12);
        QCOMPARE(lines[0], QByteArray("time,function,series,value,sequence,bundle"));
        QCOMPARE(lines[1], QByteArray("1700000000.001000,night-light,lux,1,1,sha256:ab"));
        QCOMPARE(lines[2],
                 QByteArray("1700000000.001500,night-light,\"a \"\"b\"\",c\",1,1,sha256:ab"));
        QVERIFY(
            resultOf(device::exportReadings(store, name, {begin + 2000, begin + 4000, {m_lux}})));
        file.close();
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll().count('\n'), 4);
        const auto nowhere = resultOf(
            device::exportReadings(store, folder.filePath(QStringLiteral("no/such/folder.csv"))));
        QVERIFY(!nowhere);
        QCOMPARE(nowhere.error().code, runtime::ErrorCode::FileUnwritable);
    }
};

namespace {

/// What the test kills: appends to four series, and tells each cursor once it is stored.
int appendForever(const QString &folder)
{
    ReadingStore store(QStringLiteral("porch"), folder);
    auto cursor = store.lastCursor().result().value_or(0);
    for (;;) {
        std::vector<Reading> batch;
        for (int i = 0; i < 200; ++i) {
            ++cursor;
            batch.push_back({cursor, cursor, 1'700'000'000'000'000 + std::int64_t(cursor) * 250,
                             "night-light", "s" + std::to_string(cursor % 4), double(cursor),
                             "sha256:ab", ""});
        }
        if (!store.append(std::move(batch)).result())
            return 1;
        std::printf("%llu\n", static_cast<unsigned long long>(cursor));
        std::fflush(stdout);
    }
}

} // namespace

int main(int count, char **arguments)
{
    QCoreApplication app(count, arguments);
    if (app.arguments().value(1) == QLatin1String("--append"))
        return appendForever(app.arguments().value(2));
    tst_ReadingStore test;
    return QTest::qExec(&test, count, arguments);
}

#include "tst_readingstore.moc"
