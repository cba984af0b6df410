#pragma once

#include "device-manager/ui/timechart.h"

class QLineSeries;
class QScatterSeries;

namespace device {

/// One series over another: for each reading of the second, the value that the first had then.
class XyChart final : public QChartView
{
    Q_OBJECT

public:
    explicit XyChart(QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    void setSeries(const WatchedSeries *x, const WatchedSeries *y);
    void show(const TimeRange &range);
    [[nodiscard]] qsizetype pointCount() const;

protected:
    void drawBackground(QPainter *painter, const QRectF &rect) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    WatchColors m_colors;
    const WatchedSeries *m_x = nullptr;
    const WatchedSeries *m_y = nullptr;
    QValueAxis *m_across;
    QValueAxis *m_up;
    QLineSeries *m_path;
    QScatterSeries *m_newest;
};

} // namespace device
