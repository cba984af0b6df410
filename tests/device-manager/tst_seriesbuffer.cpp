#include "device-manager/core/minmaxdecimator.h"
#include "device-manager/core/seriesbuffer.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using device::SeriesBuffer;

class tst_SeriesBuffer : public QObject
{
    Q_OBJECT

    static double highest(const std::vector<QPointF> &points)
    {
        return std::ranges::max(points, {}, [](const QPointF &p) { return p.y(); }).y();
    }

private Q_SLOTS:
    void fewPointsAreGivenAsTheyAre()
    {
        SeriesBuffer buffer;
        for (int i = 0; i < 10; ++i)
            buffer.append(QPointF(i, i * i));
        const auto points = buffer.decimated(0, 10, 1000);
        QCOMPARE(points.size(), std::size_t(10));
        QCOMPARE(points[7], QPointF(7, 49));
    }

    void aPeakNeverVanishes_data()
    {
        QTest::addColumn<int>("at");
        for (const int at : {0, 1, 511, 512, 513, 77'777, 99'999})
            QTest::addRow("%d", at) << at;
    }

    void aPeakNeverVanishes()
    {
        QFETCH(int, at);
        SeriesBuffer buffer;
        for (int i = 0; i < 100'000; ++i)
            buffer.append(QPointF(i, i == at ? 1000 : std::sin(i / 100.0)));
        const auto points = buffer.decimated(0, 99'999.5, 300);
        QVERIFY(points.size() <= 600);
        QVERIFY(points.size() > 500);
        QCOMPARE(highest(points), 1000.0);
        QVERIFY(std::ranges::is_sorted(points, {}, [](const QPointF &p) { return p.x(); }));
        QCOMPARE(buffer.countBetween(0, 99'999.5), std::size_t(100'000));
    }

    void aPartHasItsNeighboursSoThatLinesReachTheEdges()
    {
        SeriesBuffer buffer;
        for (int i = 0; i < 5000; ++i)
            buffer.append(QPointF(i * 10, i));
        const auto points = buffer.decimated(20'005, 20'035, 100);
        QCOMPARE(points.front(), QPointF(20'000, 2000));
        QCOMPARE(points.back(), QPointF(20'040, 2004));
        QCOMPARE(points.size(), std::size_t(5));
        QCOMPARE(buffer.countBetween(20'005, 20'035), std::size_t(3));
        QCOMPARE(buffer.decimated(60'000, 70'000, 10).size(), std::size_t(1));
    }

    void aLatePointIsPutWhereItBelongs()
    {
        SeriesBuffer buffer;
        for (int i = 0; i < 2000; ++i)
            buffer.append(QPointF(i * 2, 0));
        buffer.append(QPointF(501, 9));
        buffer.append(QPointF(-1, 8));
        const auto points = buffer.decimated(-10, 5000, 100'000);
        QCOMPARE(points.size(), std::size_t(2002));
        QVERIFY(std::ranges::is_sorted(points, {}, [](const QPointF &p) { return p.x(); }));
        QCOMPARE(points.front(), QPointF(-1, 8));
    }

    void theOldestGoFirstAndAreCounted()
    {
        SeriesBuffer buffer(10'000);
        for (int i = 0; i < 50'000; ++i)
            buffer.append(QPointF(i, i));
        QVERIFY(buffer.size() <= 10'000);
        QVERIFY(buffer.size() > 9'000);
        QCOMPARE(buffer.appended(), std::uint64_t(50'000));
        QCOMPARE(buffer.dropped(), std::uint64_t(50'000 - buffer.size()));
        QCOMPARE(buffer.last(), QPointF(49'999, 49'999));
        QCOMPARE(buffer.first().x(), double(buffer.dropped()));
    }

    void nothingIsDrawnFromNothing()
    {
        const SeriesBuffer buffer;
        QVERIFY(buffer.decimated(0, 1, 10).empty());
        QCOMPARE(buffer.countBetween(0, 1), std::size_t(0));
    }
};

QTEST_GUILESS_MAIN(tst_SeriesBuffer)
#include "tst_seriesbuffer.moc"
