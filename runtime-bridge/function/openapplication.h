#pragma once

#include "runtime-bridge/function/applicationfile.h"

#include <filesystem>

namespace runtime {

/// The file that makes \a folder an application: ours, else the first of another tool that
/// docs/importers.md lists. Empty when there is none. Reads the files that it takes into account.
[[nodiscard]] std::filesystem::path applicationFileOf(const std::filesystem::path &folder);

/// Reads that file. What another tool's file holds and does not come over is among the problems,
/// as warnings. ErrorCode::ApplicationMissing without a file, FileUnreadable.
[[nodiscard]] Result<ParsedApplication> openApplication(const std::filesystem::path &folder);

/// Reads \a file, whichever of ours or other tools' it is. ErrorCode::ApplicationInvalid when it is
/// none that we know.
[[nodiscard]] Result<ParsedApplication> readApplicationFile(const std::filesystem::path &file);

} // namespace runtime
