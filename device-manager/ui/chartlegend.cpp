#include "device-manager/ui/chartlegend.h"

#include <QPainter>

#include <algorithm>

namespace device {

namespace {

constexpr int legendRow = 20, aloneHeight = 26, narrowest = 140;
const QString alarmSign = QStringLiteral("▲ ");

} // namespace

ChartLegend::ChartLegend(QWidget *parent) : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ChartLegend::setColors(const WatchColors &colors)
{
    m_colors = colors;
    update();
}

void ChartLegend::setNumberFont(const QFont &font)
{
    m_numberFont = font;
    update();
}

void ChartLegend::setEntries(const std::vector<LegendEntry> &entries)
{
    if (entries == m_entries)
        return;
    const bool isOtherSize = entries.size() != m_entries.size();
    m_entries = entries;
    if (isOtherSize)
        updateGeometry();
    QStringList words;
    for (const LegendEntry &entry : entries)
        words.append(entry.name + QLatin1Char(' ') + entry.value);
    setAccessibleName(words.join(QStringLiteral(", ")));
    update();
}

int ChartLegend::columnsIn(int width) const
{
    return std::clamp(width / narrowest, 1, std::max(1, int(m_entries.size())));
}

int ChartLegend::heightForWidth(int width) const
{
    if (m_entries.size() <= 1)
        return aloneHeight;
    const int columns = columnsIn(width);
    return legendRow * ((int(m_entries.size()) + columns - 1) / columns) + 4;
}

QSize ChartLegend::sizeHint() const
{
    return {narrowest, heightForWidth(width())};
}

void ChartLegend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_entries.size() == 1) {
        paintAlone(painter, m_entries.front());
        return;
    }
    const int columns = columnsIn(width());
    const int wide = width() / columns;
    for (int i = 0; i < int(m_entries.size()); ++i)
        paintOne(painter,
                 QRect(i % columns * wide, 2 + i / columns * legendRow, wide - 12, legendRow),
                 m_entries[std::size_t(i)]);
}

void ChartLegend::paintAlone(QPainter &painter, const LegendEntry &entry) const
{
    QFont name = font();
    name.setBold(true);
    painter.setFont(name);
    painter.setPen(m_colors.text);
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, entry.name);
    QFont number = m_numberFont;
    number.setPointSizeF(std::max(8.0, number.pointSizeF()) + 3);
    painter.setFont(number);
    painter.setPen(entry.isAlarmed ? m_colors.bad : m_colors.text);
    painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter,
                     (entry.isAlarmed ? alarmSign : QString()) + entry.value);
}

void ChartLegend::paintOne(QPainter &painter, const QRect &place, const LegendEntry &entry) const
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(entry.color);
    painter.drawRoundedRect(QRectF(place.left(), place.center().y() - 1, 12, 3), 1.5, 1.5);
    painter.setFont(m_numberFont);
    const QString value = (entry.isAlarmed ? alarmSign : QString()) + entry.value;
    const int wide = painter.fontMetrics().horizontalAdvance(value);
    painter.setPen(entry.isAlarmed ? m_colors.bad : m_colors.text);
    painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, value);
    painter.setFont(font());
    painter.setPen(m_colors.quiet);
    const QRect rest = place.adjusted(18, 0, -wide - 6, 0);
    painter.drawText(rest, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(entry.name, Qt::ElideMiddle, rest.width()));
}

} // namespace device
