#pragma once

#include "runtime-bridge/daemon/workertask.h"

#include <optional>
#include <string>
#include <string_view>

namespace runtime {

/// Whether a process that ended by itself did so for want of memory.
[[nodiscard]] bool ranOutOfMemory(int status, std::string_view lastError);

/// "was ended by signal Killed": \a status is what waitpid() gives; none: not known.
[[nodiscard]] std::string endedHow(std::optional<int> status);

/// Why an invocation without an answer failed. Of a service, whose log is nobody's in particular,
/// the last lines are told too.
[[nodiscard]] Fault faultOfDeath(Outcome outcome, const FunctionSpec &spec,
                                 std::optional<int> status, std::string_view lastError);

/// Why a worker that did not say so failed to load its function. \a lastError: the end of its
/// standard error.
[[nodiscard]] Fault faultOfLoading(std::optional<Outcome> verdict, std::optional<int> status,
                                   const std::string &lastError);

/// What an error that kept a worker from starting looks like as a function's fault.
[[nodiscard]] Fault faultOfStart(const Error &error);

} // namespace runtime
