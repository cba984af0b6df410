#pragma once

#include <QPointF>

#include <vector>

namespace device {

/// Thins points that come in the order of their x to the highest and the lowest of each column of
/// a chart, so that peaks never vanish. At most two points a column.
class MinMaxDecimator final
{
public:
    /// \a columns between the x \a from and \a to.
    MinMaxDecimator(double from, double to, int columns);

    void add(const QPointF &point) { add(point, point); }
    /// The lowest and the highest of points that all lie in one column.
    void add(const QPointF &low, const QPointF &high);
    /// Points of these x belong to one column.
    [[nodiscard]] bool isOneColumn(double first, double last) const;

    [[nodiscard]] std::vector<QPointF> take();

private:
    [[nodiscard]] int columnOf(double x) const;
    void flush();

    double m_from, m_scale;
    int m_columns;
    int m_column = -1;
    bool m_hasPoint = false;
    QPointF m_low, m_high;
    std::vector<QPointF> m_points;
};

} // namespace device
