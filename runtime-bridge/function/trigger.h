#pragma once

#include "runtime-bridge/function/brokertrigger.h"
#include "runtime-bridge/function/retry.h"
#include "runtime-bridge/function/sensortrigger.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace runtime {

/// Fires at a fixed distance, counted from the moment the trigger was armed, without drift; or at
/// the times of a cron expression.
struct TimerTrigger {
    std::chrono::milliseconds every{}; ///< At least 10 ms; 0 with a cron expression.
    std::string cron{};                ///< See Cron.
    std::string zone{};                ///< Of the cron expression, "Europe/Berlin"; empty: UTC.
    bool operator==(const TimerTrigger &) const = default;
};

/// A route of the gateway. \c path begins with '/', and a segment "{name}" is a path parameter.
struct HttpTrigger {
    std::string path{};
    std::vector<std::string> methods{}; ///< Upper case; empty means every method.
    /// Not empty: a webhook. The function's environment variable that holds the secret with which
    /// the sender signs its body.
    std::string secret{};
    bool operator==(const HttpTrigger &) const = default;
};

/// A folder as a bucket of an object store: tells files that came or went.
struct ObjectTrigger {
    std::string bucket{};
    std::string folder{}; ///< Whole path of the bucket; empty: below the runtime's own folder.
    std::vector<std::string> events{}; ///< "created", "removed"; empty: both.
    std::string prefix{}, suffix{};    ///< Of the keys it wants; empty: all.
    bool operator==(const ObjectTrigger &) const = default;
};

/// Messages of a queue of the runtime's own, one batch at a time.
struct QueueTrigger {
    std::string name{};
    int batch = 10; ///< Messages at most in one event.
    Retry retry{};
    bool operator==(const QueueTrigger &) const = default;
};

/// Messages of an MQTT broker, one at a time.
struct MqttTrigger {
    std::string broker{}; ///< "mqtt://host" or "mqtt://host:port".
    std::string topic{};  ///< A filter: "+" and "#" stand for levels.
    int qos = 1;          ///< With 1 and 2 the broker keeps what comes while the runtime is away.
    std::string user{};
    std::string password{}; ///< The function's environment variable that holds it; empty: none.
    Retry retry{};
    bool operator==(const MqttTrigger &) const = default;
};

/// Lines that others write to the end of a file.
struct LogTrigger {
    std::string file{};  ///< Its whole path.
    std::string match{}; ///< Extended regular expression (POSIX) of lines; empty: all of them.
    Retry retry{};
    bool operator==(const LogTrigger &) const = default;
};

/// Rows that others put into a table of an SQLite file.
struct SqliteTrigger {
    std::string file{}; ///< Its whole path.
    std::string table{};
    std::string key{}; ///< A column of whole numbers that rise; empty: the rowid.
    Retry retry{};
    bool operator==(const SqliteTrigger &) const = default;
};

using Trigger = std::variant<TimerTrigger, HttpTrigger, ObjectTrigger, QueueTrigger, MqttTrigger,
                             BrokerTrigger, LogTrigger, SqliteTrigger, SensorTrigger>;

/// "timer", "http", "webhook", "object", …: the kind's word in the application file, in records and
/// on the wire.
[[nodiscard]] std::string kindOf(const Trigger &trigger);

/// For people: "100 ms", "GET /light", "queue orders".
[[nodiscard]] std::string describe(const Trigger &trigger);

/// Letters, digits, '-', '_' and '.', at most 80: a bucket or a queue.
[[nodiscard]] bool isTriggerName(std::string_view name);

/// What a topic filter breaks of MQTT 3.1.1, section 4.7; empty when it is well.
[[nodiscard]] std::string objectionToTopic(std::string_view filter);

/// The function's environment variable that holds the trigger's password; empty: it has none.
[[nodiscard]] std::string passwordNameOf(const Trigger &trigger);

/// What of a trigger cannot be, in words; empty when all is well.
[[nodiscard]] std::string objectionTo(const Trigger &trigger);

/// JSON of the wire and of bundle manifests, with the kind in "kind".
[[nodiscard]] nlohmann::json toJson(const Trigger &trigger);
/// Throws what nlohmann throws, or std::invalid_argument for a kind that is not known.
[[nodiscard]] Trigger triggerFromJson(const nlohmann::json &json);

/// "100 ms", "5 min".
[[nodiscard]] std::string spokenDuration(std::chrono::milliseconds duration);

} // namespace runtime
