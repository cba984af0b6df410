#include "device-manager/ui/serieschart.h"

#include <QDateTime>
#include <QGraphicsLayout>
#include <QLineSeries>
#include <QMouseEvent>
#include <QValueAxis>

#include <algorithm>
#include <cmath>
#include <limits>

namespace device {

namespace {

/// Corners for a value that jumps: a switch has no slope.
QList<QPointF> steps(const std::vector<QPointF> &points)
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

/// The smallest range of two round steps that holds [least, most].
std::pair<double, double> niceRange(double least, double most)
{
    const double rough = std::max(1e-9, (most - least) / 2);
    const double scale = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0}) {
        const double step = factor * scale;
        const double bottom = std::floor(least / step) * step;
        if (bottom + 2 * step >= most)
            return {bottom, bottom + 2 * step};
    }
    return {least, most};
}

QString valueText(double value)
{
    const double size = std::abs(value);
    return QString::number(value, 'f', value == std::floor(value) ? 0 : size < 10 ? 2 : 1);
}

} // namespace

SeriesChart::SeriesChart(const QString &name, QWidget *parent)
    : QChartView(parent), m_name(name), m_time(new QValueAxis(this)), m_value(new QValueAxis(this))
{
    setAccessibleName(tr("Chart of %1").arg(name));
    setMinimumHeight(112);
    setMaximumHeight(220);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    chart()->legend()->hide();
    chart()->setMargins({0, 0, 0, 0});
    chart()->setBackgroundRoundness(0);
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->addAxis(m_time, Qt::AlignBottom);
    chart()->addAxis(m_value, Qt::AlignLeft);
    m_time->setLabelsVisible(false);
    m_time->setTickCount(4);
    m_time->setRange(0, 1);
    m_value->setTickCount(3);
    m_value->setLabelFormat(QStringLiteral("%.4g"));
}

void SeriesChart::setColors(const WatchColors &colors)
{
    m_colors = colors;
    chart()->setBackgroundBrush(colors.surface);
    setBackgroundBrush(colors.surface);
    for (QValueAxis *axis : {m_time, m_value}) {
        axis->setLinePen(QPen(colors.line, 1));
        axis->setGridLinePen(QPen(colors.line, 1, Qt::DotLine));
        axis->setLabelsColor(colors.quiet);
        QFont font = this->font();
        font.setPointSizeF(8);
        axis->setLabelsFont(font);
    }
    show(m_from, m_to, m_versions);
}

QColor SeriesChart::versionColor(std::uint64_t version) const
{
    return m_colors.versions.at(std::size_t(version + m_colors.versions.size() - 1) %
                                m_colors.versions.size());
}

QLineSeries *SeriesChart::line(std::size_t index)
{
    while (m_lines.size() <= index) {
        auto *series = new QLineSeries(chart());
        chart()->addSeries(series);
        series->attachAxis(m_time);
        series->attachAxis(m_value);
        m_lines.push_back(series);
    }
    return m_lines[index];
}

void SeriesChart::show(double from, double to, const std::vector<VersionMark> &versions)
{
    m_from = from;
    m_to = to;
    m_versions = versions;
    const int columns = std::max(32, int(chart()->plotArea().width()));
    std::vector<QPointF> all;
    std::size_t used = 0;
    const auto draw = [&](double begin, double end, std::uint64_t version) {
        std::vector<QPointF> points = m_buffer.decimated(
            begin * 1000, end * 1000, std::max(2, int(columns * (end - begin) / (to - from))));
        const std::size_t stored = m_buffer.countBetween(begin * 1000, end * 1000);
        if (points.empty() || stored == 0)
            return;
        for (QPointF &point : points) {
            m_isSwitch = m_isSwitch && (point.y() == 0 || point.y() == 1);
            point.setX(std::clamp(point.x() / 1000, begin, end));
        }
        QList<QPointF> shifted =
            m_isSwitch ? steps(points) : QList<QPointF>(points.begin(), points.end());
        for (QPointF &point : shifted)
            point.setX(point.x() - to); // QtCharts draws floats: keep the numbers small
        QLineSeries *series = line(used++);
        series->setPen(QPen(versionColor(version), 1.6));
        // A line through one point shows nothing.
        series->setPointsVisible(stored <= 3);
        series->setMarkerSize(5);
        series->replace(shifted);
        all.insert(all.end(), points.begin(), points.end());
    };
    double begin = from;
    std::uint64_t version = 1;
    for (const VersionMark &mark : m_versions) {
        if (mark.time > begin) {
            const double end = std::min(mark.time, to);
            if (end > begin)
                draw(begin, end, version);
            begin = std::max(begin, end);
        }
        version = mark.version;
    }
    if (begin < to)
        draw(begin, to, version);
    for (std::size_t i = used; i < m_lines.size(); ++i)
        m_lines[i]->clear();
    m_decimation = all.empty()
                       ? 1
                       : std::max(1.0, double(m_buffer.countBetween(from * 1000, to * 1000)) /
                                           double(all.size()));
    m_time->setRange(from - to, 0);
    fitHeight(all);
    viewport()->update();
}

