#pragma once

#include "runtime-bridge/daemon/triggers/sensorcondition.h"
#include "runtime-bridge/daemon/triggers/sensorsource.h"
#include "runtime-bridge/daemon/triggers/sensorthread.h"
#include "runtime-bridge/daemon/triggers/triggertimer.h"

#include <memory>
#include <optional>

namespace runtime {

/// Looks at a sensor again and again. While one look takes longer than the time between two, those
/// in between are left out.
class PolledSensor final : public SensorSource
{
public:
    /// \a sys: where the kernel shows its devices.
    PolledSensor(TriggerContext context, SensorTrigger trigger, std::filesystem::path sys = "/sys");

    void start() override;

private:
    [[nodiscard]] std::string work() const override;
    void onStop() override;
    void onTick();
    void onValue(const Result<SensorValue> &value);

    std::filesystem::path m_sys;
    SensorCondition m_condition;
    std::unique_ptr<TriggerTimer> m_timer;
    std::unique_ptr<SensorThread> m_thread;
    TriggerTimer::Clock::time_point m_began; ///< The last look.
    std::chrono::milliseconds m_took{};      ///< As long as it took.
    std::optional<SensorValue> m_last;
};

} // namespace runtime
