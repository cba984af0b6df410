#pragma once

#include "runtime-bridge/function/entry.h"

#include <filesystem>
#include <optional>

namespace runtime {

/// Finds how a source is run that is neither a Python nor a Node.js function: PHP, Ruby, Go, Java,
/// an executable, a program of any language that listens on PORT. Nothing when it is none of these
/// or \a wanted asks for something else; findEntry() decides then.
[[nodiscard]] std::optional<Entry> findOtherEntry(const std::filesystem::path &source,
                                                  const Entry &wanted);

/// The files that may hold the handler of one of these, relative to the bundle.
[[nodiscard]] std::vector<std::string> otherModuleFiles(const std::string &runtime,
                                                        const std::string &handler);

} // namespace runtime
