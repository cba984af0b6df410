#pragma once

#include "runtime-bridge/base/error.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace runtime {

/// Fires at a fixed distance, counted from the moment the trigger was armed, without drift.
struct TimerTrigger {
    std::chrono::milliseconds every{}; ///< At least 10 ms.
    bool operator==(const TimerTrigger &) const = default;
};

/// A route of the gateway. \c path begins with '/', and a segment "{name}" is a path parameter.
struct HttpTrigger {
    std::string path;
    std::vector<std::string> methods; ///< Upper case; empty means every method.
    bool operator==(const HttpTrigger &) const = default;
};

using Trigger = std::variant<TimerTrigger, HttpTrigger>;

/// "timer" or "http": the kind's word in the application file, in records and on the wire.
[[nodiscard]] std::string kindOf(const Trigger &trigger);

/// For people: "100 ms", "GET /light".
[[nodiscard]] std::string describe(const Trigger &trigger);

/// How many workers a function may have.
struct Instances {
    int min = 0;
    int max = 10;
    std::chrono::milliseconds idle{60'000}; ///< A worker above \c min goes after this long unused.
    bool operator==(const Instances &) const = default;
};

/// Everything a runtime must know of a function besides its files.
struct FunctionSpec {
    std::string name;
    std::string application; ///< May be empty: a single source file.
    std::string runtime;     ///< "python3" or "nodejs".
    std::string handler;     ///< "module.function"; the module path is relative to the bundle, '/'
                             ///< between folders.
    std::string dialect;     ///< "aws": (event, context); "openwhisk": main(params).
    std::uint64_t memoryBytes = 256ull << 20;
    std::chrono::milliseconds timeout{3'000};
    int concurrency = 1;
    Instances instances;
    std::map<std::string, std::string> environment;
    std::vector<Trigger> triggers;
    bool readingsFromResult = true;
    bool readingsFromLog = true;
    bool operator==(const FunctionSpec &) const = default;
};

/// JSON of the wire and of bundle manifests. Durations are whole milliseconds named *_ms.
[[nodiscard]] nlohmann::json toJson(const FunctionSpec &spec);
/// ErrorCode::RequestInvalid names the first field that is missing, wrong in type or out of range.
[[nodiscard]] Result<FunctionSpec> functionSpecFromJson(const nlohmann::json &json);

/// Letters, digits, '-', '_' and '.', at most 64, beginning with a letter or digit: safe as a file
/// name, a path segment of the gateway and an OpenWhisk action name.
[[nodiscard]] bool isFunctionName(std::string_view name);

} // namespace runtime
