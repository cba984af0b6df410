#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/descriptor.h"

#include <boost/asio/spawn.hpp>

#include <sys/types.h>

namespace runtime {

/// A started process that has no function yet. Children knows its pid.
struct EmptyWorker {
    pid_t pid = 0;
    Descriptor channel; ///< Frames to and from the shim; non-blocking.
    Descriptor output;  ///< Reading end of its standard output; non-blocking.
    Descriptor error;   ///< Reading end of its standard error; non-blocking.
};

/// Where workers of one language come from.
class WorkerSource
{
public:
    virtual ~WorkerSource() = default;

    /// Begins to make the next take() fast.
    virtual void warm() = 0;
    /// ErrorCode::InterpreterMissing when the machine cannot run this language.
    [[nodiscard]] virtual Result<EmptyWorker> take(boost::asio::yield_context yield) = 0;
};

} // namespace runtime
