#pragma once

#include "runtime-bridge/daemon/runtimeserver.h"

namespace runtime {

/// Runs a runtime until it ends: the exit status. One runtime for each folder: when another one
/// answers there, this returns 0 at once.
[[nodiscard]] int serve(const ServeOptions &options);

/// The same in a process of its own, in the background; returns once its socket accepts.
[[nodiscard]] int serveDetached(const ServeOptions &options);

} // namespace runtime
