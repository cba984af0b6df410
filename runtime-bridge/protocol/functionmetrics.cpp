#include "runtime-bridge/protocol/functionmetrics.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

double FunctionMetrics::successRate() const
{
    const auto results = outcomes.find("result");
    if (invocations == 0)
        return 1;
    return results == outcomes.end() ? 0 : double(results->second) / double(invocations);
}

json toJson(const FunctionMetrics &v)
{
    const DurationFigures &d = v.duration;
    return {{"function", v.function},
            {"invocations", v.invocations},
            {"outcomes", v.outcomes},
            {"success_rate", v.successRate()},
            {"cold_starts", v.coldStarts},
            {"duration_ms",
             {{"sum", d.sum}, {"p50", d.p50}, {"p90", d.p90}, {"p99", d.p99}, {"max", d.max}}},
            {"init_ms", v.initMs},
            {"cpu_ms", v.cpuMs},
            {"memory_kb", v.memoryKb}};
}

template<> Result<FunctionMetrics> fromJson<FunctionMetrics>(const json &j)
try {
    FunctionMetrics v;
    v.function = j.at("function").get<std::string>();
    v.invocations = j.at("invocations").get<std::uint64_t>();
    v.outcomes = j.at("outcomes").get<std::map<std::string, std::uint64_t>>();
    v.coldStarts = j.value("cold_starts", std::uint64_t(0));
    const json &d = j.at("duration_ms");
    v.duration = {d.value("sum", 0.0), d.value("p50", 0.0), d.value("p90", 0.0),
                  d.value("p99", 0.0), d.value("max", 0.0)};
    v.initMs = j.value("init_ms", 0.0);
    v.cpuMs = j.value("cpu_ms", 0.0);
    v.memoryKb = j.value("memory_kb", std::uint64_t(0));
    return v;
} catch (const json::exception &error) {
    return failure(ErrorCode::RequestInvalid, "metrics", error.what());
}

} // namespace runtime
