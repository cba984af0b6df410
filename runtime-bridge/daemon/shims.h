#pragma once

#include "runtime-bridge/base/error.h"

#include <filesystem>
#include <span>
#include <string_view>

namespace runtime {

/// A file of resources/shims, as it was when this program was built.
struct Shim {
    std::string_view path; ///< "python/worker.py"
    std::string_view text;
};

/// Generated at build time.
[[nodiscard]] std::span<const Shim> embeddedShims();

/// Writes the shims below \a folder, in a folder named by their digest: that folder.
[[nodiscard]] Result<std::filesystem::path> writeShims(const std::filesystem::path &folder);

} // namespace runtime
