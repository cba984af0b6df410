#pragma once

#include "runtime-bridge/base/error.h"

#include <string>
#include <vector>

namespace runtime {

struct ZipFile {
    std::string path; ///< '/' between folders.
    std::string bytes;
    bool executable = false;
};

/// The bytes of a zip with \a files in their order. No time of day goes into it: the same files
/// give the same bytes.
[[nodiscard]] Result<std::string> createZip(const std::vector<ZipFile> &files);

} // namespace runtime
