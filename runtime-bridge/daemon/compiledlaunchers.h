#pragma once

#include "runtime-bridge/daemon/compiler.h"
#include "runtime-bridge/daemon/programsource.h"

#include <filesystem>
#include <memory>

namespace runtime {

/// Go, built with the installed toolchain. A program with a main of its own speaks the Runtime API
/// itself (aws-lambda-go does); any other function is built with our client of it, \a shim.
[[nodiscard]] ProgramSource::Launcher goLauncher(std::shared_ptr<Compiler> compiler,
                                                 std::filesystem::path shim);

/// Java, compiled by javac together with our shim, the files of the folder \a shim; jars in the
/// function's folder belong to it.
[[nodiscard]] ProgramSource::Launcher javaLauncher(std::shared_ptr<Compiler> compiler,
                                                   std::filesystem::path shim);

} // namespace runtime
