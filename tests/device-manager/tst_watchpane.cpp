#include "device-manager/ui/chartbox.h"
#include "device-manager/ui/chartticks.h"
#include "device-manager/ui/watchpane.h"
#include "device-manager/ui/xychart.h"

#include <QDateTime>
#include <QLayout>
#include <QMenu>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <memory>

using device::ChartSpec;
using device::SeriesKey;
using device::TimeRange;
using device::WatchPane;

/// The charts as a hand and a stream of readings meet them.
class tst_WatchPane final : public QObject
{
    Q_OBJECT

    static constexpr double second = 1000;
    const QString m_pi = QStringLiteral("device:porch-pi");
    std::unique_ptr<WatchPane> m_pane;
    std::uint64_t m_sequence = 0;
    double m_now = 0;

    static QStringList list(std::initializer_list<const char *> texts)
    {
        QStringList all;
        for (const char *text : texts)
            all.append(QString::fromUtf8(text));
        return all;
    }

    static SeriesKey key(const char *series, const QString &place = {})
    {
        return {place, QStringLiteral("night-light"), QLatin1String(series)};
    }

    runtime::Reading reading(const char *series, double time, double value)
    {
        ++m_sequence;
        return {m_sequence, m_sequence,  std::llround(time * 1000),           "night-light", series,
                value,      "sha256:ab", "call-" + std::to_string(m_sequence)};
    }

    /// Ten seconds of \a series every 10 ms, up to now.
    void addTenSeconds(const std::vector<const char *> &series)
    {
        std::vector<runtime::Reading> all;
        for (int i = 0; i < 1000; ++i)
            for (const char *name : series)
                all.push_back(reading(name, m_now - 10 * second + i * 10, i % 100));
        m_pane->add(m_pi, all);
    }

    /// From top to bottom.
    [[nodiscard]] QList<device::ChartBox *> boxes() const
    {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QList<device::ChartBox *> shown = m_pane->findChildren<device::ChartBox *>();
        std::ranges::sort(shown, {}, [](device::ChartBox *box) {
            return box->parentWidget()->layout()->indexOf(box);
        });
        return shown;
    }

    /// The action of a menu and its submenus with this text; fails the test when there is none.
    static QAction *find(QMenu *menu, const QString &text)
    {
        for (QAction *action : menu->actions()) {
            if (action->text() == text)
                return action;
            if (QAction *below = action->menu() ? find(action->menu(), text) : nullptr)
                return below;
        }
        return nullptr;
    }

    void chooseInChart(int index, const QString &text)
    {
        QMenu menu;
        boxes().at(index)->fill(&menu);
        QAction *action = find(&menu, text);
        QVERIFY2(action, qPrintable(text));
        action->trigger();
    }

    void chooseInPane(const QString &text)
    {
        QMenu menu;
        m_pane->fillChartMenu(&menu);
        QAction *action = find(&menu, text);
        QVERIFY2(action, qPrintable(text));
        action->trigger();
    }

