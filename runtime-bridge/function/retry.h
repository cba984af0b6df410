#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <string>

namespace runtime {

/// How an event that failed is tried again.
struct Retry {
    int attempts = 3;                         ///< All in all; then it is a dead letter.
    std::chrono::milliseconds backoff{1'000}; ///< Before the second; twice as long each time after.
    bool operator==(const Retry &) const = default;
};

[[nodiscard]] nlohmann::json toJson(const Retry &retry);
[[nodiscard]] Retry retryFromJson(const nlohmann::json &json);

/// What of it cannot be, in words; empty when all is well.
[[nodiscard]] std::string objection(const Retry &retry);

} // namespace runtime
