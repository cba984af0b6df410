#pragma once

#include "runtime-bridge/base/error.h"

#include <filesystem>
#include <string_view>

namespace runtime {

/// The files of resources/shims as they were when this program was built: a zip, generated then.
[[nodiscard]] std::string_view embeddedShims();

/// Writes the shims below \a folder, in a folder named by their digest: that folder.
[[nodiscard]] Result<std::filesystem::path> writeShims(const std::filesystem::path &folder);

} // namespace runtime
