#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/protocol/messages.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace runtime {

/// An action of the controller's API: what OpenWhisk keeps of it, and the function that it became.
struct WhiskAction {
    std::string name; ///< "hello" or "package/hello".
    std::string kind; ///< "python:3", "nodejs:20"
    std::string code; ///< Source text, or a zip in base64.
    std::string main; ///< The function to call; empty: "main".
    nlohmann::json annotations = nlohmann::json::array();
    nlohmann::json parameters = nlohmann::json::array();
    std::int64_t timeoutMs = 60'000;
    std::int64_t memoryMb = 256;
    std::int64_t logsMb = 10;
    std::int64_t concurrency = 1;
    int version = 0; ///< The last number of "0.0.1".
    std::int64_t updatedMs = 0;
    Fault fault; ///< Why the code does not load; empty type when it does.

    [[nodiscard]] std::string package() const;   ///< Empty: none.
    [[nodiscard]] std::string shortName() const; ///< Without the package.
    [[nodiscard]] std::string versionText() const { return "0.0." + std::to_string(version); }
};

/// A name, or "package/name", of letters, digits, '_', '@', '.', ' ' and '-'.
[[nodiscard]] bool isActionName(const std::string &name);

/// The name of the function that serves the action; different actions have different ones.
[[nodiscard]] std::string functionNameOf(const std::string &action);

/// "python3" or "nodejs"; empty when the kind is none that we run.
[[nodiscard]] std::string runtimeOfKind(const std::string &kind);
/// For people and clients: "nodejs:…, python:…".
[[nodiscard]] std::string knownKinds();

/// \a action changed as the body of a PUT says; what it does not mention stays. The error's detail
/// is for the client.
[[nodiscard]] Result<WhiskAction> updated(WhiskAction action, const nlohmann::json &body);

/// As OpenWhisk answers it.
[[nodiscard]] nlohmann::json toWhiskJson(const WhiskAction &action, bool withCode);

/// As it is kept on disk.
[[nodiscard]] nlohmann::json toJson(const WhiskAction &action);
[[nodiscard]] Result<WhiskAction> whiskActionFromJson(const nlohmann::json &json);

/// The function that the action is: its code unpacked, in the form that our workers load.
/// ErrorCode::RequestInvalid with the reason in the detail.
[[nodiscard]] Result<PutRequest> functionOf(const WhiskAction &action);

} // namespace runtime
