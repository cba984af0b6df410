#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/alarm.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>

#include <chrono>
#include <string>

namespace runtime {

/// Posts \a json to \a address over HTTP and waits \a limit for an answer of 2xx at most.
/// ErrorCode::FunctionFailed says what came instead.
[[nodiscard]] Result<> postJson(boost::asio::io_context &io, const WebhookAddress &address,
                                const std::string &json, std::chrono::milliseconds limit,
                                boost::asio::yield_context yield);

} // namespace runtime
