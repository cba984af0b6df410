#pragma once

#include "runtime-bridge/base/error.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace runtime {

/// The whole file; ErrorCode::FileUnreadable with the system's reason otherwise. Refuses folders,
/// devices and files over \a limit bytes.
[[nodiscard]] Result<std::string> readFile(const std::filesystem::path &path,
                                           std::size_t limit = 512u << 20);

/// Writes \a bytes whole or not at all: a temporary file beside \a path, synced, then renamed over
/// it. Makes the folders above. ErrorCode::DeviceDiskFull when there is no space, else
/// FileUnwritable.
[[nodiscard]] Result<> writeFile(const std::filesystem::path &path, std::string_view bytes,
                                 unsigned mode = 0644);

} // namespace runtime
