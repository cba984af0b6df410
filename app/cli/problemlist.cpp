#include "app/cli/problemlist.h"

#include <nlohmann/json.hpp>

namespace app {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::Problem;

std::string shownPath(const fs::path &file)
{
    std::error_code error;
    const fs::path relative = fs::relative(file, error);
    return error || relative.string().starts_with("..") ? file.string() : relative.string();
}

QString problemLine(const Problem &problem)
{
    std::string line = shownPath(problem.file);
    if (problem.line > 0)
        line += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
    return QString::fromStdString(line + (problem.warning ? ": warning: " : ": error: ") +
                                  problem.message);
}

json problemArray(const std::vector<Problem> &problems)
{
    json list = json::array();
    for (const Problem &problem : problems)
        list.push_back({{"file", shownPath(problem.file)},
                        {"line", problem.line},
                        {"column", problem.column},
                        {"severity", problem.warning ? "warning" : "error"},
                        {"message", problem.message}});
    return list;
}

} // namespace app
