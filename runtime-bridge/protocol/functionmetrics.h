#pragma once

#include "runtime-bridge/protocol/messages.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace runtime {

/// How long the handler ran, in milliseconds. Quantiles are right to 5%.
struct DurationFigures {
    double sum = 0, p50 = 0, p90 = 0, p99 = 0, max = 0;
};

/// What one function did since its runtime started.
struct FunctionMetrics {
    std::string function;
    std::uint64_t invocations = 0;
    std::map<std::string, std::uint64_t> outcomes; ///< By their wire names; only those that came.
    std::uint64_t coldStarts = 0;
    DurationFigures duration;
    double initMs = 0;          ///< Of all cold starts together.
    double cpuMs = 0;           ///< Processor time of the workers, as far as their shims tell it.
    std::uint64_t memoryKb = 0; ///< The highest peak of a worker.

    /// From 0 to 1; 1 when nothing was invoked.
    [[nodiscard]] double successRate() const;
};

[[nodiscard]] nlohmann::json toJson(const FunctionMetrics &metrics);
template<>
[[nodiscard]] Result<FunctionMetrics> fromJson<FunctionMetrics>(const nlohmann::json &json);

} // namespace runtime
