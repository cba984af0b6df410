#pragma once

#include "runtime-bridge/daemon/programsource.h"

#include <filesystem>

namespace runtime {

/// What is started for the functions of one runtime: one launcher each.

/// An executable that asks for its invocations by the AWS Lambda Runtime API: the file that the
/// handler names, else "bootstrap".
[[nodiscard]] ProgramSource::Launcher customLauncher();

/// A web server of its own that listens on PORT: a source file of a known language, an executable,
/// or a command for the shell.
[[nodiscard]] ProgramSource::Launcher serviceLauncher();

/// An interpreter with one of our shims, which speaks frames: \a shim is its file.
[[nodiscard]] ProgramSource::Launcher shimLauncher(std::string_view runtime,
                                                   std::filesystem::path shim);

/// What AWS Lambda documents for its runtimes' environment, besides workerEnvironment().
[[nodiscard]] std::vector<std::string> lambdaEnvironment(const WorkerTask &task);

/// The program that $EDGEWRIGHT_<PROGRAM>, else PATH, names for a runtime.
/// ErrorCode::InterpreterMissing with the package that brings it.
[[nodiscard]] Result<std::string> interpreterOf(std::string_view runtime);

/// ErrorCode::FunctionInitFailed with \a type and \a message as the fault.
[[nodiscard]] Error initError(const WorkerTask &task, const std::string &type,
                              const std::string &message);

} // namespace runtime
