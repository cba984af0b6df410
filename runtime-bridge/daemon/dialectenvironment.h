#pragma once

#include "runtime-bridge/daemon/workertask.h"

#include <map>
#include <string>

namespace runtime {

/// The variables that the platform of the function's dialect sets, as far as they mean something
/// here.
[[nodiscard]] std::map<std::string, std::string> dialectEnvironment(const WorkerTask &task);

} // namespace runtime
