#pragma once

#include "runtime-bridge/function/alarm.h"
#include "runtime-bridge/protocol/messages.h"

#include <array>
#include <chrono>
#include <optional>
#include <string>

namespace runtime {

/// One alarm: counts what it looks at over the time it looks back, and says when it is to be raised
/// and cleared. Knows no clock: the time is told to it.
///
/// It is raised as soon as the window is over its limit. It is cleared when the window is good, and
/// not before a whole window has passed since it was raised, so that what hovers at the limit does
/// not make it flap.
class AlarmWatch
{
public:
    using Time = std::chrono::steady_clock::time_point;

    AlarmWatch(Alarm alarm, Time now);

    void count(const Invocation &invocation, Time now);
    /// What was not looked at, from \a from to \a to, counts as if it had not been.
    void skip(Time from, Time to);
    /// Whether it changed: raised, or cleared.
    [[nodiscard]] bool look(Time now);

    [[nodiscard]] const Alarm &alarm() const { return m_alarm; }
    [[nodiscard]] bool isRaised() const { return m_isRaised; }
    /// "12.5% of 40 failed", of when it was looked at last.
    [[nodiscard]] const std::string &figure() const { return m_figure; }
    std::int64_t changedUs = 0; ///< For its owner.

private:
    static constexpr int slots = 20;
    struct Slot {
        std::int64_t number = -1; ///< Of the part of time that it counts.
        std::uint64_t all = 0, bad = 0;
    };

    [[nodiscard]] std::int64_t slotAt(Time time) const;
    [[nodiscard]] bool isBad(Time now);

    Alarm m_alarm;
    std::array<Slot, slots> m_slots;
    Time m_lastSeen; ///< Absence: an invocation, or the beginning.
    Time m_raised;
    bool m_isRaised = false;
    std::string m_figure;
};

} // namespace runtime
