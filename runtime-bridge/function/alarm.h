#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

/// What an alarm looks at.
enum class AlarmKind {
    Failures, ///< The share of invocations that did not end well.
    Duration, ///< How long the slowest twentieth takes.
    Absence,  ///< That nothing was invoked.
};
[[nodiscard]] std::string_view wireName(AlarmKind kind); ///< "failures", …
[[nodiscard]] std::optional<AlarmKind> alarmKindFromName(std::string_view name);

/// When somebody is to be told of a function, and how. Subscribers are told in any case.
struct Alarm {
    AlarmKind on = AlarmKind::Failures;
    double share = 0;                         ///< Failures: more than this, from 0 to 1.
    std::chrono::milliseconds duration{0};    ///< Duration: longer than this.
    std::chrono::milliseconds window{60'000}; ///< The time that is looked back.
    std::string message;                      ///< For people; may be empty.
    std::string webhook;                      ///< Where to post it; empty: nowhere.
    std::string function;                     ///< Whom to invoke with it; empty: nobody.
    bool operator==(const Alarm &) const = default;
};

/// "failures above 5% in 1min", "absence for 10min". The same for two of one function only where
/// they look at the same.
[[nodiscard]] std::string describe(const Alarm &alarm);

[[nodiscard]] nlohmann::json toJson(const Alarm &alarm);
/// Throws what nlohmann throws, and std::invalid_argument.
[[nodiscard]] Alarm alarmFromJson(const nlohmann::json &json);

/// What of it cannot be, as part of a sentence; empty when all is well. \a owner: its function.
[[nodiscard]] std::string objectionTo(const Alarm &alarm, const std::string &owner);

/// "http://host:port/path" in its parts.
struct WebhookAddress {
    std::string host;
    std::string port = "80";
    std::string target = "/";
};
[[nodiscard]] std::optional<WebhookAddress> webhookAddress(std::string_view url);

} // namespace runtime
