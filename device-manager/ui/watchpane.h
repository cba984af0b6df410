#pragma once

#include "device-manager/core/readingexport.h"
#include "device-manager/core/seriespool.h"
#include "device-manager/ui/chartbox.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <chrono>
#include <map>
#include <vector>

class QBoxLayout;
class QComboBox;
class QLabel;
class QMenu;
class QStackedWidget;
class QToolButton;

namespace device {

class TimeAxis;
class VersionTable;

/// The charts of one place, this computer or a device, with series of others beside them: one time
/// axis, from milliseconds to years, following now or held; marks for versions; values under the
/// pointer. Takes readings as fast as they come and draws when a picture would differ, up to 60
/// times a second.
///
/// What it lacks of the past it asks for by historyWanted() and figuresWanted(), and shows what it
/// has until the answer comes.
class WatchPane final : public QWidget
{
    Q_OBJECT

public:
    explicit WatchPane(QWidget *parent = nullptr);
    ~WatchPane() override;

    void setColors(const WatchColors &colors);
    void setNumberFont(const QFont &font);
    void setIcons(const QIcon &pause, const QIcon &save, const QIcon &charts);
    /// What is watched: a place by its id, and in words. Series of other places go unless a chart
    /// has them.
    void setSource(const QString &place, const QString &name, bool isStored);
    [[nodiscard]] QString place() const { return m_place; }
    void add(const QString &place, const std::vector<runtime::Reading> &readings);
    void add(const QString &place, const runtime::Switch &change);
    /// What the store has of a place.
    void addStored(const QString &place, const std::vector<ReadingSeries> &series);
    void setHistory(const HistoryQuestion &question, const SeriesPoints &points);
    void setFigures(const SeriesKey &key, std::int64_t fromUs, std::int64_t toUs,
                    const ReadingFigures &figures);
    /// The clock of \a place minus this computer's, estimated.
    void setClockOffset(const QString &place, std::chrono::microseconds offset);

    void setArrangement(const ChartArrangement &arrangement);
    [[nodiscard]] const ChartArrangement &arrangement() const { return m_arrangement; }
    /// What is shown: the arranged ones, and those of series that nobody arranged.
    [[nodiscard]] std::vector<ChartSpec> charts() const;

    void setRange(const TimeRange &range); ///< Holds the charts there.
    [[nodiscard]] TimeRange range() const { return m_range; }
    void setSpan(double milliseconds);
    void setPaused(bool paused);
    [[nodiscard]] bool isPaused() const { return m_paused; }
    void showEverything();
    /// Figures of the versions before and after each push.
    void showVersions();
    void fillChartMenu(QMenu *menu);

    /// Readings of the watched place since it is watched.
    [[nodiscard]] std::uint64_t readingCount() const { return m_pool.count(m_place); }
    /// The newest value of a series of the watched place; nothing before its first.
    [[nodiscard]] std::optional<double> lastValue(const QString &series) const;
    [[nodiscard]] std::vector<VersionMark> versions() const;
    [[nodiscard]] QString note() const;

Q_SIGNALS:
    void failed(const QString &title, const QString &text);
    /// The user chose where to.
    void exportRequested(const QString &file, const device::ExportRange &range);
    void historyWanted(const device::HistoryQuestion &question);
    void figuresWanted(const device::SeriesKey &key, std::int64_t fromUs, std::int64_t toUs);
    /// Somebody changed the charts; arrangement() is to be kept.
    void arrangementChanged();
    /// A point was clicked. \a id: the invocation that made it, where it is known here.
    void invocationWanted(const device::SeriesKey &key, std::int64_t timeUs, const QString &id);
    /// A threshold was passed, or is no longer.
    void alarmed(const QString &text, bool isRaised);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    // watchpane.cpp: what it is made of
    QWidget *createHead();
    QWidget *createCharts();
    QWidget *createEmpty();
    // watchpaneview.cpp: which part of time is shown
    void draw();
    void tick();
    [[nodiscard]] TimeRange liveRange() const;
    void askHistory(ChartBox *box);
    void showPointer(std::optional<double> time);
    void showSpan();
    void zoom(double factor, double around);
    void pan(double milliseconds);
    [[nodiscard]] double now() const; ///< By the clock of the watched place.
    void tellAlarms(const QString &place);
    void tellAlarm(const WatchedSeries &series, const Threshold &threshold);
    void followClock(double newest);
    // watchpanecharts.cpp: which charts there are
    void rebuild();
    void connectBox(ChartBox *box, std::size_t index);
    void change(std::size_t index, std::optional<ChartSpec> wanted);
    void group(Grouping grouping);
    void keepArrangement(const std::vector<ChartSpec> &charts);
    [[nodiscard]] SeriesKey resolved(SeriesKey key) const;
    [[nodiscard]] SeriesKey relative(SeriesKey key) const;
    [[nodiscard]] std::set<SeriesKey> known() const; ///< Relative to the watched place.
    [[nodiscard]] QString nameOf(const SeriesKey &key) const;
    void askExport(bool shownOnly);
    void askPicture();
    void onClicked(const SeriesKey &key, double time);

    SeriesPool m_pool;
    ChartArrangement m_arrangement;
    QString m_place;
    std::map<QString, std::pair<double, double>> m_storedTimes; ///< First and last, by place.
    std::set<SeriesKey> m_offered; ///< Stored, but not lately: only in menus.
    std::map<QString, std::chrono::microseconds> m_clocks;
    std::set<std::pair<SeriesKey, double>> m_alarms; ///< Raised now: series and threshold.
    WatchColors m_colors;
    QFont m_numberFont;
    QLabel *m_source;
    QLabel *m_note;
    QComboBox *m_spans;
    QToolButton *m_pause;
    QToolButton *m_chartMenu;
    QToolButton *m_save;
    QToolButton *m_now;
    QAction *m_exportAll = nullptr, *m_exportShown = nullptr;
    QStackedWidget *m_pages;
    QWidget *m_charts = nullptr;
    QBoxLayout *m_column = nullptr;
    TimeAxis *m_axis = nullptr;
    VersionTable *m_versions = nullptr;
    std::vector<ChartBox *> m_boxes;
    QTimer m_redraw;
    QElapsedTimer m_sinceValues; ///< Values in numbers change ten times a second at most.
    TimeRange m_range;
    double m_span = 30'000; ///< Of the live range, milliseconds.
    std::optional<double> m_pointer;
    /// This computer's clock minus that of the newest reading when it came, the least of some
    /// seconds: follows a clock that jumps.
    double m_lag = 0, m_lagOfWindow = 0;
    QElapsedTimer m_lagWindow;
    std::set<QString> m_chartedPlaces; ///< Those that charts have series of.
    bool m_paused = false;
    bool m_isStale = true; ///< Something beside the time changed since the last picture.
};

} // namespace device
