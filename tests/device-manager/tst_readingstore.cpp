#include "device-manager/core/readingstore.h"
#include "testpi.h"

#include <QFile>

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
};

QTEST_GUILESS_MAIN(tst_ReadingStore)
#include "tst_readingstore.moc"
