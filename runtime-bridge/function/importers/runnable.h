#pragma once

#include <string_view>

namespace runtime::importers {

/// Whether functions of this language, in our words, are run at all.
[[nodiscard]] bool runsRuntime(std::string_view runtime);
/// Whether handlers of this dialect are.
[[nodiscard]] bool speaksDialect(std::string_view dialect);

} // namespace runtime::importers
