#include "runtime-bridge/function/retry.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;
using std::chrono::milliseconds;

json toJson(const Retry &retry)
{
    return {{"attempts", retry.attempts}, {"backoff_ms", retry.backoff.count()}};
}

Retry retryFromJson(const json &object)
{
    Retry retry;
    retry.attempts = object.value("attempts", retry.attempts);
    retry.backoff = milliseconds(object.value("backoff_ms", retry.backoff.count()));
    return retry;
}

std::string objection(const Retry &retry)
{
    return retry.attempts < 1 || retry.attempts > 1'000 || retry.backoff < milliseconds(0) ||
                   retry.backoff > std::chrono::hours(24)
               ? "attempts or backoff out of range"
               : "";
}

} // namespace runtime
