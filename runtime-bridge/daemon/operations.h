#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/cancellation.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/spawn.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace runtime {

class RuntimeServer;

/// Does one request of the bridge protocol (docs/protocol.md) and returns its answer's value.
/// \a connection is the one that asks: leases belong to it.
[[nodiscard]] Result<nlohmann::json> perform(RuntimeServer &server, std::uint64_t connection,
                                             const std::string &operation,
                                             const nlohmann::json &arguments,
                                             Cancellation &cancellation,
                                             boost::asio::yield_context yield);

} // namespace runtime
