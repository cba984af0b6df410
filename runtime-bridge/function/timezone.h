#pragma once

#include "runtime-bridge/base/error.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// A rule by which summer time begins or ends each year, as POSIX writes it.
struct YearlyRule {
    enum class Kind { Weekday, JulianDay, YearDay }; ///< M3.5.0, J60, 59
    Kind kind = Kind::Weekday;
    int month = 0, week = 0, day = 0;
    std::int64_t time = 7200; ///< Seconds after midnight, local time before the change.
};

/// A time zone's offsets from UTC, as the system's zoneinfo files tell them (RFC 8536): those of
/// the past one by one, those of the future by their rule, however far. Seconds are since 1970.
///
/// libstdc++ 12 has no zones in <chrono>, and the C library's are those of the whole process.
class TimeZone
{
public:
    static constexpr auto always = std::numeric_limits<std::int64_t>::max();

    /// A stretch of time with one offset.
    struct Stretch {
        std::int64_t begin = -always; ///< In it.
        std::int64_t end = always;    ///< The first second after it.
        std::int64_t offset = 0;      ///< Local time is UTC plus this.
    };

    TimeZone() = default; ///< UTC

    /// "Europe/Berlin"; "" and "UTC" need no file. "local": what /etc/localtime says.
    /// ErrorCode::RequestInvalid when the name is none that the system knows.
    [[nodiscard]] static Result<TimeZone> load(const std::string &name);
    /// Of the bytes of a zoneinfo file.
    [[nodiscard]] static Result<TimeZone> parse(std::string_view bytes, const std::string &name);
    /// "CET-1CEST,M3.5.0,M10.5.0/3"
    [[nodiscard]] static Result<TimeZone> ofRule(std::string_view rule);

    [[nodiscard]] Stretch at(std::int64_t time) const;

private:
    struct Change {
        std::int64_t time;
        std::int64_t offset; ///< From then on.
    };

    bool readRule(std::string_view text);
    [[nodiscard]] Stretch byRule(std::int64_t time) const;

    std::int64_t m_first = 0; ///< Before the first change.
    std::vector<Change> m_changes;
    std::int64_t m_standard = 0, m_summer = 0; ///< Of the rule, after the last change.
    bool m_hasSummer = false;
    YearlyRule m_begin, m_end; ///< Of summer time.
};

} // namespace runtime
