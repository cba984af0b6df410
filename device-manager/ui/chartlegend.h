#pragma once

#include "device-manager/ui/watchcolors.h"

#include <QWidget>

#include <vector>

namespace device {

/// One series in the head of a chart.
struct LegendEntry {
    QString name;
    QString value;
    QColor color;
    bool isAlarmed = false;
    bool operator==(const LegendEntry &) const = default;
};

/// The head of a chart: each series with its colour and its value. One alone stands large. Painted
/// rather than made of labels, for values change many times a second.
class ChartLegend final : public QWidget
{
    Q_OBJECT

public:
    explicit ChartLegend(QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    void setNumberFont(const QFont &font);
    void setEntries(const std::vector<LegendEntry> &entries);
    [[nodiscard]] const std::vector<LegendEntry> &entries() const { return m_entries; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] int columnsIn(int width) const;
    void paintAlone(QPainter &painter, const LegendEntry &entry) const;
    void paintOne(QPainter &painter, const QRect &place, const LegendEntry &entry) const;

    WatchColors m_colors;
    QFont m_numberFont;
    std::vector<LegendEntry> m_entries;
};

} // namespace device
