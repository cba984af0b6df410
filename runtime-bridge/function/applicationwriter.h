#pragma once

#include "runtime-bridge/function/applicationfile.h"

#include <string>

namespace runtime {

/// The text of an application file that says what \a application holds: reading it in the same
/// folder gives that application again. What has its ordinary value is left out.
[[nodiscard]] std::string applicationText(const Application &application);

} // namespace runtime
