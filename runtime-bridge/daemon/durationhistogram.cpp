#include "runtime-bridge/daemon/durationhistogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace runtime {

int DurationHistogram::bucketOf(double milliseconds)
{
    const double microseconds = std::max(1.0, milliseconds * 1'000);
    return std::min(buckets - 1, int(std::log2(microseconds) * perOctave));
}

void DurationHistogram::add(double milliseconds)
{
    ++m_counts[std::size_t(bucketOf(milliseconds))];
    ++m_count;
    m_sum += milliseconds;
    m_max = std::max(m_max, milliseconds);
}

double DurationHistogram::quantile(double share) const
{
    const auto rank = std::uint64_t(std::ceil(share * double(m_count)));
    if (rank >= m_count)
        return m_max;
    std::uint64_t seen = 0;
    for (int bucket = 0; bucket < buckets; ++bucket) {
        seen += m_counts[std::size_t(bucket)];
        if (seen >= rank && seen > 0) // the middle of the bucket
            return std::min(m_max, std::exp2((bucket + 0.5) / perOctave) / 1'000);
    }
    return 0;
}

std::uint64_t DurationHistogram::countUpTo(double milliseconds) const
{
    const int last = bucketOf(milliseconds);
    return std::accumulate(m_counts.begin(), m_counts.begin() + last, std::uint64_t(0));
}

} // namespace runtime
