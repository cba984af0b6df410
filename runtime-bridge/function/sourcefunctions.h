#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

struct SourceParameter {
    std::string name; ///< Lower case, without leading underscores.
    std::string type; ///< What follows the colon; may be empty.
};

/// A function of a module that could be its handler.
struct SourceFunction {
    std::string name; ///< "default": what the module itself is.
    /// Nothing: it is there, but its parameters cannot be seen.
    std::optional<std::vector<SourceParameter>> parameters;
    /// How it is registered: its decorators ("@app.route(…)"), or "gcp.http", "azure.timer".
    std::string marks;
};

/// The functions at the top of a Python module, or those that a JavaScript module exports or
/// registers; where it exports nothing that can be seen, those that it declares. A look at the
/// text, not a parser: what is built while the module loads is not seen.
[[nodiscard]] std::vector<SourceFunction> functionsIn(std::string_view text,
                                                      std::string_view runtime);

} // namespace runtime
