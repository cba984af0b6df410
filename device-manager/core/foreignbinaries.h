#pragma once

#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/problem.h"

#include <filesystem>
#include <string>
#include <vector>

namespace device {

/// The machine of a program or library as DeviceFacts has it ("x86_64", "aarch64", "arm"); empty
/// when \a file is none, or of a machine that we do not know.
[[nodiscard]] std::string elfMachineOf(const std::filesystem::path &file);

/// Warnings for packages in \a files, below \a root, that \a machine cannot load: extension modules
/// of Python, and Node.js's addons of packages that have none for \a machine. Reads the beginnings
/// of these files alone.
[[nodiscard]] std::vector<runtime::Problem>
foreignBinaries(const std::vector<runtime::BundleFile> &files, const std::filesystem::path &root,
                const std::string &machine);

/// Packages that npm put below \a folder whose install script, which was not run, would have built
/// or brought an addon for \a machine: "name (its script)". node_modules/.package-lock.json must be
/// there.
[[nodiscard]] std::vector<std::string> unbuiltPackages(const std::filesystem::path &folder,
                                                       const std::string &machine);

} // namespace device
