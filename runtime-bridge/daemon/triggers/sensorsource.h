#pragma once

#include "runtime-bridge/daemon/triggers/sensorfile.h"
#include "runtime-bridge/daemon/triggers/triggersource.h"

#include <deque>
#include <string>
#include <string_view>

namespace runtime {

/// Gives what a sensor tells to its function, one event at a time, in their order. What failed is
/// counted and not tried again.
class SensorSource : public TriggerSource
{
protected:
    SensorSource(TriggerContext context, SensorTrigger trigger);

    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override { return !m_trouble.empty(); }
    void onFrozen(bool) override { pump(); }

    /// What it does, while nothing is wrong.
    [[nodiscard]] virtual std::string work() const = 0;
    void setTrouble(const std::string &trouble);
    /// An event for the function, after those that wait.
    void offer(const SensorValue &value, std::string_view condition);
    [[nodiscard]] bool isBusy() const { return m_isRunning || !m_waiting.empty(); }
    [[nodiscard]] const SensorTrigger &trigger() const { return m_trigger; }

private:
    void pump();

    SensorTrigger m_trigger;
    std::deque<std::string> m_waiting; ///< Events.
    bool m_isRunning = false;
    std::string m_trouble;
};

/// The event of \a value for \a dialect. \a condition: why it is one.
[[nodiscard]] std::string sensorEvent(const std::string &function, const std::string &dialect,
                                      const SensorTrigger &trigger, const SensorValue &value,
                                      std::string_view condition);

/// A value that \a trigger could have told, and why.
struct SampleOfSensor {
    SensorValue value;
    std::string_view condition;
};
[[nodiscard]] SampleOfSensor sampleOf(const SensorTrigger &trigger);

} // namespace runtime
