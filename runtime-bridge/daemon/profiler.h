#pragma once

#include "runtime-bridge/daemon/cancellation.h"
#include "runtime-bridge/daemon/worker.h"
#include "runtime-bridge/protocol/profile.h"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace runtime {

/// The workers of a function as they are now.
using PresentWorkers = std::function<std::vector<std::shared_ptr<Worker>>()>;

/// Has \a workers, those that come meanwhile too, tell where they are for \a duration, and sums it
/// up. Nothing is left on when it returns. ErrorCode::Cancelled.
[[nodiscard]] Result<Profile> profileWorkers(boost::asio::io_context &io,
                                             const PresentWorkers &workers,
                                             std::chrono::milliseconds duration,
                                             Cancellation *cancellation,
                                             boost::asio::yield_context yield);

} // namespace runtime
