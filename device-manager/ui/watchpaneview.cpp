#include "device-manager/ui/chartticks.h"
#include "device-manager/ui/timeaxis.h"
#include "device-manager/ui/watchpane.h"

#include <QComboBox>
#include <QDateTime>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace device {

namespace {

constexpr double shortest = 1, longest = 20 * 365.0 * 24 * 3600 * 1000; // milliseconds
/// Readings come in batches: this much of the newest is held back, so that the right edge moves
/// evenly and is full.
constexpr double held = 100; // milliseconds
/// A device's clock that differs by less than this is told nobody.
constexpr std::chrono::milliseconds noticeable{500};

double hereNow()
{
    return double(QDateTime::currentMSecsSinceEpoch());
}

} // namespace

void WatchPane::add(const QString &place, const std::vector<runtime::Reading> &readings)
{
    if (readings.empty())
        return;
    if (place != m_place && !m_chartedPlaces.contains(place))
        return;
    const std::size_t before = m_pool.size();
    m_pool.add(place, readings);
    if (place == m_place)
        followClock(double(readings.back().timeUs) / 1000);
    if (m_pool.size() != before)
        rebuild();
    tellAlarms(place);
    m_isStale = m_isStale || (m_paused && m_pool.latest(m_place) < m_range.to);
}

void WatchPane::followClock(double newest)
{
    const double lag = hereNow() - newest;
    const bool isFirst = !m_lagWindow.isValid();
    if (isFirst || m_lagWindow.hasExpired(5000)) {
        m_lag = isFirst ? lag : std::min(lag, m_lagOfWindow);
        m_lagOfWindow = lag;
        m_lagWindow.start();
    }
    m_lagOfWindow = std::min(m_lagOfWindow, lag);
    m_lag = std::min(m_lag, lag);
}

void WatchPane::add(const QString &place, const runtime::Switch &change)
{
    m_pool.add(place, change);
    m_isStale = true;
}

void WatchPane::setHistory(const HistoryQuestion &question, const SeriesPoints &points)
{
    if (WatchedSeries *series = m_pool.find(question.key))
        series->setHistory(question, points);
    m_isStale = true;
}

void WatchPane::setClockOffset(const QString &place, std::chrono::microseconds offset)
{
    m_clocks[place] = offset;
}

double WatchPane::now() const
{
    return hereNow() - m_lag;
}

/// Steps by whole columns, so that each reading stays in its column from picture to picture and
/// lines move instead of shimmering.
TimeRange WatchPane::liveRange() const
{
    const double column = m_span / (m_boxes.empty() ? 100 : m_boxes.front()->columns());
    const double to = std::floor((now() - held) / column) * column;
    return {to - m_span, to};
}

void WatchPane::tick()
{
    if (!m_paused) {
        const TimeRange live = liveRange();
        m_isStale = m_isStale || live.to != m_range.to || live.from != m_range.from;
        m_range = live;
    }
    if (m_isStale)
        draw();
}

void WatchPane::draw()
{
    m_isStale = false;
    for (ChartBox *box : m_boxes) {
        if (box->visibleRegion().isEmpty())
            continue; // scrolled away
        askHistory(box);
        box->show(m_range, m_pool.marks());
    }
    m_axis->show(m_range, m_pointer, m_charts->width());
    if (m_sinceValues.elapsed() < 100 && !m_pointer)
        return;
    m_sinceValues.start();
    for (ChartBox *box : m_boxes)
        if (!box->visibleRegion().isEmpty())
            box->showValues(m_range, m_pointer);
    m_note->setText(note());
    m_note->setToolTip(m_note->text());
}

void WatchPane::askHistory(ChartBox *box)
{
    for (const WatchedSeries *shown : box->series())
        if (WatchedSeries *series = m_pool.find(shown->key()))
            if (const auto question = series->missing(m_range.from, m_range.to, box->columns()))
                Q_EMIT historyWanted(*question);
}

QString WatchPane::note() const
{
    QStringList parts{tr("%L1 readings").arg(readingCount())};
    double decimation = 1;
    std::uint64_t dropped = 0;
    for (const ChartBox *box : m_boxes) {
        if (box->chart())
            decimation = std::max(decimation, box->chart()->decimation());
        for (const WatchedSeries *series : box->series())
            if (!series->isStored())
                dropped += series->buffer().dropped();
    }
    if (decimation >= 1.5)
        parts.append(tr("decimated 1:%1").arg(std::lround(decimation)));
    if (dropped > 0)
        parts.append(tr("%L1 older ones gone").arg(dropped));
    if (const std::uint64_t lost = m_pool.lost(m_place); lost > 0)
        parts.append(tr("%L1 lost").arg(lost));
    if (const auto clock = m_clocks.find(m_place);
        clock != m_clocks.end() && std::chrono::abs(clock->second) > noticeable) {
        const QString size = spanText(std::abs(double(clock->second.count())) / 1000);
        parts.append(clock->second.count() > 0 ? tr("clock %1 ahead").arg(size)
                                               : tr("clock %1 behind").arg(size));
    }
    return parts.join(QStringLiteral(" · "));
}

