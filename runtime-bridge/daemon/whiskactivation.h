#pragma once

#include "runtime-bridge/daemon/whiskaction.h"
#include "runtime-bridge/protocol/messages.h"

#include <nlohmann/json.hpp>

#include <string>

namespace runtime {

/// An invocation as OpenWhisk tells it. \a action may have been changed or, with an empty kind,
/// deleted since.
struct WhiskResponse {
    enum class Status { Success, ApplicationError, DeveloperError, InternalError };
    Status status = Status::Success;
    nlohmann::json result;
};

/// What the action answered, by OpenWhisk's rules: a result must be a dictionary or a list, one
/// with "error" is the application's error, an exception is an error too.
[[nodiscard]] WhiskResponse whiskResponseOf(const Invocation &invocation, const std::string &kind);

/// The whole record. \a invocation may come without its log.
[[nodiscard]] nlohmann::json activationOf(const Invocation &invocation, const WhiskAction &action,
                                          bool withResult = true);

/// "2024-05-01T10:20:30.123456789Z stdout: text", one a line.
[[nodiscard]] nlohmann::json activationLogs(const Invocation &invocation);

} // namespace runtime
