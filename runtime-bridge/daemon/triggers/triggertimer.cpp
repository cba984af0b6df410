#include "runtime-bridge/daemon/triggers/triggertimer.h"

namespace runtime {

TriggerTimer::TriggerTimer(boost::asio::io_context &io, std::chrono::milliseconds every, Tick tick)
    : m_every(every)
    , m_tick(std::make_shared<Tick>(std::move(tick)))
    , m_origin(Clock::now())
    , m_timer(io)
{
    wait();
}

void TriggerTimer::wait()
{
    m_timer.expires_at(m_origin + (m_last + 1) * m_every);
    // A timer that was due when it was destroyed is told no error.
    m_timer.async_wait([this, alive = std::weak_ptr(m_tick)](const boost::system::error_code &) {
        const std::shared_ptr<Tick> tick = alive.lock();
        if (!tick)
            return;
        const std::int64_t now = (Clock::now() - m_origin) / m_every;
        const auto missed = std::uint64_t(now > m_last ? now - m_last - 1 : 0);
        m_last = std::max(now, m_last + 1);
        const Clock::time_point due = m_origin + m_last * m_every;
        wait();
        (*tick)(due, missed);
    });
}

} // namespace runtime
