#include "device-manager/ui/timechart.h"

#include "device-manager/ui/chartticks.h"

#include <QGraphicsLayout>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QValueAxis>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace device {

namespace {

/// Corners for a value that jumps: a switch has no slope.
QList<QPointF> steps(const QList<QPointF> &points)
{
    QList<QPointF> out;
    out.reserve(qsizetype(points.size()) * 2);
    for (const QPointF &point : points) {
        if (!out.isEmpty() && out.last().y() != point.y())
            out.append({point.x(), out.last().y()});
        out.append(point);
    }
    return out;
}

/// Points that belong together: where nothing came for much longer than it usually takes, a line
/// would tell of values that nobody measured. \a column: milliseconds of a column of pixels.
std::vector<QList<QPointF>> withoutGaps(const std::vector<QPointF> &points, double column)
{
    constexpr std::size_t enough = 8; // of fewer nobody knows what is usual
    std::vector<double> distances;
    for (std::size_t i = 1; i < points.size(); ++i)
        distances.push_back(points[i].x() - points[i - 1].x());
    double longest = std::numeric_limits<double>::infinity();
    if (distances.size() >= enough) {
        const auto middle = distances.begin() + std::ptrdiff_t(distances.size() / 2);
        std::ranges::nth_element(distances, middle);
        longest = std::max(10 * *middle, 8 * column);
    }
    std::vector<QList<QPointF>> pieces(1);
    for (const QPointF &point : points) {
        if (!pieces.back().isEmpty() && point.x() - pieces.back().last().x() > longest)
            pieces.emplace_back();
        pieces.back().append(point);
    }
    return pieces;
}

} // namespace

void TimeChart::Extent::add(double value)
{
    low = isEmpty ? value : std::min(low, value);
    high = isEmpty ? value : std::max(high, value);
    isEmpty = false;
}

TimeChart::TimeChart(QWidget *parent) : QChartView(parent), m_value(new QValueAxis(this))
{
    setMinimumHeight(96);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setViewportUpdateMode(FullViewportUpdate);
    setOptimizationFlags(DontSavePainterState | DontAdjustForAntialiasing);
    chart()->legend()->hide();
    chart()->setMargins({0, 0, 0, 0});
    chart()->setBackgroundVisible(false);
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->addAxis(m_value, Qt::AlignLeft);
    // Lines, grid and labels are painted here. QLineSeries makes the outline of each line anew with
    // every point, and axes a text document of every label: four times the work of the whole.
    m_value->setVisible(false);
}

void TimeChart::setColors(const WatchColors &colors)
{
    m_colors = colors;
    viewport()->update();
}

void TimeChart::setLines(const std::vector<ChartLine> &lines)
{
    m_shown = lines;
    m_extent = {};
    QStringList names;
    for (const ChartLine &line : lines)
        names.append(line.series->key().series);
    setAccessibleName(tr("Chart of %1").arg(names.join(QStringLiteral(", "))));
    m_value->setRange(0, 0);
}

void TimeChart::setScale(ChartSpec::Scale scale)
{
    m_scale = scale;
}

void TimeChart::setThresholds(const std::vector<Threshold> &thresholds)
{
    m_thresholds = thresholds;
}

void TimeChart::setMarks(const std::vector<VersionMark> &marks)
{
    m_marks = marks;
}

void TimeChart::setPointer(std::optional<double> time)
{
    if (m_pointer == time)
        return;
    m_pointer = time;
    viewport()->update();
}

int TimeChart::columns() const
{
    return std::max(32, int(chart()->plotArea().width()));
}

QColor TimeChart::versionColor(std::uint64_t version) const
{
    const std::size_t count = m_colors.versions.size();
    return m_colors.versions.at(std::size_t(version + count - 1) % count);
}

bool TimeChart::isAllSwitches() const
{
    return !m_shown.empty() && std::ranges::all_of(m_shown, [](const ChartLine &line) {
        return line.series->isSwitch();
    });
}

void TimeChart::show(const TimeRange &range)
{
    m_range = range;
    m_extent = {};
    m_raw = m_drawn = 0;
    m_strokes.clear();
    for (const ChartLine &line : m_shown)
        addLine(line);
    m_decimation = m_drawn == 0 ? 1 : std::max(1.0, double(m_raw) / double(m_drawn));
    fitHeight();
    for (Stroke &stroke : m_strokes)
        for (QPointF &point : stroke.points)
            point = {xOf(point.x()), yOf(point.y())};
    viewport()->update();
}

/// A line alone is divided where versions began.
void TimeChart::addLine(const ChartLine &line)
{
    if (m_shown.size() > 1 || m_marks.empty()) {
        addPart(line, line.color, m_range);
        return;
    }
    double begin = m_range.from;
    std::uint64_t version = m_marks.front().version > 1 ? m_marks.front().version - 1 : 1;
    for (const VersionMark &mark : m_marks) {
        const double end = std::min(mark.time, m_range.to);
        if (end > begin) {
            addPart(line, versionColor(version), {begin, end});
            begin = end;
        }
        version = mark.version;
    }
    if (begin < m_range.to)
        addPart(line, versionColor(version), {begin, m_range.to});
}

