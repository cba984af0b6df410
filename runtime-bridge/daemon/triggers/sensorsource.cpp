#include "runtime-bridge/daemon/triggers/sensorsource.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>

namespace runtime {

namespace {

constexpr std::size_t mostSensorEvents = 1'000; ///< That wait for the function.

nlohmann::json wholeWherePossible(double number)
{
    constexpr double exact = 1e15;
    if (std::trunc(number) == number && std::abs(number) < exact)
        return std::int64_t(number);
    return number;
}

} // namespace

SensorSource::SensorSource(TriggerContext context, SensorTrigger trigger)
    : TriggerSource(std::move(context)), m_trigger(std::move(trigger))
{
}

std::string SensorSource::words() const
{
    return m_trouble.empty() ? work() : m_trouble;
}

void SensorSource::setTrouble(const std::string &trouble)
{
    if (std::exchange(m_trouble, trouble) != trouble)
        tellChange();
}

void SensorSource::offer(const SensorValue &value, std::string_view condition)
{
    if (m_waiting.size() >= mostSensorEvents)
        return countOverruns(1);
    m_waiting.push_back(
        sensorEvent(context().function, context().dialect, m_trigger, value, condition));
    pump();
}

void SensorSource::pump()
{
    if (m_isRunning || isFrozen() || m_waiting.empty())
        return;
    m_isRunning = true;
    startCoroutine(io(), [this, self = shared_from_this()](boost::asio::yield_context yield) {
        while (!isStopped() && !isFrozen() && !m_waiting.empty()) {
            std::string event = std::move(m_waiting.front());
            m_waiting.pop_front();
            (void)fire(std::move(event), "sensor", yield);
        }
        m_isRunning = false;
    });
}

std::string sensorEvent(const std::string &function, const std::string &dialect,
                        const SensorTrigger &trigger, const SensorValue &value,
                        std::string_view condition)
{
    EventValues values = commonValues(function, value.timeUs);
    values["kind"] = trigger.kind;
    values["channel"] = value.channel;
    values["device"] = value.device;
    values["value"] = wholeWherePossible(value.value);
    values["raw"] = wholeWherePossible(value.raw);
    values["condition"] = condition;
    values["timestamp"] = value.timeUs / 1'000;
    if (!value.unit.empty())
        values["unit"] = value.unit;
    return shapeEvent("sensor", dialect, values);
}

SampleOfSensor sampleOf(const SensorTrigger &trigger)
{
    SampleOfSensor sample{{trigger.channel, trigger.device, 20, {}, 20, nowUs()}, "sample"};
    if (trigger.kind == "gpio") {
        sample.condition = trigger.edge == "falling" ? "falling" : "rising";
        sample.value.value = trigger.edge == "falling" ? 0 : 1;
    } else if (trigger.below) {
        sample.condition = "below";
        sample.value.value = *trigger.below - 1;
    } else if (trigger.above) {
        sample.condition = "above";
        sample.value.value = *trigger.above + 1;
    } else if (trigger.change > 0) {
        sample.condition = "change";
    }
    sample.value.raw = sample.value.value;
    return sample;
}

} // namespace runtime
