#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace runtime {

// What whoever installs, upgrades and removes a runtime asks of its program. Each gives an exit
// status, and tells on standard error why it is not 0.

/// Whether this program can serve on this machine: serves in a folder of its own for a moment. The
/// runtime that runs here is not touched.
[[nodiscard]] int checkProgram();

/// Ends the runtime of \a folder and waits until it is gone; 0 too when none ran. What it runs may
/// finish within \a patience, and is ended then.
[[nodiscard]] int stopRuntime(const std::filesystem::path &folder,
                              std::chrono::milliseconds patience);

/// Prints what goes with \a folder, as one line of JSON: {"functions": [names], "readings": N}, N
/// being those after \a cursor.
[[nodiscard]] int printKept(const std::filesystem::path &folder, std::uint64_t cursor);

} // namespace runtime
