#pragma once

#include "runtime-bridge/daemon/workertask.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace runtime {

/// What a worker's environment holds besides the runtime's own and the function's.
[[nodiscard]] std::map<std::string, std::string>
workerEnvironment(const WorkerTask &task, const std::filesystem::path &temporaryFolder);

/// How many invocations one worker takes at a time.
[[nodiscard]] int capacityOf(const FunctionSpec &spec);

/// Makes allocations of \a pid fail well above \a bytes, so that one large one ends at once; what
/// lies between is found by looking at residentKb().
void limitData(pid_t pid, std::uint64_t bytes);

/// \a pid no longer interrupts who wakes it, as soon as it is woken: the runtime hands out all that
/// has come before its workers take the processor from it. What \a pid starts is not affected.
void letOthersFinish(pid_t pid);

/// How much resident memory a worker of this function may have. Node.js and Java themselves are
/// not counted: they take more than many functions are given.
[[nodiscard]] std::uint64_t residentLimit(const FunctionSpec &spec);

/// Resident memory of \a pid and its descendants now; 0 when it is gone.
[[nodiscard]] std::uint64_t residentKb(pid_t pid);

/// What the files of a folder take on the disk. Looked at in bounded time: of very many files, only
/// a part.
[[nodiscard]] std::uint64_t folderBytes(const std::filesystem::path &folder);

} // namespace runtime
