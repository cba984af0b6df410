#pragma once

#include "runtime-bridge/function/alarm.h"

#include <cstdint>
#include <string>

namespace runtime {

/// How one alarm of a function stands.
struct AlarmState {
    std::string words; ///< "failures above 5% in 1min"
    bool isRaised = false;
    std::int64_t sinceUs = 0; ///< Raised or cleared; 0: it never was.
    std::string figure;       ///< What it was raised or cleared for: "12.5% of 40 failed".
    std::string message;      ///< The function's own words for it; may be empty.
};

/// An alarm was raised, or what it was raised for is over.
struct AlarmChange {
    std::string function;
    Alarm alarm;
    bool isRaised = false;
    std::int64_t timeUs = 0;
    std::string figure;
};

[[nodiscard]] nlohmann::json toJson(const AlarmState &state);
[[nodiscard]] AlarmState alarmStateFromJson(const nlohmann::json &json); ///< Throws nlohmann's.
/// Also what webhooks and functions get.
[[nodiscard]] nlohmann::json toJson(const AlarmChange &change);
[[nodiscard]] AlarmChange alarmChangeFromJson(const nlohmann::json &json); ///< As alarmFromJson().

} // namespace runtime
