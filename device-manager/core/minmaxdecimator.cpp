#include "device-manager/core/minmaxdecimator.h"

#include <algorithm>
#include <utility>

namespace device {

MinMaxDecimator::MinMaxDecimator(double from, double to, int columns)
    : m_from(from)
    , m_scale(to > from ? std::max(1, columns) / (to - from) : 0)
    , m_columns(std::max(1, columns))
{
}

int MinMaxDecimator::columnOf(double x) const
{
    // A column of its own to the left and to the right, so that lines go on to the edge.
    const double column = (x - m_from) * m_scale;
    return column < 0 ? -1 : column >= m_columns ? m_columns : int(column);
}

bool MinMaxDecimator::isOneColumn(double first, double last) const
{
    return columnOf(first) == columnOf(last);
}

void MinMaxDecimator::add(const QPointF &low, const QPointF &high)
{
    const int column = columnOf(low.x());
    if (m_hasPoint && column == m_column) {
        if (low.y() < m_low.y())
            m_low = low;
        if (high.y() > m_high.y())
            m_high = high;
        return;
    }
    flush();
    m_column = column;
    m_hasPoint = true;
    m_low = low;
    m_high = high;
}

void MinMaxDecimator::flush()
{
    if (!m_hasPoint)
        return;
    const bool lowFirst = m_low.x() <= m_high.x();
    m_points.push_back(lowFirst ? m_low : m_high);
    if (m_low != m_high)
        m_points.push_back(lowFirst ? m_high : m_low);
    m_hasPoint = false;
}

std::vector<QPointF> MinMaxDecimator::take()
{
    flush();
    return std::exchange(m_points, {});
}

} // namespace device
