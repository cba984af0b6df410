#include "device-manager/core/watchedseries.h"

#include "device-manager/core/minmaxdecimator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace device {

namespace {

// At 16 bytes a point: the live end of 64 series at 1 kHz stays below half a gigabyte.
constexpr std::size_t storedCapacity = 300'000, unstoredCapacity = 1'000'000;
constexpr std::size_t mostOrigins = 20'000;

bool covers(const HistoryQuestion &known, double from, double to, int columns)
{
    if (known.columns == 0 || known.from > from || known.to < to)
        return false;
    // Half as fine as wanted is still a good picture; while zooming in it is asked for anew.
    return known.columns / (known.to - known.from) >= 0.5 * columns / (to - from);
}

} // namespace

WatchedSeries::WatchedSeries(SeriesKey key, bool isStored)
    : m_key(std::move(key))
    , m_live(isStored ? storedCapacity : unstoredCapacity)
    , m_isStored(isStored)
{
}

std::optional<double> WatchedSeries::lastValue() const
{
    return m_live.isEmpty() ? std::nullopt : std::optional(m_live.last().y());
}

void WatchedSeries::add(double time, double value, std::uint64_t cursor,
                        const std::string &invocation)
{
    if (cursor != 0 && cursor <= m_lastCursor)
        return;
    m_lastCursor = cursor;
    m_live.append({time, value});
    m_batch.add(std::llround(time * 1000), value);
    m_isSwitch = m_isSwitch && (value == 0 || value == 1);
    if (m_isStored)
        return;
    m_origins.push_back({time, invocation});
    if (m_origins.size() > mostOrigins)
        m_origins.pop_front();
}

SeriesPoints WatchedSeries::points(double from, double to, int columns) const
{
    SeriesPoints all;
    const double liveFrom = m_live.isEmpty() ? to : m_live.first().x();
    if (liveFrom > from && !m_history.points.empty()) {
        MinMaxDecimator decimator(from, to, columns);
        auto point = std::ranges::lower_bound(m_history.points, from, {}, &QPointF::x);
        if (point != m_history.points.begin())
            --point;
        const double end = m_live.isEmpty() ? std::numeric_limits<double>::max() : liveFrom;
        std::uint64_t shown = 0;
        for (; point != m_history.points.end() && point->x() < end; ++point, ++shown) {
            decimator.add(*point);
            if (point->x() > to)
                break;
        }
        all.points = decimator.take();
        const double whole = double(std::max<std::size_t>(1, m_history.points.size()));
        all.raw = std::uint64_t(double(m_history.raw) * double(shown) / whole);
    }
    if (!m_live.isEmpty() && liveFrom <= to) {
        const std::vector<QPointF> live = m_live.decimated(std::max(from, liveFrom), to, columns);
        all.points.insert(all.points.end(), live.begin(), live.end());
        all.raw += m_live.countBetween(from, to);
    }
    return all;
}

std::optional<HistoryQuestion> WatchedSeries::missing(double from, double to, int columns)
{
    const double end = m_live.isEmpty() ? to : std::min(to, m_live.first().x());
    if (!m_isStored || end <= from)
        return std::nullopt;
    if (covers(m_known, from, end, columns) || covers(m_asked, from, end, columns))
        return std::nullopt;
    // With a screen to each side, so that a hand can pan.
    const double span = to - from;
    m_asked = {m_key, from - span, to + span, columns * 3};
    return m_asked;
}

void WatchedSeries::setHistory(const HistoryQuestion &question, const SeriesPoints &points)
{
    if (question.from != m_asked.from || question.to != m_asked.to ||
        question.columns != m_asked.columns)
        return;
    m_known = std::exchange(m_asked, {});
    m_history = points;
    for (const QPointF &point : m_history.points)
        m_isSwitch = m_isSwitch && (point.y() == 0 || point.y() == 1);
}

std::optional<QPointF> WatchedSeries::nearest(double time, double reach) const
{
    std::optional<QPointF> best;
    for (const QPointF &point : points(time - reach, time + reach, 64).points)
        if (!best || std::abs(point.x() - time) < std::abs(best->x() - time))
            best = point;
    return best && std::abs(best->x() - time) <= reach ? best : std::nullopt;
}

std::optional<double> WatchedSeries::valueAt(double time) const
{
    // A column of no width: the points around it are the neighbours.
    const std::vector<QPointF> around = points(time, std::nextafter(time, time + 1), 1).points;
    std::optional<double> value;
    for (const QPointF &point : around)
        if (point.x() <= time)
            value = point.y();
    return value;
}

ReadingFigures WatchedSeries::figures(double from, double to) const
{
    ReadingFigures figures;
    m_live.forEach(from, to, [&](const QPointF &point) {
        figures.add(std::llround(point.x() * 1000), point.y());
    });
    return figures;
}

std::string WatchedSeries::invocationAt(double time) const
{
    const auto at = std::ranges::min_element(
        m_origins, {}, [time](const Origin &origin) { return std::abs(origin.time - time); });
    return at != m_origins.end() && std::abs(at->time - time) < 1 ? at->invocation : std::string();
}

} // namespace device
