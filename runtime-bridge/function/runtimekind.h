#pragma once

#include "runtime-bridge/function/functionspec.h"

#include <span>
#include <string_view>

namespace runtime {

/// What functions are run by, and what that takes on a machine.
struct RuntimeKind {
    std::string_view name;    ///< "php", as in the application file.
    std::string_view endings; ///< Of its source files: ".js .mjs".
    std::string_view program; ///< Looked for in PATH; empty: none.
    std::string_view package; ///< The Debian package that brings it.
};

[[nodiscard]] std::span<const RuntimeKind> runtimeKinds();
/// nullptr when there is none of that name.
[[nodiscard]] const RuntimeKind *findRuntimeKind(std::string_view name);
/// By the ending of a file's name, ".php"; nullptr when it belongs to none.
[[nodiscard]] const RuntimeKind *runtimeKindOfEnding(std::string_view ending);
[[nodiscard]] std::span<const std::string_view> runtimeNames();

/// Whether the function is a web server of its own: form service, or runtime service.
[[nodiscard]] bool isService(const FunctionSpec &spec);

} // namespace runtime
