#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/embeddedfiles.h"

#include <filesystem>

namespace runtime {

/// The files of resources/shims.
[[nodiscard]] EmbeddedFiles embeddedShims();

/// Writes the shims below \a folder, in a folder named by their digest: that folder.
[[nodiscard]] Result<std::filesystem::path> writeShims(const std::filesystem::path &folder);

} // namespace runtime
