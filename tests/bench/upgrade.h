#pragma once

#include "tests/bench/report.h"

namespace bench {

/// What a device's user notices of an upgrade: how long a timer function does not run.
[[nodiscard]] bool measureUpgrade(Report &report);

/// The files of the runtimes that were built for devices.
[[nodiscard]] bool measureFiles(Report &report);

} // namespace bench
