#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace runtime {

/// Ticks at whole multiples of \c every since it was made: no delay is ever carried on. Ticks that
/// came too late to be told one by one are told as missed.
class TriggerTimer
{
public:
    using Clock = std::chrono::steady_clock;
    /// \a due: when this tick was, a little ago. \a missed: ticks that fell due since the last call
    /// and are lost.
    using Tick = std::function<void(Clock::time_point due, std::uint64_t missed)>;

    TriggerTimer(boost::asio::io_context &io, std::chrono::milliseconds every, Tick tick);

    [[nodiscard]] std::chrono::milliseconds every() const { return m_every; }

private:
    void wait();

    std::chrono::milliseconds m_every;
    std::shared_ptr<Tick> m_tick; ///< Held by a tick that is under way when this goes.
    Clock::time_point m_origin;
    std::int64_t m_last = 0; ///< Number of the last tick.
    boost::asio::steady_timer m_timer;
};

} // namespace runtime
