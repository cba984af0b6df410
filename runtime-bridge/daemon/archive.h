#pragma once

#include "runtime-bridge/base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// One file out of an archive.
struct ArchiveFile {
    std::string path; ///< Relative and normal, '/' between folders.
    std::string bytes;
    bool executable = false;
};

/// What an archive may become.
struct ArchiveLimits {
    std::uint64_t bytes = 128u << 20;
    std::size_t files = 10'000;
};

/// The files of a zip, in memory. ErrorCode::RequestInvalid when it is damaged or encrypted, holds
/// anything but files and folders, repeats a path or leaves its folder, or is over the limits.
[[nodiscard]] Result<std::vector<ArchiveFile>> unpackZip(std::string_view zip,
                                                         ArchiveLimits limits = {});

} // namespace runtime
