#pragma once

#include <filesystem>

namespace runtime {

/// Passes bytes between standard input and output and the socket of the runtime in \a folder, until
/// either side ends: for SSH servers that forbid forwarding. 0; 3 when there is no runtime.
[[nodiscard]] int relay(const std::filesystem::path &folder);

} // namespace runtime
