#include "runtime-bridge/daemon/triggers/timersource.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"

#include <nlohmann/json.hpp>

namespace runtime {

TimerSource::TimerSource(TriggerContext context, TimerTrigger trigger)
    : TriggerSource(std::move(context)), m_trigger(std::move(trigger))
{
}

void TimerSource::start()
{
    if (!m_trigger.cron.empty())
        return startCron();
    using Clock = TriggerTimer::Clock;
    m_timer = std::make_unique<TriggerTimer>(
        io(), m_trigger.every, [this](Clock::time_point due, std::uint64_t missed) {
            const auto late =
                std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - due);
            onTick(nowUs() - late.count(), missed);
        });
}

void TimerSource::startCron()
{
    const Result<Cron> cron = Cron::parse(m_trigger.cron);
    const Result<TimeZone> zone = TimeZone::load(m_trigger.zone);
    if (!cron || !zone)
        m_wrong = cron ? zone.error().detail : cron.error().detail;
    else
        m_cron = std::make_unique<CronTimer>(
            io(), *cron, *zone,
            [this](std::int64_t due, std::uint64_t missed) { onTick(due * 1'000'000, missed); });
}

void TimerSource::onStop()
{
    m_timer.reset();
    m_cron.reset();
}

std::string TimerSource::words() const
{
    if (!m_wrong.empty())
        return m_wrong;
    if (m_trigger.cron.empty())
        return "every " + spokenDuration(m_trigger.every);
    if (!m_cron || !m_cron->next())
        return "no further time";
    return "next at " + eventTime(*m_cron->next() * 1'000'000);
}

void TimerSource::onTick(std::int64_t timeUs, std::uint64_t missed)
{
    if (isFrozen())
        return;
    countOverruns(missed);
    if (m_busy)
        return countOverruns(1);
    m_busy = true;
    startCoroutine(
        io(), [this, timeUs, self = shared_from_this()](boost::asio::yield_context yield) {
            EventValues values = commonValues(context().function, timeUs);
            values["name"] = context().function + "-timer";
            values["last"] = eventTime(m_lastUs ? m_lastUs : timeUs);
            const std::int64_t nextUs = m_cron ? m_cron->next().value_or(0) * 1'000'000
                                               : timeUs + m_trigger.every.count() * 1'000;
            values["next"] = eventTime(nextUs);
            m_lastUs = timeUs;
            (void)fire(shapeEvent("timer", context().dialect, values), "timer", yield);
            m_busy = false;
        });
}

} // namespace runtime
