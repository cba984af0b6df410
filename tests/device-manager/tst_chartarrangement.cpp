#include "device-manager/core/chartarrangement.h"
#include "device-manager/core/watchedseries.h"

#include <QTest>

using namespace device;

class tst_ChartArrangement : public QObject
{
    Q_OBJECT

    static SeriesKey key(const char *function, const char *series, const char *place = "")
    {
        return {QLatin1String(place), QLatin1String(function), QLatin1String(series)};
    }

private Q_SLOTS:
    void itComesBackFromItsFileAsItWas()
    {
        ChartArrangement all;
        all.charts.push_back({.scale = ChartSpec::Scale::Normalised,
                              .series = {key("f", "a"), key("f", "b", "device:shed")},
                              .thresholds = {{2.5, true}, {-1, false}}});
        all.charts.push_back({.kind = ChartSpec::Kind::Xy,
                              .series = {key("f", "ü \"x\""), key("g", "b")},
                              .thresholds = {}});
        all.hidden = {key("f", "c")};
        const auto back = arrangementFromJson(toJson(all));
        QVERIFY(back);
        QCOMPARE(*back, all);
    }

    void whatIsNoArrangementIsRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut") << QByteArray("{\"version\": 1, \"charts\": [");
        QTest::newRow("a list") << QByteArray("[]");
        QTest::newRow("newer") << QByteArray("{\"version\": 2}");
    }

    void whatIsNoArrangementIsRefused()
    {
        QFETCH(QByteArray, text);
        const auto back = arrangementFromJson(text);
        QVERIFY(!back);
        QVERIFY(!back.error().detail.empty());
    }

    void oddPartsOfAFileAreLeftOut()
    {
        const auto back = arrangementFromJson(
            R"({"version": 1, "charts": [{"series": []}, 7, {"series": [{"function": "f",
               "series": "a"}], "kind": "xy", "thresholds": [{"above": "high"}, {"below": 3}]}]})");
        QVERIFY(back);
        QCOMPARE(back->charts.size(), std::size_t(1));
        QCOMPARE(back->charts[0].kind, ChartSpec::Kind::Time); // of one series alone
        QCOMPARE(back->charts[0].thresholds, std::vector<Threshold>({{3, false}}));
    }

    void seriesAreGrouped_data()
    {
        QTest::addColumn<int>("grouping");
        QTest::addColumn<int>("charts");
        QTest::newRow("each alone") << int(Grouping::EachAlone) << 4;
        QTest::newRow("by function") << int(Grouping::ByFunction) << 2;
        QTest::newRow("by place") << int(Grouping::ByPlace) << 2;
        QTest::newRow("all in one") << int(Grouping::AllInOne) << 1;
    }

    void seriesAreGrouped()
    {
        QFETCH(int, grouping);
        QFETCH(int, charts);
        const std::set<SeriesKey> keys{key("f", "a"), key("f", "b"), key("g", "a"),
                                       key("f", "a", "device:shed")};
        const ChartArrangement arrangement = grouped(keys, Grouping(grouping));
        QCOMPARE(int(arrangement.charts.size()), charts);
        for (const SeriesKey &each : keys)
            QVERIFY(arrangement.knows(each));
    }

    void thePastAndTheLiveEndAreOnePicture()
    {
        WatchedSeries series(key("f", "a"), true);
        for (int i = 0; i < 1000; ++i)
            series.add(100'000 + i, i, std::uint64_t(i + 1), {});
        const auto question = series.missing(99'500, 100'500, 200);
        QVERIFY(question);
        QVERIFY(!series.missing(99'500, 100'500, 200)); // it is on its way
        SeriesPoints past;
        for (int i = 0; i < 2000; ++i) // beyond the live end too: that part is not drawn twice
            past.points.emplace_back(99'000 + i, -1);
        past.raw = 2000;
        series.setHistory(*question, past);
        const SeriesPoints all = series.points(99'500, 100'500, 4000);
        QVERIFY(std::ranges::is_sorted(all.points, {}, [](const QPointF &p) { return p.x(); }));
        const auto count = [&all](auto wanted) {
            return std::ranges::count_if(all.points, wanted);
        };
        QCOMPARE(count([](const QPointF &p) { return p.x() >= 100'000 && p.y() < 0; }), 0);
        QCOMPARE(count([](const QPointF &p) { return p.x() >= 99'500 && p.x() < 100'000; }), 500);
        QCOMPARE(series.valueAt(99'700.5), std::optional(-1.0));
        QCOMPARE(series.valueAt(100'100.5), std::optional(100.0));
        QCOMPARE(series.nearest(100'100.4, 5).value(), QPointF(100'100, 100));
    }

    void aReadingThatComesTwiceIsTakenOnce()
    {
        WatchedSeries series(key("f", "a"), false);
        for (const std::uint64_t cursor : {1, 2, 2, 1, 3})
            series.add(double(cursor), 1, cursor, "call");
        QCOMPARE(series.buffer().size(), std::size_t(3));
        QCOMPARE(series.invocationAt(2), std::string("call"));
        QCOMPARE(series.invocationAt(200), std::string());
    }
};

QTEST_GUILESS_MAIN(tst_ChartArrangement)
#include "tst_chartarrangement.moc"