/// Of the readings that have just come from \a place.
void WatchPane::tellAlarms(const QString &place)
{
    for (const ChartBox *box : m_boxes)
        for (const WatchedSeries *series : box->series())
            if (series->key().place == place && series->batch().count > 0)
                for (const Threshold &threshold : box->spec().thresholds)
                    tellAlarm(*series, threshold);
}

void WatchPane::tellAlarm(const WatchedSeries &series, const Threshold &threshold)
{
    const auto alarm = std::pair(series.key(), threshold.value);
    const double extreme = threshold.above ? series.batch().high : series.batch().low;
    const double last = series.lastValue().value_or(extreme);
    const QString name = nameOf(relative(series.key())), limit = valueText(threshold.value);
    if (threshold.isPassedBy(extreme) && m_alarms.insert(alarm).second) {
        const QString text = threshold.above ? tr("%1 is above %2: %3") : tr("%1 is below %2: %3");
        Q_EMIT alarmed(text.arg(name, limit, valueText(extreme)), true);
    }
    if (!threshold.isPassedBy(last) && m_alarms.erase(alarm) > 0) {
        const QString text = threshold.above ? tr("%1 is no longer above %2: %3")
                                             : tr("%1 is no longer below %2: %3");
        Q_EMIT alarmed(text.arg(name, limit, valueText(last)), false);
    }
}

void WatchPane::showPointer(std::optional<double> time)
{
    m_pointer = time;
    for (ChartBox *box : m_boxes)
        if (box->chart())
            box->chart()->setPointer(time);
    m_isStale = true;
}

void WatchPane::setRange(const TimeRange &range)
{
    const double span = std::clamp(range.span(), shortest, longest);
    const double middle = (range.from + range.to) / 2;
    m_range = {middle - span / 2, middle + span / 2};
    m_span = span;
    m_paused = true;
    showSpan();
}

void WatchPane::setSpan(double milliseconds)
{
    m_span = std::clamp(milliseconds, shortest, longest);
    if (m_paused)
        m_range.from = m_range.to - m_span;
    showSpan();
}

void WatchPane::setPaused(bool paused)
{
    m_paused = paused;
    showSpan();
}

void WatchPane::showSpan()
{
    int index = m_spans->findData(m_span);
    if (index < 0) {
        m_spans->setItemText(0, spanText(m_span));
        index = 0;
    }
    m_spans->setCurrentIndex(index);
    const QSignalBlocker quiet(m_pause);
    m_pause->setChecked(m_paused);
    m_now->setVisible(m_paused);
    m_isStale = true;
}

void WatchPane::zoom(double factor, double around)
{
    const double span = std::clamp(m_range.span() * factor, shortest, longest);
    // Near the right edge the eye follows now: zooming does not hold the charts.
    if (!m_paused && around > m_range.to - m_range.span() / 10) {
        setSpan(span);
        return;
    }
    const double part = (around - m_range.from) / m_range.span();
    const double from = around - part * span;
    setRange({from, from + span});
}

void WatchPane::pan(double milliseconds)
{
    const double to = m_range.to + milliseconds;
    if (m_paused && milliseconds > 0 && to >= now())
        return setPaused(false); // back at the end
    if (!m_paused && milliseconds > 0)
        return;
    setRange({to - m_range.span(), to});
}

void WatchPane::showEverything()
{
    double from = m_range.to, to = m_pool.latest(m_place);
    for (const SeriesKey &key : m_pool.keys())
        if (const WatchedSeries *series = m_pool.find(key); !series->buffer().isEmpty())
            from = std::min(from, series->buffer().first().x());
    if (const auto stored = m_storedTimes.find(m_place); stored != m_storedTimes.end()) {
        from = std::min(from, stored->second.first);
        to = std::max(to, stored->second.second);
    }
    if (to > from)
        setRange({from - (to - from) * 0.02, to + (to - from) * 0.02});
}

void WatchPane::keyPressEvent(QKeyEvent *event)
{
    const double span = m_range.span(), middle = (m_range.from + m_range.to) / 2;
    switch (event->key()) {
    case Qt::Key_Left: pan(-span / 10); break;
    case Qt::Key_Right: pan(span / 10); break;
    case Qt::Key_PageUp: pan(-span); break;
    case Qt::Key_PageDown: pan(span); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoom(0.5, m_paused ? middle : m_range.to); break;
    case Qt::Key_Minus: zoom(2, m_paused ? middle : m_range.to); break;
    case Qt::Key_Home: showEverything(); break;
    case Qt::Key_End: setPaused(false); break;
    case Qt::Key_Space: setPaused(!m_paused); break;
    default: QWidget::keyPressEvent(event);
    }
}

void WatchPane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_isStale = true;
    m_redraw.start();
}

void WatchPane::hideEvent(QHideEvent *event)
{
    m_redraw.stop();
    QWidget::hideEvent(event);
}

} // namespace device
