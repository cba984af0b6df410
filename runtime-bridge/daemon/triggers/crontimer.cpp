#include "runtime-bridge/daemon/triggers/crontimer.h"

#include "runtime-bridge/daemon/log.h"

#include <algorithm>
#include <chrono>

namespace runtime {

using namespace std::chrono_literals;

namespace {
/// The clock may be set at any moment: it is looked at again after this long.
constexpr std::chrono::microseconds longestWait = 20s;
constexpr std::uint64_t mostMissed = 100'000;
} // namespace

CronTimer::CronTimer(boost::asio::io_context &io, Cron cron, TimeZone zone, Tick tick)
    : m_cron(std::move(cron))
    , m_zone(std::move(zone))
    , m_tick(std::make_shared<Tick>(std::move(tick)))
    , m_next(m_cron.next(nowUs() / 1'000'000, m_zone))
    , m_timer(io)
{
    wait();
}

void CronTimer::wait()
{
    if (!m_next)
        return;
    const std::chrono::microseconds left(*m_next * 1'000'000 - nowUs());
    m_timer.expires_after(std::clamp(left, std::chrono::microseconds(0), longestWait));
    m_timer.async_wait([this, alive = std::weak_ptr(m_tick)](const boost::system::error_code &) {
        if (const std::shared_ptr<Tick> tick = alive.lock())
            onTime();
    });
}

void CronTimer::onTime()
{
    const std::int64_t now = nowUs() / 1'000'000;
    if (!m_next || now < *m_next) {
        // Set back by more than a wait: the next time is another one.
        if (m_next && m_cron.next(now, m_zone) < m_next)
            m_next = m_cron.next(now, m_zone);
        return wait();
    }
    std::int64_t due = *m_next;
    std::uint64_t missed = 0;
    for (m_next = m_cron.next(due, m_zone); m_next && *m_next <= now && missed < mostMissed;
         m_next = m_cron.next(due, m_zone)) {
        due = *m_next;
        ++missed;
    }
    if (m_next && *m_next <= now)
        m_next = m_cron.next(now, m_zone);
    const std::shared_ptr<Tick> tick = m_tick;
    wait();
    (*tick)(due, missed);
}

} // namespace runtime
