#pragma once

#include "runtime-bridge/daemon/descriptor.h"

#include <filesystem>

namespace runtime {

/// A connection to the management socket of the runtime that serves in \a folder; closed, with
/// errno telling why, where none answers.
[[nodiscard]] Descriptor connectToRuntime(const std::filesystem::path &folder);

/// The lock that keeps the runtime of a folder single; closed while another process holds it.
[[nodiscard]] Descriptor tryLock(const std::filesystem::path &folder);

} // namespace runtime
