#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/alarm.h"
#include "runtime-bridge/function/trigger.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// What a function takes and gives.
enum class FunctionForm {
    Event,   ///< An event in, a value out.
    Http,    ///< A request in, a response out.
    Service, ///< A web server of its own that listens on PORT.
    Task,    ///< As Event, long, run asynchronously.
};
[[nodiscard]] std::string_view wireName(FunctionForm form); ///< "event", "http", …
[[nodiscard]] std::optional<FunctionForm> functionFormFromName(std::string_view name);
/// Every form's name, in the order of the enum.
[[nodiscard]] std::span<const std::string_view> functionFormNames();

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
    std::string runtime;     ///< One of runtimeKinds(), "python3".
    std::string handler;     ///< "module.function"; the module path is relative to the bundle, '/'
                             ///< between folders.
    std::string dialect;     ///< One of dialects(), "aws": (event, context).
    FunctionForm form = FunctionForm::Event;
    std::uint64_t memoryBytes = 256ull << 20;
    std::uint64_t temporaryBytes = 512ull << 20; ///< Of a worker's temporary folder, on the disk.
    std::chrono::milliseconds timeout{3'000};
    int concurrency = 1;
    Instances instances;
    std::map<std::string, std::string> environment;
    std::vector<Trigger> triggers;
    Retry retry; ///< Of its tasks.
    std::vector<Alarm> alarms;
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
