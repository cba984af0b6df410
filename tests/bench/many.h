#pragma once

#include "tests/bench/report.h"

namespace bench {

/// 500 functions deployed at once: how long until all serve, what they cost while nothing calls
/// them, and how long a runtime that was killed takes to serve them again.
bool measureMany(Report &report);

} // namespace bench
