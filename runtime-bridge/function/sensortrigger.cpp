#include "runtime-bridge/function/sensortrigger.h"

#include "runtime-bridge/function/trigger.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace runtime {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr std::array<std::string_view, 5> sensorKindNames{"iio", "hwmon", "thermal", "w1", "gpio"};
constexpr std::size_t longestSensorName = 200;
constexpr double largestSensorNumber = 1e15; // numberText() gives what is smaller exactly

bool isSensorName(const std::string &name)
{
    return name.size() <= longestSensorName && std::ranges::none_of(name, [](char c) {
               return c == '/' || static_cast<unsigned char>(c) < 0x20;
           });
}

std::string objectionToNumbers(const SensorTrigger &sensor)
{
    for (const double number :
         {sensor.below.value_or(0), sensor.above.value_or(0), sensor.hysteresis, sensor.change})
        if (!std::isfinite(number) || std::abs(number) > largestSensorNumber)
            return "a number is expected";
    if (sensor.hysteresis < 0 || sensor.change < 0)
        return "hysteresis and change are not negative";
    if (sensor.below && sensor.above && *sensor.above < *sensor.below)
        return "\"above\" is not less than \"below\": no value is to be both";
    if (sensor.change > 0 && (sensor.below || sensor.above))
        return "\"change\" goes without \"below\" and \"above\"";
    if (sensor.hysteresis > 0 && !sensor.below && !sensor.above)
        return "a hysteresis goes with \"below\" or \"above\"";
    return {};
}

std::string objectionToLine(const SensorTrigger &line)
{
    if (!line.edge.empty() && line.edge != "rising" && line.edge != "falling")
        return "an edge is rising, falling or both";
    if (!line.pull.empty() && line.pull != "up" && line.pull != "down")
        return "a line is pulled up or down";
    if (line.debounce < milliseconds(0) || line.debounce > std::chrono::minutes(1))
        return "debounce is at most 1min";
    return {};
}

json optionalNumber(const std::optional<double> &number)
{
    return number ? json(*number) : json();
}

std::optional<double> optionalNumber(const json &item, const char *key)
{
    const auto it = item.find(key);
    if (it == item.end() || it->is_null())
        return std::nullopt;
    return it->get<double>();
}

} // namespace

std::span<const std::string_view> sensorKinds()
{
    return sensorKindNames;
}

std::string numberText(double number)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", number);
    return text;
}

std::string describe(const SensorTrigger &sensor)
{
    if (sensor.kind == "gpio")
        return "GPIO " + sensor.channel + (sensor.edge.empty() ? "" : ' ' + sensor.edge);
    const std::string what = (sensor.device.empty() ? "" : sensor.device + ' ') + sensor.channel;
    if (sensor.change > 0)
        return what + " changed by " + numberText(sensor.change);
    std::string when;
    if (sensor.below)
        when = " below " + numberText(*sensor.below);
    if (sensor.above)
        when += (when.empty() ? " above " : " or above ") + numberText(*sensor.above);
    return what + (when.empty() ? " every " + spokenDuration(sensor.every) : when);
}

std::string objection(const SensorTrigger &sensor)
{
    if (std::ranges::find(sensorKindNames, sensor.kind) == sensorKindNames.end())
        return "sensor of an unknown kind \"" + sensor.kind + '"';
    if (sensor.channel.empty() || !isSensorName(sensor.channel) || !isSensorName(sensor.device))
        return "a sensor has a name without '/'";
    if (sensor.kind == "gpio")
        return objectionToLine(sensor);
    if (sensor.every < milliseconds(10) || sensor.every > std::chrono::hours(24))
        return "a sensor is looked at every 10ms at least, every 24h at most";
    return objectionToNumbers(sensor);
}

json settings(const SensorTrigger &sensor)
{
    return {{"sensor", sensor.kind},
            {"channel", sensor.channel},
            {"device", sensor.device},
            {"every_ms", sensor.every.count()},
            {"below", optionalNumber(sensor.below)},
            {"above", optionalNumber(sensor.above)},
            {"hysteresis", sensor.hysteresis},
            {"change", sensor.change},
            {"edge", sensor.edge},
            {"pull", sensor.pull},
            {"debounce_ms", sensor.debounce.count()}};
}

SensorTrigger sensorTriggerFromJson(const json &item)
{
    SensorTrigger sensor;
    sensor.kind = item.at("sensor").get<std::string>();
    sensor.channel = item.at("channel").get<std::string>();
    sensor.device = item.value("device", "");
    sensor.every = milliseconds(item.value("every_ms", std::int64_t(sensor.every.count())));
    sensor.below = optionalNumber(item, "below");
    sensor.above = optionalNumber(item, "above");
    sensor.hysteresis = item.value("hysteresis", 0.0);
    sensor.change = item.value("change", 0.0);
    sensor.edge = item.value("edge", "");
    sensor.pull = item.value("pull", "");
    sensor.debounce = milliseconds(item.value("debounce_ms", std::int64_t(0)));
    return sensor;
}

} // namespace runtime
