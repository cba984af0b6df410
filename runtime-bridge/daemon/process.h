#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/descriptor.h"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace runtime {

/// What to start. The child gets a session of its own, may gain no privileges, dies with the
/// runtime, and adopts the orphans among its own descendants, so that none can slip away from
/// killTree().
struct ProcessPlan {
    std::vector<std::string> command;     ///< Program (a path) and arguments.
    std::vector<std::string> environment; ///< Added to the runtime's own, "NAME=value".
    std::filesystem::path folder;         ///< Working folder; empty: "/".
    /// Our descriptors, and what they become in the child. 0 becomes /dev/null unless given.
    std::vector<std::pair<int, int>> descriptors;
    bool adoptsOrphans = true;
};

/// The process id; ErrorCode::InterpreterMissing when there is no such program.
[[nodiscard]] Result<pid_t> startProcess(const ProcessPlan &plan);

/// Kills \a pid, its process group, its session and every descendant, also those that left the
/// group or the session. Returns once all of them have been sent SIGKILL.
void killTree(pid_t pid);

/// Sends SIGKILL to every other process of this user that was started with \a variable,
/// "NAME=value", in its environment and sees the same file systems.
void killMarked(const std::string &variable);

/// Direct children of this process. Those we did not start are orphans of workers that died.
[[nodiscard]] std::vector<pid_t> ownChildren();

/// A whole path for a program's name: \a name itself when it has a '/', else looked up in PATH.
/// Empty when there is none.
[[nodiscard]] std::string findProgram(const std::string &name);

/// A connected pair of sockets, not inherited: ours (non-blocking), theirs.
[[nodiscard]] Result<std::pair<Descriptor, Descriptor>> createSocketPair(int type);
/// A pipe, not inherited: our reading end (non-blocking), their writing end.
[[nodiscard]] Result<std::pair<Descriptor, Descriptor>> createPipe();

} // namespace runtime
