#pragma once

#include "runtime-bridge/controllers/controller.h"
#include "runtime-bridge/controllers/functionpackage.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace runtime {

/// The values of OpenWhisk's API as ours, and the other way. What is missing is left empty.

/// The body of a PUT that makes \a package an action.
[[nodiscard]] std::string actionBody(const FunctionPackage &package,
                                     const std::string &application);

/// The digest of the package that an action was made from; empty when it is none of ours.
[[nodiscard]] std::string packageDigestOf(const nlohmann::json &action);

[[nodiscard]] DeployedFunction deployedFunctionOf(const nlohmann::json &action);

[[nodiscard]] Invocation invocationOf(const nlohmann::json &activation);

/// An event as OpenWhisk takes it; ErrorCode::EventInvalid when \a event is no JSON.
[[nodiscard]] Result<std::string> whiskEvent(const std::string &event);

/// The error of a refused request, from its status and body.
[[nodiscard]] Error refusalOf(int status, const nlohmann::json &body, const std::string &subject);

} // namespace runtime
