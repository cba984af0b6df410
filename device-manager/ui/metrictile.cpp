#include "device-manager/ui/metrictile.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace device {

namespace {

constexpr int tileWidth = 150, tileHeight = 92;
constexpr int tileMargin = 12;
constexpr int historyHeight = 24;

} // namespace

MetricTile::MetricTile(const QString &name, QWidget *parent) : QWidget(parent), m_name(name)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFigure(QStringLiteral("–"), {});
}

QSize MetricTile::sizeHint() const
{
    return {tileWidth, tileHeight};
}

QSize MetricTile::minimumSizeHint() const
{
    return {120, tileHeight};
}

void MetricTile::setColors(const WatchColors &colors)
{
    m_colors = colors;
    update();
}

void MetricTile::setRange(double lowest, double highest)
{
    m_lowest = lowest;
    m_highest = highest;
}

void MetricTile::setWarning(double from)
{
    m_warning = from;
}

void MetricTile::setFigure(const QString &value, const QString &note)
{
    m_value = value;
    m_note = note;
    update();
}

void MetricTile::setHistory(std::deque<std::optional<double>> values, std::size_t room)
{
    m_values = std::move(values);
    m_room = std::max<std::size_t>(room, 2);
    const QString word = isHigh() ? tr("%1, high").arg(m_value) : m_value;
    setAccessibleName(QStringLiteral("%1: %2 %3").arg(m_name, word, m_note).trimmed());
    update();
}

bool MetricTile::isHigh() const
{
    return m_warning && !m_values.empty() && m_values.back() && *m_values.back() >= *m_warning;
}

void MetricTile::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_colors.line, 1));
    painter.setBrush(m_colors.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    const QRect inner = rect().adjusted(tileMargin, 8, -tileMargin, -8);

    QFont small = font();
    small.setPointSizeF(font().pointSizeF() - 1);
    const QFontMetrics smallMetrics(small);
    painter.setFont(small);
    painter.setPen(m_colors.quiet);
    painter.drawText(inner, Qt::AlignLeft | Qt::AlignTop, m_name);

    QFont large = font();
    large.setPointSizeF(font().pointSizeF() + 4);
    large.setWeight(QFont::DemiBold);
    const QFontMetrics largeMetrics(large);
    const int baseline = inner.top() + smallMetrics.height() + 2 + largeMetrics.ascent();
    painter.setFont(large);
    painter.setPen(isHigh() ? m_colors.warn : m_colors.text);
    const QString value = isHigh() ? m_value + QStringLiteral(" ▲") : m_value;
    painter.drawText(inner.left(), baseline, value);
    const int left = inner.left() + largeMetrics.horizontalAdvance(value) + 8;
    painter.setFont(small);
    painter.setPen(m_colors.quiet);
    painter.drawText(left, baseline,
                     smallMetrics.elidedText(m_note, Qt::ElideRight, inner.right() - left));
    paintHistory(painter, QRectF(inner.left(), inner.bottom() - historyHeight + 1, inner.width(),
                                 historyHeight));
}

void MetricTile::paintHistory(QPainter &painter, const QRectF &box) const
{
    double highest = m_highest;
    if (highest <= m_lowest) {
        highest = m_lowest + 1;
        for (const std::optional<double> &value : m_values)
            highest = std::max(highest, value.value_or(m_lowest) * 1.1);
    }
    painter.setPen(QPen(m_colors.line, 1));
    painter.drawLine(box.bottomLeft(), box.bottomRight());
    // The newest at the right edge; the history grows to the left.
    const double step = box.width() / double(m_room - 1);
    double x = box.right() - step * double(m_values.size() - (m_values.empty() ? 0 : 1));
    QPainterPath line;
    bool isDrawing = false;
    for (const std::optional<double> &value : m_values) {
        if (value) {
            const double part = std::clamp((*value - m_lowest) / (highest - m_lowest), 0.0, 1.0);
            const QPointF point(x, box.bottom() - 1 - part * (box.height() - 2));
            isDrawing ? line.lineTo(point) : line.moveTo(point);
        }
        isDrawing = value.has_value();
        x += step;
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(isHigh() ? m_colors.warn : m_colors.accent, 1.5));
    painter.drawPath(line);
}

} // namespace device
