#include "runtime-bridge/daemon/alarms/alarmset.h"

#include <algorithm>

namespace runtime {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

AlarmSet::AlarmSet(boost::asio::io_context &io, std::function<void(const AlarmChange &)> changed)
    : m_changed(std::move(changed)), m_timer(io)
{
}

void AlarmSet::watch(const std::string &function, const std::vector<Alarm> &alarms)
{
    m_function = function;
    const auto now = m_resting ? m_restingSince : Clock::now();
    std::vector<AlarmWatch> watches;
    for (const Alarm &alarm : alarms) {
        const auto known = std::ranges::find(m_watches, alarm, &AlarmWatch::alarm);
        watches.push_back(known == m_watches.end() ? AlarmWatch(alarm, now) : std::move(*known));
    }
    m_watches = std::move(watches);
    wait();
}

void AlarmSet::setResting(bool resting)
{
    if (std::exchange(m_resting, resting) == resting)
        return;
    const auto now = Clock::now();
    if (resting) {
        m_restingSince = now;
        m_timer.cancel();
        return;
    }
    for (AlarmWatch &watch : m_watches)
        watch.skip(m_restingSince, now);
    wait();
}

void AlarmSet::countEach(const Invocation &invocation)
{
    const auto now = m_resting ? m_restingSince : Clock::now();
    for (AlarmWatch &watch : m_watches)
        watch.count(invocation, now);
}

void AlarmSet::wait()
{
    if (m_watches.empty() || m_resting) {
        m_timer.cancel();
        return;
    }
    auto next = std::chrono::milliseconds(1s);
    for (const AlarmWatch &watch : m_watches)
        next = std::min(next, watch.alarm().window / 10);
    m_timer.expires_after(next);
    // A timer that has run out already calls back once more, also when this has gone.
    m_timer.async_wait(
        [this, alive = std::weak_ptr(m_alive)](const boost::system::error_code &error) {
            if (!error && !alive.expired() && !m_resting)
                lookAtAll();
        });
}

void AlarmSet::lookAtAll()
{
    std::vector<AlarmChange> changes;
    for (AlarmWatch &watch : m_watches) {
        if (!watch.look(Clock::now()))
            continue;
        watch.changedUs = nowUs();
        changes.push_back(
            {m_function, watch.alarm(), watch.isRaised(), watch.changedUs, watch.figure()});
    }
    wait();
    for (const AlarmChange &change : changes)
        m_changed(change);
}

std::vector<AlarmState> AlarmSet::states() const
{
    std::vector<AlarmState> states;
    for (const AlarmWatch &watch : m_watches)
        states.push_back({describe(watch.alarm()), watch.isRaised(), watch.changedUs,
                          watch.figure(), watch.alarm().message});
    return states;
}

} // namespace runtime
