#pragma once

#include "runtime-bridge/function/timezone.h"

#include <bitset>
#include <optional>
#include <string>

namespace runtime {

/// A cron expression: 5 fields (minute hour day month weekday), 6 with seconds before them, as
/// Azure writes them, 7 with the year after them, as Tencent does; "@hourly", "@daily", …
///
/// Fields take *, numbers, names (JAN, MON), lists, ranges, steps, "?" for "*", and "L" for a
/// month's last day. With both days given, either is enough, as in every cron.
///
/// Where clocks change: an expression with "*" for its hour follows the time that passes, so it has
/// both hours when one comes twice and none when one is left out. One with given hours is of the
/// wall clock: an hour that comes twice counts the first time, and what lies in an hour that is
/// left out happens once, when it would have ended.
class Cron
{
public:
    /// ErrorCode::RequestInvalid says which field is wrong.
    [[nodiscard]] static Result<Cron> parse(const std::string &expression);

    /// The first time after \a time, seconds since 1970, in \a zone; nothing when there is none in
    /// the next hundred years.
    [[nodiscard]] std::optional<std::int64_t> next(std::int64_t time, const TimeZone &zone) const;

private:
    [[nodiscard]] std::optional<std::int64_t> nextLocal(std::int64_t localTime) const;
    [[nodiscard]] bool matchesDay(std::int64_t days) const;

    std::bitset<60> m_seconds, m_minutes;
    std::bitset<24> m_hours;
    std::bitset<32> m_days;
    std::bitset<13> m_months;
    std::bitset<8> m_weekdays; ///< 0: Sunday
    std::bitset<230> m_years;  ///< Since 1970.
    bool m_lastDay = false;
    bool m_anyDay = true, m_anyWeekday = true, m_anyHour = true;
};

} // namespace runtime
