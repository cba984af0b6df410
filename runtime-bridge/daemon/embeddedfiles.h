#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime {

/// Files that became part of this program when it was built (cmake/EmbedFiles.cmake).
struct EmbeddedFiles {
    std::string_view bytes; ///< Compressed with Zstandard.
    std::size_t size = 0;   ///< What they decompress to.
};

/// Path and contents of each, in the order of their paths.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> unpack(const EmbeddedFiles &files);

} // namespace runtime
