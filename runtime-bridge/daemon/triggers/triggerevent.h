#pragma once

#include "runtime-bridge/function/functionspec.h"

#include <string>

namespace runtime {

/// The event that \a trigger gives to a function of \a dialect when nothing more is known: the time
/// for a timer, an empty request for a route. JSON.
[[nodiscard]] std::string triggerEvent(const Trigger &trigger, const std::string &dialect,
                                       const std::string &function);

} // namespace runtime
