#include "device-manager/core/seriesbuffer.h"

#include "device-manager/core/minmaxdecimator.h"

#include <algorithm>

namespace device {

namespace {

constexpr std::size_t blockSize = 512;

bool isBefore(const QPointF &point, double x)
{
    return point.x() < x;
}

bool isAfter(double x, const QPointF &point)
{
    return x < point.x();
}

} // namespace

SeriesBuffer::SeriesBuffer(std::size_t capacity) : m_capacity(std::max(capacity, blockSize)) {}

void SeriesBuffer::append(const QPointF &point)
{
    ++m_appended;
    ++m_size;
    const bool isLate = !m_blocks.empty() && point.x() < last().x();
    if (m_blocks.empty() || (!isLate && m_blocks.back().points.size() >= blockSize)) {
        m_blocks.push_back({{}, point, point});
        m_blocks.back().points.reserve(blockSize);
    }
    auto block = m_blocks.end() - 1;
    while (isLate && block != m_blocks.begin() && point.x() < block->points.front().x())
        --block;
    insert(*block, point);
    if (m_size > m_capacity) {
        m_size -= m_blocks.front().points.size();
        m_blocks.pop_front();
    }
}

void SeriesBuffer::insert(Block &block, const QPointF &point)
{
    const auto place =
        std::upper_bound(block.points.begin(), block.points.end(), point.x(), isAfter);
    block.points.insert(place, point);
    if (point.y() < block.low.y())
        block.low = point;
    if (point.y() > block.high.y())
        block.high = point;
}

void SeriesBuffer::clear()
{
    m_blocks.clear();
    m_size = 0;
    m_appended = 0;
}

/// The first block whose end is not before \a x.
SeriesBuffer::Blocks::const_iterator SeriesBuffer::blockAt(double x) const
{
    return std::lower_bound(m_blocks.begin(), m_blocks.end(), x, [](const Block &block, double at) {
        return block.points.back().x() < at;
    });
}

std::vector<QPointF> SeriesBuffer::decimated(double from, double to, int columns) const
{
    MinMaxDecimator decimator(from, to, columns);
    auto block = blockAt(from);
    if (block == m_blocks.end())
        return isEmpty() ? std::vector<QPointF>() : std::vector{last()};
    // The neighbour on the left.
    const auto start = std::lower_bound(block->points.begin(), block->points.end(), from, isBefore);
    std::vector<QPointF> points;
    if (start != block->points.begin())
        points.push_back(*(start - 1));
    else if (block != m_blocks.begin())
        points.push_back((block - 1)->points.back());
    bool isPast = false;
    for (; block != m_blocks.end() && !isPast; ++block) {
        const double first = block->points.front().x();
        const double end = block->points.back().x();
        if (first >= from && end <= to && decimator.isOneColumn(first, end)) {
            decimator.add(block->low, block->high);
            continue;
        }
        auto point = std::lower_bound(block->points.begin(), block->points.end(), from, isBefore);
        for (; point != block->points.end() && !isPast; ++point) {
            isPast = point->x() > to; // the neighbour on the right still counts
            decimator.add(*point);
        }
    }
    const std::vector<QPointF> inside = decimator.take();
    points.insert(points.end(), inside.begin(), inside.end());
    return points;
}

std::size_t SeriesBuffer::countBetween(double from, double to) const
{
    std::size_t count = 0;
    for (auto block = blockAt(from); block != m_blocks.end(); ++block) {
        const auto &points = block->points;
        if (points.front().x() > to)
            break;
        if (points.front().x() >= from && points.back().x() <= to) {
            count += points.size();
            continue;
        }
        const auto begin = std::lower_bound(points.begin(), points.end(), from, isBefore);
        const auto end = std::upper_bound(begin, points.end(), to, isAfter);
        count += std::size_t(end - begin);
    }
    return count;
}

} // namespace device
