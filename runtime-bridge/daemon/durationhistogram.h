#pragma once

#include <array>
#include <cstdint>

namespace runtime {

/// Counts durations in buckets that grow by an eighth of an octave, from 1 µs to 2 hours: a
/// quantile is right to 4.5%, and counting takes no memory of its own.
class DurationHistogram
{
public:
    void add(double milliseconds);

    [[nodiscard]] std::uint64_t count() const { return m_count; }
    [[nodiscard]] double sum() const { return m_sum; } ///< Milliseconds, exact.
    [[nodiscard]] double max() const { return m_max; } ///< Milliseconds, exact.
    /// Milliseconds; \a share from 0 to 1. 0 when nothing was counted.
    [[nodiscard]] double quantile(double share) const;
    /// How many took at most about \a milliseconds.
    [[nodiscard]] std::uint64_t countUpTo(double milliseconds) const;

private:
    static constexpr int perOctave = 8;
    static constexpr int buckets = 33 * perOctave;
    static int bucketOf(double milliseconds);

    std::array<std::uint64_t, buckets> m_counts{};
    std::uint64_t m_count = 0;
    double m_sum = 0, m_max = 0;
};

} // namespace runtime
