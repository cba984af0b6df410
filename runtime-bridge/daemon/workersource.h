#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/descriptor.h"
#include "runtime-bridge/daemon/workerconversation.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/spawn.hpp>

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>

namespace runtime {

/// A started process that has not loaded its function yet. Children knows its pid.
struct EmptyWorker {
    pid_t pid = 0;
    std::shared_ptr<WorkerConversation> conversation;
    Descriptor output; ///< Reading end of its standard output; non-blocking.
    Descriptor error;  ///< Reading end of its standard error; non-blocking.
};

/// Where workers of one runtime come from.
class WorkerSource
{
public:
    virtual ~WorkerSource() = default;

    /// Begins to make the next take() fast, to be called after each: \a delay later, since it takes
    /// processor time.
    virtual void warm(std::chrono::milliseconds delay) { (void)delay; }
    /// A process for \a task. ErrorCode::InterpreterMissing when the machine cannot run this
    /// language; FunctionInitFailed, with a Fault as JSON in the detail, when it does not build.
    [[nodiscard]] virtual Result<EmptyWorker> take(const WorkerTask &task,
                                                   const std::filesystem::path &temporaryFolder,
                                                   boost::asio::yield_context yield) = 0;
};

} // namespace runtime
