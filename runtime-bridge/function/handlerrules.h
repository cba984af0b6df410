#pragma once

#include "runtime-bridge/function/functionspec.h"
#include "runtime-bridge/function/sourcefunctions.h"

#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// A function that fits a dialect.
struct HandlerFit {
    std::string function;
    std::string_view dialect;
    FunctionForm form = FunctionForm::Event;
    int weight = 0;       ///< How sure that is: from 1, its place, to 100, it says so itself.
    int rank = 0;         ///< Among several of the same dialect and weight the lowest is meant.
    bool anyName = false; ///< Nothing in its name makes it the one that is meant.
};

/// How the handlers of a source look. One row a look; data, see handlerrules.cpp.
/// \a dialect, \a name: only that one, unless empty. The surest fits, all of one weight.
[[nodiscard]] std::vector<HandlerFit> fitsIn(std::string_view text, std::string_view runtime,
                                             std::string_view dialect, std::string_view name);

} // namespace runtime
