#pragma once

#include <string>

namespace runtime {

/// A new random id: 128 bits from the system's generator as 32 lower-case hexadecimal digits, the
/// form of a W3C trace id.
[[nodiscard]] std::string createId();

} // namespace runtime
