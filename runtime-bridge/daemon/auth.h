#pragma once

#include "runtime-bridge/base/error.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace runtime {

/// The "uuid:key" in \a file; a new random one is written there, for its user alone (0600), when
/// the file is missing. ErrorCode::FileUnreadable when it holds something else.
[[nodiscard]] Result<std::string> loadOrCreateAuth(const std::filesystem::path &file);

/// Whether an Authorization header is HTTP Basic with \a auth. Takes the same time wherever the two
/// differ.
[[nodiscard]] bool isAuthorized(std::string_view header, std::string_view auth);

} // namespace runtime
