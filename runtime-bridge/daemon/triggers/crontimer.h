#pragma once

#include "runtime-bridge/function/cron.h"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace runtime {

/// Ticks at the times of a cron expression, by the machine's clock, also when that is set. Times
/// that passed while the machine slept are told as missed with the last of them.
class CronTimer
{
public:
    /// \a due: the time that has come, seconds since 1970.
    using Tick = std::function<void(std::int64_t due, std::uint64_t missed)>;

    CronTimer(boost::asio::io_context &io, Cron cron, TimeZone zone, Tick tick);

    /// Seconds since 1970; nothing when there is none any more.
    [[nodiscard]] std::optional<std::int64_t> next() const { return m_next; }

private:
    void wait();
    void onTime();

    Cron m_cron;
    TimeZone m_zone;
    std::shared_ptr<Tick> m_tick; ///< Held by a tick that is under way when this goes.
    std::optional<std::int64_t> m_next;
    boost::asio::steady_timer m_timer;
};

} // namespace runtime