    [[nodiscard]] QStringList shownSeries() const
    {
        QStringList charts;
        for (const ChartSpec &chart : m_pane->charts()) {
            QStringList names;
            for (const SeriesKey &series : chart.series)
                names.append(series.series);
            charts.append(names.join(QLatin1Char('+')));
        }
        return charts;
    }

private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(QStringLiteral("^(?!This plugin).*")));
        m_sequence = 0;
        m_now = double(QDateTime::currentMSecsSinceEpoch());
        m_pane = std::make_unique<WatchPane>();
        m_pane->setColors({Qt::white,
                           Qt::lightGray,
                           Qt::gray,
                           Qt::black,
                           Qt::darkGray,
                           Qt::blue,
                           Qt::darkYellow,
                           Qt::red,
                           {Qt::blue, Qt::red, Qt::green, Qt::magenta, Qt::cyan, Qt::darkYellow,
                            Qt::darkBlue, Qt::black}});
        m_pane->resize(500, 700);
        m_pane->setSource(m_pi, QStringLiteral("porch-pi"), false);
        m_pane->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_pane.get()));
    }

    void cleanup() { m_pane.reset(); }

    void everySeriesGetsAChartUntilSomebodyArrangesThem()
    {
        addTenSeconds({"lux", "lamp", "heat"});
        QCOMPARE(shownSeries(), list({"heat", "lamp", "lux"}));
        QSignalSpy changed(m_pane.get(), &WatchPane::arrangementChanged);
        chooseInChart(2, QStringLiteral("lamp")); // into the chart of lux
        QCOMPARE(changed.size(), 1);
        QCOMPARE(shownSeries(), list({"heat", "lux+lamp"}));
        addTenSeconds({"new"});
        QCOMPARE(shownSeries(), list({"heat", "lux+lamp", "new"}));
        chooseInChart(0, QStringLiteral("Remove chart"));
        QCOMPARE(shownSeries(), list({"lux+lamp", "new"}));
        addTenSeconds({"heat"}); // it was taken away: it stays away
        QCOMPARE(shownSeries(), list({"lux+lamp", "new"}));
        chooseInPane(QStringLiteral("Show all series"));
        QCOMPARE(shownSeries().size(), 4);
    }

    void anArrangementServesAnotherDeviceAndComesBackFromItsFile()
    {
        addTenSeconds({"lux", "lamp"});
        chooseInPane(QStringLiteral("All in one"));
        chooseInChart(0, QStringLiteral("Each to its own height"));
        QCOMPARE(shownSeries(), list({"lamp+lux"}));
        const auto back = device::arrangementFromJson(toJson(m_pane->arrangement()));
        QVERIFY(back);
        QCOMPARE(*back, m_pane->arrangement());
        m_pane->setSource(QStringLiteral("device:shed-pi"), QStringLiteral("shed-pi"), false);
        m_pane->setArrangement(*back);
        QCOMPARE(shownSeries(), QStringList());
        m_sequence = 0;
        m_pane->add(QStringLiteral("device:shed-pi"),
                    {reading("lux", m_now, 1), reading("lamp", m_now, 1)});
        QCOMPARE(shownSeries(), list({"lamp+lux"}));
        QCOMPARE(m_pane->charts().front().scale, ChartSpec::Scale::Normalised);
    }

    void seriesOfSeveralDevicesLieInOneChart()
    {
        const QString other = QStringLiteral("device:shed-pi");
        addTenSeconds({"lux"});
        m_pane->addStored(other, {{{"night-light", "lux"},
                                   std::llround((m_now - second) * 1000),
                                   std::llround(m_now * 1000)}});
        QCOMPARE(shownSeries(), list({"lux"}));
        chooseInChart(0, QStringLiteral("lux @ shed-pi"));
        QCOMPARE(shownSeries(), list({"lux+lux"}));
        QSignalSpy wanted(m_pane.get(), &WatchPane::historyWanted);
        QTRY_VERIFY(!wanted.isEmpty()); // its past is asked of its own store
        QCOMPARE(qvariant_cast<device::HistoryQuestion>(wanted[0][0]).key.place, other);
        m_pane->add(other, {reading("lux", m_now, 7)});
        QCOMPARE(m_pane->lastValue(QStringLiteral("lux")), std::optional(99.0));
    }

    void chartsFollowUntilAHandHoldsThem()
    {
        addTenSeconds({"lux"});
        QTRY_VERIFY(m_pane->range().to > m_now - second);
        const double first = m_pane->range().to;
        QTRY_VERIFY(m_pane->range().to > first + 100);
        QTest::keyClick(m_pane.get(), Qt::Key_Left);
        QVERIFY(m_pane->isPaused());
        const TimeRange held = m_pane->range();
        QTest::qWait(200);
        QCOMPARE(m_pane->range().to, held.to);
        QTest::keyClick(m_pane.get(), Qt::Key_End);
        QVERIFY(!m_pane->isPaused());
        QTRY_VERIFY(m_pane->range().to > held.to);
    }

    void theWheelZoomsAroundThePointerFromYearsToAMillisecond()
    {
        addTenSeconds({"lux"});
        m_pane->setRange({m_now - 10 * second, m_now});
        device::TimeChart *chart = boxes().at(0)->chart();
        const QPointF place(150, 50);
        const auto wheel = [&](int turn) {
            QWheelEvent event(place, chart->viewport()->mapToGlobal(place), {}, {0, turn},
                              Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(chart->viewport(), &event);
        };
        QTest::qWait(50); // what is drawn is what the wheel finds
        const QRectF plot = chart->chart()->plotArea();
        const auto pointed = [&] {
            return m_pane->range().from +
                   m_pane->range().span() * (place.x() - plot.left()) / plot.width();
        };
        const double before = pointed();
        wheel(120);
        QVERIFY(m_pane->range().span() < 9 * second);
        QVERIFY(std::abs(pointed() - before) < 1);
        for (int i = 0; i < 12; ++i)
            wheel(120 * 8);
        QCOMPARE(m_pane->range().span(), 1.0);
        for (int i = 0; i < 40; ++i)
            wheel(-120 * 8);
        QVERIFY(m_pane->range().span() > 10 * 365.0 * 86'400 * second);
    }

    void thePastIsAskedOnceAndDrawnWhenItComes()
    {
        m_pane->setSource(m_pi, QStringLiteral("porch-pi"), true);
        addTenSeconds({"lux"});
        QSignalSpy wanted(m_pane.get(), &WatchPane::historyWanted);
        const TimeRange past{m_now - 3600 * second, m_now - 1800 * second};
        m_pane->setRange(past);
        QTRY_COMPARE(wanted.size(), 1);
        const auto question = qvariant_cast<device::HistoryQuestion>(wanted[0][0]);
        QVERIFY(question.from <= past.from && question.to >= past.to);
        QVERIFY(question.columns >= boxes().at(0)->columns());
        QTest::qWait(100);
        QCOMPARE(wanted.size(), 1);
        device::SeriesPoints points;
        for (int i = 0; i <= 100; ++i)
            points.points.emplace_back(past.from + past.span() * i / 100, i == 50 ? 777 : 5);
        points.raw = 1'000'000;
        m_pane->setHistory(question, points);
        QTRY_VERIFY(boxes().at(0)->chart()->description().contains(QStringLiteral("777")));
        QTRY_VERIFY(m_pane->note().contains(QStringLiteral("decimated")));
        // Within what is known nothing is asked; finer than that, it is.
        m_pane->setRange({past.from + 60 * second, past.to - 60 * second});
        QTest::qWait(100);
        QCOMPARE(wanted.size(), 1);
        m_pane->setRange({past.from + 60 * second, past.from + 61 * second});
        QTRY_COMPARE(wanted.size(), 2);
    }

    void aThresholdThatIsPassedIsToldOnceAndWhenItIsOver()
    {
        addTenSeconds({"lux"});
        m_pane->setArrangement({{{.series = {key("lux")}, .thresholds = {{200, true}}}}, {}});
        QSignalSpy alarmed(m_pane.get(), &WatchPane::alarmed);
        for (const double value : {150.0, 250.0, 300.0, 180.0, 190.0})
            m_pane->add(m_pi, {reading("lux", ++m_now, value)});
        QCOMPARE(alarmed.size(), 2);
        QCOMPARE(alarmed[0][0].toString(), QStringLiteral("lux is above 200: 250"));
        QCOMPARE(alarmed[0][1].toBool(), true);
        QCOMPARE(alarmed[1][0].toString(), QStringLiteral("lux is no longer above 200: 180"));
    }

    void aPeakBetweenTwoPicturesIsNoLessAnAlarm()
    {
        addTenSeconds({"lux"});
        m_pane->setArrangement({{{.series = {key("lux")}, .thresholds = {{200, true}}}}, {}});
        QSignalSpy alarmed(m_pane.get(), &WatchPane::alarmed);
        m_pane->add(m_pi, {reading("lux", m_now + 1, 5), reading("lux", m_now + 2, 500),
                           reading("lux", m_now + 3, 5)});
        QCOMPARE(alarmed.size(), 2);
        QCOMPARE(alarmed[0][0].toString(), QStringLiteral("lux is above 200: 500"));
        QCOMPARE(alarmed[1][1].toBool(), false);
        m_pane->add(m_pi, {reading("lamp", m_now + 4, 1)}); // lux has said nothing new
        QCOMPARE(alarmed.size(), 2);
    }

    void aClickAsksForTheInvocationThatMadeThePoint()
    {
        std::vector<runtime::Reading> few;
        for (int i = 0; i < 9; ++i)
            few.push_back(reading("lux", m_now - (9 - i) * second, i * 10));
        m_pane->add(m_pi, few);
        m_pane->setRange({m_now - 10 * second, m_now});
        QTest::qWait(50);
        QSignalSpy wanted(m_pane.get(), &WatchPane::invocationWanted);
        device::TimeChart *chart = boxes().at(0)->chart();
        const QRectF plot = chart->chart()->plotArea(); // the point at -5 s is in the middle
        QTest::mouseClick(chart->viewport(), Qt::LeftButton, {}, plot.center().toPoint());
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][1].toLongLong(), std::llround((m_now - 5 * second) * 1000));
        QCOMPARE(wanted[0][2].toString(), QStringLiteral("call-5"));
    }

    void draggingPansAndIsNoClick()
    {
        addTenSeconds({"lux"});
        m_pane->setRange({m_now - 5 * second, m_now});
        QTest::qWait(50);
        const TimeRange before = m_pane->range();
        QSignalSpy wanted(m_pane.get(), &WatchPane::invocationWanted);
        QWidget *view = boxes().at(0)->chart()->viewport();
        QTest::mousePress(view, Qt::LeftButton, {}, {100, 50});
        QTest::mouseMove(view, {150, 50});
        QTest::mouseMove(view, {200, 50});
        QTest::mouseRelease(view, Qt::LeftButton, {}, {200, 50});
        QVERIFY(m_pane->range().from < before.from);
        QVERIFY(std::abs(m_pane->range().span() - before.span()) < 1e-6);
        QVERIFY(wanted.isEmpty());
    }

    void oneSeriesOverAnotherPairsValuesOfOneMoment()
    {
        std::vector<runtime::Reading> all;
        for (int i = 0; i < 50; ++i) {
            all.push_back(reading("volt", m_now - 6 * second + i * 100, i));
            all.push_back(reading("ampere", m_now - 6 * second + i * 100 + 20, 2 * i));
        }
        m_pane->add(m_pi, all);
        m_pane->setArrangement({{{.kind = ChartSpec::Kind::Xy,
                                  .series = {key("volt"), key("ampere")},
                                  .thresholds = {}}},
                                {}});
        auto *chart = m_pane->findChild<device::XyChart *>();
        QVERIFY(chart);
        QTRY_COMPARE(chart->pointCount(), 50);
        m_pane->setRange({m_now - 3600 * second, m_now - 3000 * second});
        QTRY_COMPARE(chart->pointCount(), 0);
    }

    void whatAPushChangedIsToldInFigures()
    {
        std::vector<runtime::Reading> all;
        for (int i = 0; i < 200; ++i)
            all.push_back(reading("lux", m_now - 20 * second + i * 100, i < 100 ? 10 : 15));
        m_pane->add(m_pi, all);
        const auto us = [](double ms) { return std::llround(ms * 1000); };
        m_pane->add(m_pi, {"night-light", "sha256:ab", 1, us(m_now - 20 * second)});
        m_pane->add(m_pi, {"night-light", "sha256:cd", 2, us(m_now - 10 * second)});
        QCOMPARE(m_pane->versions().size(), std::size_t(2));
        m_pane->showVersions();
        const auto *table = m_pane->findChild<QTableWidget *>();
        QVERIFY(table);
        QCOMPARE(table->rowCount(), 1);
        QStringList cells;
        for (int column = 0; column < table->columnCount(); ++column)
            cells.append(table->item(0, column)->text());
        QCOMPARE(cells,
                 list({"lux", "10 → 15", "+50.0 %", "10 → 15", "10 → 15", "10 → 10", "100 → 100"}));
    }

    void readingsThatAreMissingInTheirSequenceAreCounted()
    {
        addTenSeconds({"lux"});
        QVERIFY(!m_pane->note().contains(QStringLiteral("lost")));
        m_sequence += 12;
        m_pane->add(m_pi, {reading("lux", m_now, 1)});
        QVERIFY2(m_pane->note().contains(QStringLiteral("12 lost")), qPrintable(m_pane->note()));
        QCOMPARE(m_pane->readingCount(), std::uint64_t(1001));
    }

    void aClockThatDiffersIsTold()
    {
        addTenSeconds({"lux"});
        m_pane->setClockOffset(m_pi, std::chrono::milliseconds(100));
        QVERIFY(!m_pane->note().contains(QStringLiteral("clock")));
        m_pane->setClockOffset(m_pi, std::chrono::milliseconds(-2500));
        QVERIFY(m_pane->note().contains(QStringLiteral("clock 2.5 s behind")));
    }

    void aClockThatJumpsIsFollowed()
    {
        addTenSeconds({"lux"});
        const double ahead = m_now + 3600 * second;
        m_pane->add(m_pi, {reading("lux", ahead, 1)});
        QTRY_VERIFY(m_pane->range().to > ahead - second);
        // Back again: seen once readings came for some seconds.
        QTRY_VERIFY_WITH_TIMEOUT(
            (m_pane->add(m_pi, {reading("lux", double(QDateTime::currentMSecsSinceEpoch()), 2)}),
             m_pane->range().to < ahead - 60 * second),
            30'000);
    }

    void timesStandAtRoundPlaces()
    {
        QCOMPARE(device::timeStep(30 * second, 6), 5 * second);
        QCOMPARE(device::timeStep(3, 6), 1.0);
        QCOMPARE(device::timeStep(7 * 86'400 * second, 7), 86'400 * second);
        const QDateTime noon(QDate(2026, 3, 29), QTime(12, 0, 1));
        const double tick = device::firstTick(double(noon.toMSecsSinceEpoch()), 15 * 60 * second);
        QCOMPARE(device::tickText(tick, 15 * 60 * second), QStringLiteral("12:15"));
        QCOMPARE(device::spanText(1), QStringLiteral("1 ms"));
        QCOMPARE(device::spanText(90 * second), QStringLiteral("90 s"));
    }
};

QTEST_MAIN(tst_WatchPane)
#include "tst_watchpane.moc"
