#include "runtime-bridge/function/sensorsettings.h"

#include <algorithm>
#include <array>

namespace runtime {

namespace {

using Strings = std::vector<std::string_view>;

constexpr std::array<std::string_view, 3> edgeNames{"rising", "falling", "both"};
constexpr std::array<std::string_view, 2> pullNames{"up", "down"};

/// The one key that says what kind of sensor it is; empty when it is not one.
std::string_view kindOfSensor(const KeyedSettings &settings)
{
    std::string_view kind;
    for (const std::string_view known : sensorKinds())
        if (settings.has(std::string(known).c_str()))
            kind = kind.empty() ? known : "several";
    return kind == "several" ? std::string_view() : kind;
}

void readLine(KeyedSettings &settings, SensorTrigger &line)
{
    settings.allow({"gpio", "device", "edge", "pull", "debounce"});
    line.edge = settings.choice("edge", edgeNames, "edge");
    if (line.edge == "both")
        line.edge.clear();
    line.pull = settings.choice("pull", pullNames, "pull");
    line.debounce = settings.duration("debounce", line.debounce);
}

void readValues(KeyedSettings &settings, SensorTrigger &sensor)
{
    settings.allow(
        Strings{sensor.kind, "device", "every", "below", "above", "hysteresis", "change"});
    sensor.every = settings.duration("every", sensor.every);
    sensor.below = settings.number("below");
    sensor.above = settings.number("above");
    sensor.hysteresis = settings.number("hysteresis").value_or(0);
    sensor.change = settings.number("change").value_or(0);
    if (settings.has("change") && sensor.change == 0 && settings.isFine())
        settings.wrongAt("change", "a change is more than 0; without it every value is an event");
}

} // namespace

Trigger readSensor(KeyedSettings &settings)
{
    SensorTrigger sensor;
    sensor.kind = kindOfSensor(settings);
    if (sensor.kind.empty()) {
        Strings all(sensorKinds().begin(), sensorKinds().end());
        all.insert(all.end(), {"device", "every", "below", "above", "hysteresis", "change", "edge",
                               "pull", "debounce"});
        settings.allow(all);
        if (settings.isFine())
            settings.wrong(settings.node(), "a sensor is one of iio (its channel: illuminance), "
                                            "hwmon (temp1), thermal (cpu-thermal), w1 "
                                            "(28-0316a2791234) or gpio (17)");
        return sensor;
    }
    sensor.channel = settings.text(sensor.kind.c_str());
    sensor.device = settings.text("device");
    if (sensor.kind == "gpio")
        readLine(settings, sensor);
    else
        readValues(settings, sensor);
    if (const std::string wrong = objectionTo(sensor); !wrong.empty() && settings.isFine())
        settings.wrong(settings.node(), wrong);
    return sensor;
}

} // namespace runtime
