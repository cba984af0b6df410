#pragma once

#include <string_view>

namespace runtime {

/// One line, with the time, on standard error, which is runtime.log when detached. For what the
/// runtime itself has to tell; never for what functions print.
void logLine(std::string_view text);

/// Microseconds since 1970 by this machine's clock.
[[nodiscard]] long long nowUs();

} // namespace runtime
