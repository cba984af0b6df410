#pragma once

#include "runtime-bridge/function/keyedsettings.h"

namespace runtime {

/// The settings of a sensor: "{iio: illuminance, every: 50ms, below: 200}".
[[nodiscard]] Trigger readSensor(KeyedSettings &settings);

} // namespace runtime
