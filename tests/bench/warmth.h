#pragma once

#include "tests/bench/report.h"

namespace bench {

/// What a warm Python function costs in memory while nothing calls it.
bool measureIdleMemory(Report &report);
/// From a saved file to the first answer of the new code.
bool measureSave(Report &report);

} // namespace bench
