#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace runtime {

/// "100ms", "3s", "5min", "2h", "1.5s": a whole number of milliseconds; nothing when it is no
/// duration.
[[nodiscard]] std::optional<std::chrono::milliseconds> durationFromText(std::string_view text);

/// "64MB", "1GB", "512 KB" (powers of 1024), "1048576": bytes; nothing when it is no size.
[[nodiscard]] std::optional<std::uint64_t> sizeFromText(std::string_view text);

} // namespace runtime
