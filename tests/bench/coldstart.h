#pragma once

#include "tests/bench/report.h"

namespace bench {

/// How long a function that was never called before takes through the HTTP gateway, beside the
/// least that is possible: a bare fork of a warm interpreter and an import.
bool measureColdStart(Report &report);

} // namespace bench
