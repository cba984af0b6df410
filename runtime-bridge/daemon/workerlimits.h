#pragma once

#include "runtime-bridge/daemon/worker.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace runtime {

/// What a worker's environment holds besides the runtime's own and the function's.
[[nodiscard]] std::map<std::string, std::string>
workerEnvironment(const WorkerTask &task, const std::filesystem::path &temporaryFolder);

/// Makes allocations of \a pid fail well above \a bytes, so that one large one ends at once; what
/// lies between is found by looking at residentKb().
void limitData(pid_t pid, std::uint64_t bytes);

/// How much resident memory a worker of this function may have. Node.js itself is not counted: it
/// takes more than many functions are given.
[[nodiscard]] std::uint64_t residentLimit(const FunctionSpec &spec);

/// Resident memory of \a pid now; 0 when it is gone.
[[nodiscard]] std::uint64_t residentKb(pid_t pid);

/// Whether a process that ended by itself did so for want of memory.
[[nodiscard]] bool ranOutOfMemory(int status, std::string_view lastError);

} // namespace runtime
