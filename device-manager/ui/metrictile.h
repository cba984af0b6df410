#pragma once

#include "device-manager/ui/watchcolors.h"

#include <QWidget>

#include <deque>
#include <optional>

namespace device {

/// One figure of a device with its short history: a name, the value, a word about it, and a line of
/// what it was lately, drawn between the bounds that setRange() gave.
class MetricTile final : public QWidget
{
    Q_OBJECT

public:
    explicit MetricTile(const QString &name, QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    /// \a highest 0: as high as the history needs, at least 1.
    void setRange(double lowest, double highest);
    /// Values from here on are in the warning colour, and said to be high.
    void setWarning(double from);
    void setFigure(const QString &value, const QString &note);
    /// Oldest first; what is missing leaves a gap.
    void setHistory(std::deque<std::optional<double>> values, std::size_t room);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void paintHistory(QPainter &painter, const QRectF &box) const;
    [[nodiscard]] bool isHigh() const;

    QString m_name, m_value, m_note;
    WatchColors m_colors;
    double m_lowest = 0, m_highest = 0;
    std::optional<double> m_warning;
    std::deque<std::optional<double>> m_values;
    std::size_t m_room = 1;
};

} // namespace device