void SeriesChart::fitHeight(const std::vector<QPointF> &points)
{
    if (m_isSwitch) {
        m_value->setTickCount(2);
        m_value->setRange(-0.2, 1.2);
        m_value->setLabelsVisible(false);
        return;
    }
    if (points.empty())
        return;
    const auto [low, high] = std::ranges::minmax(points, {}, &QPointF::y);
    double least = low.y(), most = high.y();
    if (most - least < 1e-9) {
        least -= 1;
        most += 1;
    }
    const auto [bottom, top] = niceRange(least, most);
    m_value->setTickCount(3);
    m_value->setLabelsVisible(true);
    m_value->setLabelFormat(top - bottom >= 10 ? QStringLiteral("%.0f") : QStringLiteral("%.3g"));
    // A scale that changes with each point cannot be read: it stays while the values fit well.
    const bool fits = bottom >= m_value->min() && top <= m_value->max();
    const bool tooWide = m_value->max() - m_value->min() > 2.5 * (top - bottom);
    if (!fits || tooWide)
        m_value->setRange(bottom, top);
}

double SeriesChart::xOf(double time) const
{
    const QRectF plot = chart()->plotArea();
    return plot.left() + plot.width() * (time - m_from) / (m_to - m_from);
}

void SeriesChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF plot = chart()->plotArea();
    QFont font = this->font();
    font.setPointSizeF(8);
    font.setBold(true);
    painter->setFont(font);
    QRectF former;
    for (const VersionMark &mark : m_versions) {
        if (mark.time < m_from || mark.time > m_to)
            continue;
        const double x = xOf(mark.time);
        const QColor color = versionColor(mark.version);
        painter->setPen(QPen(color, 1, Qt::DashLine));
        painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        const QString label = QStringLiteral("v%1").arg(mark.version);
        const int width = painter->fontMetrics().horizontalAdvance(label) + 8;
        const bool left = x + width > plot.right();
        QRectF flag(left ? x - width : x, plot.top(), width, 14);
        while (flag.intersects(former) && flag.bottom() + 15 < plot.bottom())
            flag.translate(0, 15);
        former = flag;
        painter->fillRect(flag, color);
        painter->setPen(m_colors.surface);
        painter->drawText(flag, Qt::AlignCenter, label);
    }
    if (!m_pointer || *m_pointer < m_from || *m_pointer > m_to)
        return;
    const double x = xOf(*m_pointer);
    painter->setPen(QPen(m_colors.quiet, 1));
    painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    if (const std::optional<QPointF> point = nearest(*m_pointer)) {
        const QString text = valueText(point->y()) + QStringLiteral("   ") +
                             QDateTime::fromMSecsSinceEpoch(qint64(point->x() * 1000))
                                 .toString(QStringLiteral("HH:mm:ss.zzz"));
        const int width = painter->fontMetrics().horizontalAdvance(text) + 12;
        const QRectF box(
            std::clamp(x + 6, plot.left(), std::max(plot.left(), plot.right() - width)),
            plot.bottom() - 20, width, 16);
        painter->fillRect(box, m_colors.panel);
        painter->setPen(m_colors.text);
        painter->drawText(box, Qt::AlignCenter, text);
    }
}

std::optional<double> SeriesChart::lastValue() const
{
    return m_buffer.isEmpty() ? std::nullopt : std::optional(m_buffer.last().y());
}

std::optional<QPointF> SeriesChart::nearest(double time) const
{
    const double reach = (m_to - m_from) / 50;
    std::optional<QPointF> best;
    for (const QPointF &point :
         m_buffer.decimated((time - reach) * 1000, (time + reach) * 1000, 64)) {
        const QPointF found(point.x() / 1000, point.y());
        if (!best || std::abs(found.x() - time) < std::abs(best->x() - time))
            best = found;
    }
    return best;
}

void SeriesChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    // The same margins for every series, so that one moment lies on one line through all charts.
    chart()->setPlotArea(QRectF(48, 10, std::max(40, width() - 60), std::max(30, height() - 20)));
}

void SeriesChart::mouseMoveEvent(QMouseEvent *event)
{
    const QRectF plot = chart()->plotArea();
    const double part = (event->position().x() - plot.left()) / std::max(1.0, plot.width());
    m_pointer =
        part < 0 || part > 1 ? std::nullopt : std::optional(m_from + part * (m_to - m_from));
    Q_EMIT pointed(m_pointer);
    viewport()->update();
}

void SeriesChart::leaveEvent(QEvent *event)
{
    m_pointer.reset();
    Q_EMIT pointed(m_pointer);
    viewport()->update();
    QChartView::leaveEvent(event);
}

} // namespace device
