#pragma once

#include "runtime-bridge/function/sourcefunctions.h"

namespace runtime {

/// functionsIn() for JavaScript, in both of its kinds of modules.
[[nodiscard]] std::vector<SourceFunction> javascriptExports(std::string_view text);

/// Where the bracket that opens at \a open is closed; npos when it is not.
[[nodiscard]] std::size_t closingBracket(std::string_view text, std::size_t open);
/// What stands between the commas of a list, brackets respected, without white space around it.
[[nodiscard]] std::vector<std::string_view> partsOf(std::string_view list);
[[nodiscard]] std::vector<SourceParameter> parametersOf(std::string_view list);

} // namespace runtime
