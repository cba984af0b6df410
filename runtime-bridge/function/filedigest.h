#pragma once

#include "runtime-bridge/base/error.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace runtime {

struct FileDigest {
    std::string digest; ///< Of the contents.
    std::uint64_t size = 0;
    bool executable = false;
};

/// Reads a file of any size piece by piece. A large one that was read before is not read again
/// while its size, its times and its place on the disk are the same. From any thread.
/// ErrorCode::FileUnreadable.
[[nodiscard]] Result<FileDigest> digestOfFile(const std::filesystem::path &path);

} // namespace runtime