void TimeChart::addPart(const ChartLine &line, const QColor &color, const TimeRange &part)
{
    const int wide = std::max(2, int(columns() * part.span() / m_range.span()));
    SeriesPoints known = line.series->points(part.from, part.to, wide);
    if (known.points.empty() || known.raw == 0)
        return;
    m_raw += known.raw;
    m_drawn += known.points.size();
    Extent extent;
    for (const QPointF &point : known.points)
        if (m_range.from <= point.x() && point.x() <= m_range.to)
            extent.add(point.y());
    if (m_scale == ChartSpec::Scale::Normalised && m_shown.size() > 1) {
        const double height = extent.high - extent.low;
        for (QPointF &point : known.points)
            point.setY(height > 0 ? (point.y() - extent.low) / height : 0.5);
    } else if (!extent.isEmpty) {
        m_extent.add(extent.low);
        m_extent.add(extent.high);
    }
    const bool isDense = known.points.size() > std::size_t(wide) / 2;
    for (QList<QPointF> &piece : withoutGaps(known.points, part.span() / wide)) {
        const bool hasDots = known.raw <= 3 || piece.size() == 1;
        m_strokes.push_back({color, line.series->isSwitch() ? steps(piece) : std::move(piece), part,
                             isDense, hasDots});
    }
}

void TimeChart::fitHeight()
{
    if (m_scale == ChartSpec::Scale::Normalised && m_shown.size() > 1) {
        m_value->setRange(-0.05, 1.05);
        return;
    }
    if (isAllSwitches()) {
        m_value->setRange(-0.2, 1.2);
        return;
    }
    if (m_extent.isEmpty)
        return;
    double least = m_extent.low, most = m_extent.high;
    // A threshold within reach of the values belongs to the picture.
    for (const Threshold &threshold : m_thresholds) {
        const double reach = std::max(most - least, std::abs(most) / 2);
        if (threshold.value > least - reach && threshold.value < most + reach) {
            least = std::min(least, threshold.value);
            most = std::max(most, threshold.value);
        }
    }
    if (most - least < 1e-9) {
        least -= 1;
        most += 1;
    }
    const auto [bottom, top] = niceRange(least, most);
    // A scale that changes with each point cannot be read: it stays while the values fit well.
    const bool fits = bottom >= m_value->min() && top <= m_value->max();
    const bool tooWide = m_value->max() - m_value->min() > 2.5 * (top - bottom);
    if (!fits || tooWide)
        m_value->setRange(bottom, top);
}

double TimeChart::xOf(double time) const
{
    const QRectF plot = chart()->plotArea();
    return plot.left() + plot.width() * (time - m_range.from) / m_range.span();
}

double TimeChart::yOf(double value) const
{
    const QRectF plot = chart()->plotArea();
    const double height = m_value->max() - m_value->min();
    return plot.bottom() - plot.height() * (value - m_value->min()) / (height > 0 ? height : 1);
}

double TimeChart::timeAt(double x) const
{
    const QRectF plot = chart()->plotArea();
    return m_range.from + m_range.span() * (x - plot.left()) / std::max(1.0, plot.width());
}

void TimeChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    // The same margins for every chart, so that one moment lies on one line through all of them.
    chart()->setPlotArea(QRectF(48, 8, std::max(40, width() - 60), std::max(30, height() - 16)));
    show(m_range);
}

void TimeChart::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_pressed = event->position();
    m_lastX = event->position().x();
    m_isDragging = false;
}

void TimeChart::mouseMoveEvent(QMouseEvent *event)
{
    const double x = event->position().x();
    if (m_pressed) {
        m_isDragging = m_isDragging || std::abs(x - m_pressed->x()) > 4;
        if (m_isDragging)
            Q_EMIT panned(timeAt(m_lastX) - timeAt(x));
        m_lastX = m_isDragging ? x : m_lastX;
    }
    const QRectF plot = chart()->plotArea();
    Q_EMIT pointed(x < plot.left() || x > plot.right() ? std::nullopt : std::optional(timeAt(x)));
}

void TimeChart::mouseReleaseEvent(QMouseEvent *event)
{
    if (!std::exchange(m_pressed, std::nullopt) || m_isDragging)
        return;
    // The line that is nearest to the click.
    const double time = timeAt(event->position().x());
    const double reach = m_range.span() * 8 / columns();
    const SeriesKey *key = nullptr;
    double distance = std::numeric_limits<double>::max(), when = time;
    for (const ChartLine &line : m_shown) {
        const std::optional<QPointF> point = line.series->nearest(time, reach);
        const double away = point ? std::abs(yOf(point->y()) - event->position().y()) : distance;
        if (point && away < distance) {
            key = &line.series->key();
            distance = away;
            when = point->x();
        }
    }
    if (key)
        Q_EMIT clicked(*key, when);
}

void TimeChart::wheelEvent(QWheelEvent *event)
{
    const QPoint turn = event->angleDelta();
    if (event->modifiers() & Qt::ShiftModifier || std::abs(turn.x()) > std::abs(turn.y()))
        Q_EMIT panned(-m_range.span() * (turn.x() + turn.y()) / 1200);
    else
        Q_EMIT zoomed(std::pow(0.8, turn.y() / 120.0), timeAt(event->position().x()));
    event->accept();
}

void TimeChart::keyPressEvent(QKeyEvent *event)
{
    event->ignore(); // keys move all charts together: the pane has them
}

void TimeChart::leaveEvent(QEvent *event)
{
    Q_EMIT pointed(std::nullopt);
    QChartView::leaveEvent(event);
}

QString TimeChart::description() const
{
    if (m_extent.isEmpty)
        return tr("No readings from %1 to %2")
            .arg(momentText(m_range.from, m_range.span()), momentText(m_range.to, m_range.span()));
    return tr("%1 to %2, values from %3 to %4")
        .arg(momentText(m_range.from, m_range.span()), momentText(m_range.to, m_range.span()),
             valueText(m_extent.low), valueText(m_extent.high));
}

} // namespace device
