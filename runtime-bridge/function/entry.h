#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/functionspec.h"

#include <filesystem>
#include <optional>
#include <string>

namespace runtime {

/// How a source is run, as far as it says so itself.
struct Entry {
    std::string runtime;                             ///< "python3", "nodejs"
    std::string handler;                             ///< "module.function"
    std::string dialect;                             ///< "aws", "openwhisk"
    std::optional<FunctionForm> form = std::nullopt; ///< Always set in what was found.
};

/// Finds runtime, handler and dialect from \a source (a file or a folder). What \a wanted already
/// says is kept and narrows the search. What looks like a handler of one of the dialects is looked
/// for in the one file, or in handler/main/index/app and the folder's own name.
/// ErrorCode::SourceMissing: nothing there; SourceAmbiguous: several fit, detail lists them;
/// DialectAmbiguous: it could be of several dialects, detail lists them.
[[nodiscard]] Result<Entry> findEntry(const std::filesystem::path &source,
                                      const Entry &wanted = {});

/// "night_light.handler" → "night_light.py" for python3; the files that may hold a module, in the
/// order in which the runtime looks for them, relative to the bundle.
[[nodiscard]] std::vector<std::string> moduleFiles(const std::string &runtime,
                                                   const std::string &handler);

} // namespace runtime
