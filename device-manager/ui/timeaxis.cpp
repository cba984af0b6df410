#include "device-manager/ui/timeaxis.h"

#include "device-manager/ui/chartticks.h"

#include <QPainter>

#include <algorithm>

namespace device {

TimeAxis::TimeAxis(QWidget *parent) : QWidget(parent)
{
    setFixedHeight(18);
}

void TimeAxis::setColors(const WatchColors &colors)
{
    m_colors = colors;
    update();
}

void TimeAxis::show(const TimeRange &range, std::optional<double> pointer, int width)
{
    m_range = range;
    m_pointer = pointer;
    m_width = width;
    update();
}

void TimeAxis::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QFont small = font();
    small.setPointSizeF(8);
    painter.setFont(small);
    const double left = 48, wide = std::max(40, m_width - 60); // as the charts' plots
    const auto xOf = [&](double time) {
        return left + wide * (time - m_range.from) / m_range.span();
    };
    const auto textAt = [&](double x, const QString &text, int padding) {
        const int half = painter.fontMetrics().horizontalAdvance(text) / 2 + padding;
        const double middle = std::clamp(x, left + half - 20, left + wide - half + 10);
        return QRectF(middle - half, 1, 2 * half, height() - 2);
    };
    painter.setPen(m_colors.quiet);
    const double step = timeStep(m_range.span(), std::max(1, int(wide / 90)));
    for (double t = firstTick(m_range.from, step); t < m_range.to; t += step)
        painter.drawText(textAt(xOf(t), tickText(t, step), 2), Qt::AlignCenter, tickText(t, step));
    if (!m_pointer || *m_pointer < m_range.from || *m_pointer > m_range.to)
        return;
    const QString moment = momentText(*m_pointer, m_range.span());
    const QRectF box = textAt(xOf(*m_pointer), moment, 8);
    painter.fillRect(box, m_colors.text);
    painter.setPen(m_colors.surface);
    painter.drawText(box, Qt::AlignCenter, moment);
}

} // namespace device
