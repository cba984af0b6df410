#include "device-manager/ui/chartticks.h"
#include "device-manager/ui/timechart.h"

#include <QValueAxis>

#include <algorithm>

namespace device {

namespace {

QFont markFont(const QFont &font, bool bold)
{
    QFont small = font;
    small.setPointSizeF(8);
    small.setBold(bold);
    return small;
}

} // namespace

/// Ground, shades of versions, grid and values.
void TimeChart::drawBackground(QPainter *painter, const QRectF &rect)
{
    painter->fillRect(rect, m_colors.surface);
    const QRectF plot = chart()->plotArea();
    for (std::size_t i = 0; i < m_marks.size(); ++i) {
        const double end = i + 1 < m_marks.size() ? m_marks[i + 1].time : m_range.to;
        const double left = std::clamp(xOf(m_marks[i].time), plot.left(), plot.right());
        const double right = std::clamp(xOf(end), plot.left(), plot.right());
        QColor shade = versionColor(m_marks[i].version);
        shade.setAlphaF(0.06F);
        if (right > left)
            painter->fillRect(QRectF(left, plot.top(), right - left, plot.height()), shade);
    }
    painter->setFont(markFont(font(), false));
    const QPen grid(m_colors.line, 1, Qt::DotLine);
    const double step = timeStep(m_range.span(), std::max(1, int(plot.width() / 90)));
    for (double t = firstTick(m_range.from, step); t < m_range.to; t += step) {
        painter->setPen(grid);
        painter->drawLine(QPointF(xOf(t), plot.top()), QPointF(xOf(t), plot.bottom()));
    }
    const bool isNormalised = m_scale == ChartSpec::Scale::Normalised && m_shown.size() > 1;
    const bool isSwitch = isAllSwitches();
    std::vector<double> values{m_value->min(), (m_value->min() + m_value->max()) / 2,
                               m_value->max()};
    if (isNormalised || isSwitch)
        values = {0, 1};
    for (const double value : values) {
        const double y = yOf(value);
        painter->setPen(grid);
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        if (m_value->max() <= m_value->min())
            continue;
        const QString text = isNormalised ? (value > 0 ? tr("high") : tr("low"))
                             : isSwitch   ? (value > 0 ? tr("on") : tr("off"))
                                          : valueText(value);
        painter->setPen(m_colors.quiet);
        painter->drawText(QRectF(0, y - 8, plot.left() - 6, 16), Qt::AlignRight | Qt::AlignVCenter,
                          text);
    }
    painter->setPen(QPen(m_colors.line, 1));
    painter->drawLine(plot.bottomLeft(), plot.bottomRight());
    painter->drawLine(plot.topLeft(), plot.bottomLeft());
}

void TimeChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF plot = chart()->plotArea();
    drawStrokes(painter, plot);
    painter->setFont(markFont(font(), true));
    drawThresholds(painter, plot);
    drawMarks(painter, plot);
    drawPointer(painter, plot);
}

void TimeChart::drawStrokes(QPainter *painter, const QRectF &plot)
{
    painter->save();
    for (const Stroke &stroke : m_strokes) {
        const double left = xOf(stroke.part.from), right = xOf(stroke.part.to);
        painter->setClipRect(QRectF(left, plot.top(), right - left, plot.height()));
        // A pen of one pixel is drawn ten times as fast as any other, and where columns are full it
        // looks the same.
        painter->setRenderHint(QPainter::Antialiasing, !stroke.isDense);
        painter->setPen(QPen(stroke.color, stroke.isDense ? 0 : 1.6));
        painter->drawPolyline(stroke.points.constData(), int(stroke.points.size()));
        if (!stroke.hasDots)
            continue;
        painter->setBrush(stroke.color);
        for (const QPointF &point : stroke.points)
            painter->drawEllipse(point, 2.5, 2.5);
        painter->setBrush(Qt::NoBrush);
    }
    painter->restore();
}

void TimeChart::drawThresholds(QPainter *painter, const QRectF &plot)
{
    if (m_scale == ChartSpec::Scale::Normalised && m_shown.size() > 1)
        return; // a value has no place there
    for (const Threshold &threshold : m_thresholds) {
        const double y = yOf(threshold.value);
        if (y < plot.top() - 1 || y > plot.bottom() + 1)
            continue;
        painter->setPen(QPen(m_colors.bad, 1, Qt::DashDotLine));
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        const QString text =
            (threshold.above ? tr("above %1") : tr("below %1")).arg(valueText(threshold.value));
        const int width = painter->fontMetrics().horizontalAdvance(text) + 6;
        const QRectF place(plot.left() + 2, threshold.above ? y - 15 : y + 1, width, 14);
        QColor ground = m_colors.surface; // lines run below the words
        ground.setAlphaF(0.8F);
        painter->fillRect(place, ground);
        painter->drawText(place, Qt::AlignCenter, text);
    }
}

void TimeChart::drawMarks(QPainter *painter, const QRectF &plot)
{
    QRectF former;
    for (const VersionMark &mark : m_marks) {
        if (mark.time < m_range.from || mark.time > m_range.to)
            continue;
        const double x = xOf(mark.time);
        const QColor color = versionColor(mark.version);
        painter->setPen(QPen(color, 1, Qt::DashLine));
        painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        const QString label =
            mark.version > 0 ? QStringLiteral("v%1").arg(mark.version) : QStringLiteral("v?");
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
}

/// A line at the moment, and a ring on every line of the chart.
void TimeChart::drawPointer(QPainter *painter, const QRectF &plot)
{
    if (!m_pointer || *m_pointer < m_range.from || *m_pointer > m_range.to)
        return;
    const double x = xOf(*m_pointer);
    painter->setPen(QPen(m_colors.quiet, 1));
    painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    if (m_scale == ChartSpec::Scale::Normalised && m_shown.size() > 1)
        return;
    for (const ChartLine &line : m_shown) {
        const std::optional<QPointF> point =
            line.series->nearest(*m_pointer, m_range.span() * 4 / columns());
        if (!point)
            continue;
        const QPointF place(xOf(point->x()), yOf(point->y()));
        painter->setPen(QPen(m_colors.text, 1.5));
        painter->setBrush(m_colors.surface);
        painter->drawEllipse(place, 3, 3);
    }
    painter->setBrush(Qt::NoBrush);
}

} // namespace device
