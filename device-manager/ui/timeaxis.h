#pragma once

#include "device-manager/ui/timechart.h"

#include <QWidget>

namespace device {

/// The times under the charts, and the one under the pointer.
class TimeAxis final : public QWidget
{
    Q_OBJECT

public:
    explicit TimeAxis(QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    /// \a width of the charts, whose plots it lies under.
    void show(const TimeRange &range, std::optional<double> pointer, int width);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    WatchColors m_colors;
    TimeRange m_range;
    std::optional<double> m_pointer;
    int m_width = 0;
};

} // namespace device
