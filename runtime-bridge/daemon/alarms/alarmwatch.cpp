#include "runtime-bridge/daemon/alarms/alarmwatch.h"

#include <algorithm>
#include <cstdio>

namespace runtime {

using std::chrono::milliseconds;

namespace {

constexpr double slowShare = 0.05; ///< Duration: so many may take longer.

std::string percentOf(std::uint64_t part, std::uint64_t all, const char *what)
{
    char text[96];
    std::snprintf(text, sizeof text, "%.3g%% of %llu %s", 100.0 * double(part) / double(all),
                  static_cast<unsigned long long>(all), what);
    return text;
}

} // namespace

AlarmWatch::AlarmWatch(Alarm alarm, Time now) : m_alarm(std::move(alarm)), m_lastSeen(now) {}

std::int64_t AlarmWatch::slotAt(Time time) const
{
    return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()) /
           (m_alarm.window / slots);
}

void AlarmWatch::count(const Invocation &invocation, Time now)
{
    if (invocation.outcome == Outcome::Cancelled)
        return; // somebody wanted it so
    m_lastSeen = now;
    if (m_alarm.on == AlarmKind::Absence)
        return;
    const std::int64_t number = slotAt(now);
    Slot &slot = m_slots[std::size_t(number % slots)];
    if (slot.number != number)
        slot = {number, 0, 0};
    ++slot.all;
    const bool isBadOne = m_alarm.on == AlarmKind::Failures
                              ? invocation.outcome != Outcome::Result
                              : invocation.durationMs > double(m_alarm.duration.count());
    slot.bad += isBadOne ? 1 : 0;
}

void AlarmWatch::skip(Time from, Time to)
{
    m_lastSeen += to - from;
    m_raised += to - from;
    const std::int64_t shift = slotAt(to) - slotAt(from);
    std::array<Slot, slots> moved;
    for (const Slot &slot : m_slots)
        if (slot.number >= 0)
            moved[std::size_t((slot.number + shift) % slots)] = {slot.number + shift, slot.all,
                                                                 slot.bad};
    m_slots = moved;
}

bool AlarmWatch::isBad(Time now)
{
    if (m_alarm.on == AlarmKind::Absence) {
        const auto silent = std::chrono::duration_cast<milliseconds>(now - m_lastSeen);
        m_figure = "nothing for " + std::to_string(silent.count() / 1'000) + " s";
        return silent > m_alarm.window;
    }
    std::uint64_t all = 0, bad = 0;
    for (const Slot &slot : m_slots)
        if (slot.number > slotAt(now) - slots) {
            all += slot.all;
            bad += slot.bad;
        }
    const bool isFailures = m_alarm.on == AlarmKind::Failures;
    m_figure =
        all == 0 ? "nothing ran" : percentOf(bad, all, isFailures ? "failed" : "took longer");
    return double(bad) > (isFailures ? m_alarm.share : slowShare) * double(all);
}

bool AlarmWatch::look(Time now)
{
    const bool isBadNow = isBad(now);
    if (isBadNow == m_isRaised)
        return false;
    // An invocation ends an absence at once.
    if (m_isRaised && m_alarm.on != AlarmKind::Absence && now - m_raised < m_alarm.window)
        return false;
    m_isRaised = isBadNow;
    if (isBadNow)
        m_raised = now;
    return true;
}

} // namespace runtime
