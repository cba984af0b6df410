#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/sensortrigger.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace runtime {

/// What a sensor told at one time.
struct SensorValue {
    std::string channel, device;
    double value = 0;   ///< In \c unit.
    std::string unit{}; ///< "lx", "°C"; empty where it has none.
    double raw = 0;     ///< As its driver gave it.
    std::int64_t timeUs = 0;
};

/// A channel of a sensor, as files below /sys have it.
struct SensorChannel {
    std::string device{}, name{}, label{};
    std::filesystem::path file{}; ///< What is read.
};

/// A sensor of the kinds that drivers show as files below /sys.
class SensorFile
{
public:
    /// \a sys: "/sys".
    SensorFile(SensorTrigger trigger, std::filesystem::path sys);

    /// Waits for the hardware as long as it takes (1-wire: 750 ms), so not on the runtime's thread.
    /// Looks for the sensor where it was not found yet or has gone. Failure: its detail says what
    /// is missing and what helps.
    [[nodiscard]] Result<SensorValue> read();

private:
    [[nodiscard]] Result<SensorChannel> find() const;

    SensorTrigger m_trigger;
    std::filesystem::path m_sys;
    std::optional<SensorChannel> m_found;
};

} // namespace runtime
