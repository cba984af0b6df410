#pragma once

#include "runtime-bridge/daemon/runtimeserver.h"

namespace runtime {

/// Runs a runtime until it ends: the exit status. One runtime for each folder: when another one
/// answers there, this returns 0 at once. A service manager that waits for it is told when its
/// socket accepts. \a logsToFile: to runtime.log of the folder, rather than to standard error.
[[nodiscard]] int serve(const ServeOptions &options, bool logsToFile);

/// The same in a process of its own, in the background, with its log in the folder; returns once
/// its socket accepts. \a isKeptAlive: it is started again when a signal or a failure ended it.
[[nodiscard]] int serveDetached(const ServeOptions &options, bool isKeptAlive);

} // namespace runtime
