#pragma once

#include "runtime-bridge/function/problem.h"

#include <QString>

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace app {

/// As the user would name it from the current folder.
[[nodiscard]] std::string shownPath(const std::filesystem::path &file);

/// "serverless.yml:4:7: warning: …", as compilers write it.
[[nodiscard]] QString problemLine(const runtime::Problem &problem);

/// [{"file", "line", "column", "severity", "message"}]
[[nodiscard]] nlohmann::json problemArray(const std::vector<runtime::Problem> &problems);

} // namespace app
