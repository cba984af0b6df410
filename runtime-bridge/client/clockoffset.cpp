#include "runtime-bridge/client/clockoffset.h"

#include <algorithm>

namespace runtime {

void ClockOffset::add(std::int64_t sentUs, Duration took, std::int64_t theirUs)
{
    const Exchange now{Duration(theirUs - sentUs) - took / 2, took};
    // Both cannot be true: one of the clocks was set in between.
    if (const Exchange *best = quickest();
        best && std::chrono::abs(best->offset - now.offset) > (best->took + now.took) / 2)
        m_exchanges.clear();
    m_exchanges.push_back(now);
    constexpr std::size_t kept = 8;
    if (m_exchanges.size() > kept)
        m_exchanges.pop_front();
}

const ClockOffset::Exchange *ClockOffset::quickest() const
{
    const auto best = std::ranges::min_element(m_exchanges, {}, &Exchange::took);
    return best == m_exchanges.end() ? nullptr : &*best;
}

std::optional<ClockOffset::Duration> ClockOffset::offset() const
{
    const Exchange *best = quickest();
    return best ? std::optional(best->offset) : std::nullopt;
}

ClockOffset::Duration ClockOffset::error() const
{
    const Exchange *best = quickest();
    return best ? best->took / 2 : Duration::max();
}

} // namespace runtime
