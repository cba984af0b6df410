#include "device-manager/ui/xychart.h"

#include "device-manager/ui/chartticks.h"

#include <QGraphicsLayout>
#include <QLineSeries>
#include <QScatterSeries>
#include <QValueAxis>

#include <algorithm>

namespace device {

namespace {

// More points than this are one blot on the screen.
constexpr int mostPairs = 1500;

void fit(QValueAxis *axis, double least, double most)
{
    const auto [bottom, top] =
        most - least < 1e-9 ? std::pair(least - 1, most + 1) : niceRange(least, most);
    if (bottom < axis->min() || top > axis->max() ||
        axis->max() - axis->min() > 2.5 * (top - bottom))
        axis->setRange(bottom, top);
}

} // namespace

XyChart::XyChart(QWidget *parent)
    : QChartView(parent)
    , m_across(new QValueAxis(this))
    , m_up(new QValueAxis(this))
    , m_path(new QLineSeries(chart()))
    , m_newest(new QScatterSeries(chart()))
{
    setMinimumHeight(160);
    setFrameShape(QFrame::NoFrame);
    setViewportUpdateMode(FullViewportUpdate);
    chart()->legend()->hide();
    chart()->setMargins({0, 0, 0, 0});
    chart()->setBackgroundVisible(false);
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->addAxis(m_across, Qt::AlignBottom);
    chart()->addAxis(m_up, Qt::AlignLeft);
    m_across->setVisible(false);
    m_up->setVisible(false);
    m_across->setRange(0, 0);
    m_up->setRange(0, 0);
    for (QXYSeries *series :
         {static_cast<QXYSeries *>(m_path), static_cast<QXYSeries *>(m_newest)}) {
        chart()->addSeries(series);
        series->attachAxis(m_across);
        series->attachAxis(m_up);
    }
    m_newest->setMarkerSize(8);
}

void XyChart::setColors(const WatchColors &colors)
{
    m_colors = colors;
    m_path->setPen(QPen(colors.versions[0], 1));
    m_newest->setColor(colors.versions[1]);
    m_newest->setBorderColor(colors.surface);
    viewport()->update();
}

void XyChart::setSeries(const WatchedSeries *x, const WatchedSeries *y)
{
    m_x = x;
    m_y = y;
    setAccessibleName(tr("%1 over %2").arg(y->key().series, x->key().series));
}

qsizetype XyChart::pointCount() const
{
    return m_path->count();
}

void XyChart::show(const TimeRange &range)
{
    QList<QPointF> pairs;
    for (const QPointF &point : m_y->points(range.from, range.to, mostPairs / 2).points) {
        if (point.x() < range.from || point.x() > range.to)
            continue;
        if (const std::optional<double> x = m_x->valueAt(point.x()))
            pairs.append({*x, point.y()});
    }
    m_path->replace(pairs);
    m_newest->replace(pairs.isEmpty() ? QList<QPointF>() : QList<QPointF>{pairs.last()});
    if (!pairs.isEmpty()) {
        const auto [left, right] = std::ranges::minmax(pairs, {}, &QPointF::x);
        const auto [low, high] = std::ranges::minmax(pairs, {}, &QPointF::y);
        fit(m_across, left.x(), right.x());
        fit(m_up, low.y(), high.y());
    }
    viewport()->update();
}

void XyChart::drawBackground(QPainter *painter, const QRectF &rect)
{
    painter->fillRect(rect, m_colors.surface);
    const QRectF plot = chart()->plotArea();
    QFont small = font();
    small.setPointSizeF(8);
    painter->setFont(small);
    for (int i = 0; i < 3; ++i) {
        const double part = i / 2.0;
        const double y = plot.bottom() - part * plot.height();
        const double x = plot.left() + part * plot.width();
        painter->setPen(QPen(m_colors.line, 1, Qt::DotLine));
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        if (m_path->count() == 0)
            continue;
        const auto value = [part](const QValueAxis *axis) {
            return valueText(axis->min() + part * (axis->max() - axis->min()));
        };
        painter->setPen(m_colors.quiet);
        painter->drawText(QRectF(0, y - 8, plot.left() - 6, 16), Qt::AlignRight | Qt::AlignVCenter,
                          value(m_up));
        painter->drawText(QRectF(std::min(x - 30, plot.right() - 48), plot.bottom() + 2, 60, 14),
                          Qt::AlignCenter, value(m_across));
    }
    if (m_path->count() == 0) {
        painter->setPen(m_colors.quiet);
        painter->drawText(plot, Qt::AlignCenter, tr("No readings of both in this time"));
    }
}

void XyChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    chart()->setPlotArea(QRectF(48, 8, std::max(40, width() - 60), std::max(30, height() - 28)));
}

} // namespace device
