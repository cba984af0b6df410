#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/process.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace runtime {

/// Runs a program to its end while the runtime goes on: both of its outputs come as lines to
/// \a line. The exit status, as waitpid() gives it. After \a limit it is killed with all that it
/// started, and the answer is ErrorCode::RuntimeBusy. \a plan's descriptors are set here.
[[nodiscard]] Result<int> runProgram(boost::asio::io_context &io, Children &children,
                                     ProcessPlan plan, std::chrono::seconds limit,
                                     const std::function<void(std::string)> &line,
                                     boost::asio::yield_context yield);

} // namespace runtime
