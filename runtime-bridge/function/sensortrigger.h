#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runtime {

/// Values of a sensor that a driver of Linux shows, looked at again and again, or the edges of a
/// GPIO line. Thresholds are in the unit of the event's value: lx, °C, V, … With neither thresholds
/// nor a change, every value is an event.
struct SensorTrigger {
    std::string kind{};    ///< Of sensorKinds().
    std::string channel{}; ///< "illuminance", "temp1" or its label, a zone's type, "28-…", a line.
    std::string device{};  ///< The IIO device, hwmon chip or GPIO chip by its name; empty: any.
    std::chrono::milliseconds every{1'000}; ///< At least 10 ms. Not of a line.
    std::optional<double> below{}, above{}; ///< Fires when the value comes below or above it.
    double hysteresis = 0; ///< How far back the value has to come before that fires again.
    double change = 0;     ///< Fires when the value is so far from the last one told.
    std::string edge{};    ///< Of a line: "rising", "falling"; empty: both.
    std::string pull{};    ///< Of a line: "up", "down"; empty: as it is.
    std::chrono::milliseconds debounce{}; ///< Of a line: shorter levels are none.
    bool operator==(const SensorTrigger &) const = default;
};

/// "iio", "hwmon", "thermal", "w1" (1-wire), "gpio".
[[nodiscard]] std::span<const std::string_view> sensorKinds();

/// "200", "0.5": as people write it.
[[nodiscard]] std::string numberText(double number);

/// As trigger.h has them for every kind.
[[nodiscard]] std::string describe(const SensorTrigger &trigger);
[[nodiscard]] std::string objection(const SensorTrigger &trigger);
[[nodiscard]] nlohmann::json settings(const SensorTrigger &trigger);
[[nodiscard]] SensorTrigger sensorTriggerFromJson(const nlohmann::json &json);

} // namespace runtime
