#pragma once

#include <QPointF>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace device {

/// The recent past of one series in memory, for a live chart. x is milliseconds since 1970.
///
/// Bounded: the oldest points go first and are counted. Any number of points is drawn from in time
/// that depends on the columns asked for, not on the points.
class SeriesBuffer final
{
public:
    explicit SeriesBuffer(std::size_t capacity = 1'000'000);

    /// In the order of x as a rule; a late point is put where it belongs.
    void append(const QPointF &point);
    void clear();

    /// The lowest and highest of each of \a columns between \a from and \a to, in the order of x,
    /// and one point before and after, so that lines reach the edges.
    [[nodiscard]] std::vector<QPointF> decimated(double from, double to, int columns) const;
    /// How many points lie between \a from and \a to.
    [[nodiscard]] std::size_t countBetween(double from, double to) const;

    /// Every point between \a from and \a to, both included, in the order of x.
    template<typename Take> void forEach(double from, double to, Take take) const
    {
        for (auto block = blockAt(from); block != m_blocks.end(); ++block)
            for (const QPointF &point : block->points)
                if (point.x() > to)
                    return;
                else if (point.x() >= from)
                    take(point);
    }

    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool isEmpty() const { return m_size == 0; }
    [[nodiscard]] const QPointF &first() const { return m_blocks.front().points.front(); }
    [[nodiscard]] const QPointF &last() const { return m_blocks.back().points.back(); }
    /// Points that were appended, ever.
    [[nodiscard]] std::uint64_t appended() const { return m_appended; }
    /// Of them, those that had to go.
    [[nodiscard]] std::uint64_t dropped() const { return m_appended - m_size; }

private:
    /// Points next to each other, with their extremes.
    struct Block {
        std::vector<QPointF> points;
        QPointF low, high;
    };
    using Blocks = std::deque<Block>;

    void insert(Block &block, const QPointF &point);
    [[nodiscard]] Blocks::const_iterator blockAt(double x) const;

    std::size_t m_capacity;
    std::size_t m_size = 0;
    std::uint64_t m_appended = 0;
    Blocks m_blocks; ///< None is empty.
};

} // namespace device
