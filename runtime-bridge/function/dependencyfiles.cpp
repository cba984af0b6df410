#include "runtime-bridge/function/dependencyfiles.h"

#include "runtime-bridge/base/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <sstream>

namespace runtime {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr int highest = 6; ///< Folders above that are looked at.

constexpr std::array<std::string_view, 15> applicationFiles{
    "edgewright.yaml", "serverless.yml", "serverless.yaml", "serverless.json", "template.yaml",
    "template.yml",    "template.json",  "stack.yml",       "stack.yaml",      "func.yaml",
    "manifest.yaml",   "manifest.yml",   "host.json",       "s.yaml",          "s.yml"};

bool isThere(const fs::path &path)
{
    std::error_code error;
    return fs::exists(path, error);
}

/// From the function's own folder up to the application's; only its own where there is none.
std::vector<fs::path> foldersOf(const fs::path &root)
{
    std::vector<fs::path> folders;
    fs::path folder = root;
    for (int i = 0; i < highest && folder.has_relative_path(); ++i, folder = folder.parent_path()) {
        folders.push_back(folder);
        for (const std::string_view name : applicationFiles)
            if (isThere(folder / name))
                return folders;
    }
    return {root};
}

/// The site-packages of a virtual environment.
fs::path sitePackages(const fs::path &folder)
{
    std::error_code error;
    for (const char *name : {".venv", "venv"}) {
        if (!isThere(folder / name / "pyvenv.cfg"))
            continue;
        for (const fs::directory_entry &item : fs::directory_iterator(folder / name / "lib", error))
            if (isThere(item.path() / "site-packages"))
                return item.path() / "site-packages";
    }
    return {};
}

void add(DependencyFiles &found, const fs::path &file, int depth = 0)
{
    if (std::ranges::find(found.files, file) != found.files.end() || depth > 8)
        return;
    const std::string text = readFile(file, 16u << 20).value_or("");
    found.files.push_back(file);
    found.contents += file.filename().string() + '\0' + std::to_string(text.size()) + '\0' + text;
    if (file.extension() != ".txt")
        return;
    // "-r more.txt", "-c limits.txt", "./wheels/x.whl"
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word, other;
        words >> word >> other;
        const bool refers =
            word == "-r" || word == "-c" || word == "--requirement" || word == "--constraint";
        const fs::path path = file.parent_path() / (refers ? other : word);
        std::error_code error;
        if ((refers || word.find('/') != std::string::npos) && fs::is_regular_file(path, error))
            add(found, path, depth + 1);
    }
}

bool asksForPackages(const fs::path &packageJson)
{
    const json object = json::parse(readFile(packageJson, 4u << 20).value_or(""), nullptr, false);
    if (!object.is_object())
        return true; // npm says what is wrong with it
    for (const char *key : {"dependencies", "optionalDependencies"})
        if (const auto it = object.find(key); it != object.end() && !it->empty())
            return true;
    return false;
}

std::optional<DependencyFiles> ofPython(const fs::path &folder)
{
    DependencyFiles found{folder, {}, {}, sitePackages(folder)};
    for (const char *name : {"requirements.txt", "pyproject.toml"})
        if (found.files.empty() && isThere(folder / name))
            add(found, folder / name);
    if (found.files.empty() && found.installed.empty())
        return std::nullopt;
    return found;
}

std::optional<DependencyFiles> ofNode(const fs::path &folder)
{
    DependencyFiles found{folder, {}, {}, {}};
    if (isThere(folder / "node_modules"))
        found.installed = folder / "node_modules";
    if (isThere(folder / "package.json") && asksForPackages(folder / "package.json"))
        for (const char *name : {"package.json", "package-lock.json", "npm-shrinkwrap.json"})
            if (isThere(folder / name))
                add(found, folder / name);
    if (found.files.empty() && found.installed.empty())
        return std::nullopt;
    return found;
}

} // namespace

std::optional<DependencyFiles> findDependencyFiles(const fs::path &root, const std::string &runtime)
{
    for (const fs::path &folder : foldersOf(root))
        if (auto found = runtime == "python3" ? ofPython(folder) : ofNode(folder))
            return found;
    return std::nullopt;
}

} // namespace runtime
