#include "runtime-bridge/function/entry.h"

#include "runtime-bridge/base/file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>

namespace runtime {

namespace fs = std::filesystem;

namespace {

struct Language {
    std::string_view runtime;
    std::vector<std::string_view> endings;
};

const std::vector<Language> &languages()
{
    static const std::vector<Language> all{
        {"python3", {".py"}},
        {"nodejs", {".js", ".mjs", ".cjs"}},
    };
    return all;
}

std::string runtimeOf(const fs::path &file)
{
    for (const Language &language : languages())
        if (std::ranges::find(language.endings, file.extension().string()) !=
            language.endings.end())
            return std::string(language.runtime);
    return {};
}

/// Names a handler may have, most specific first, and the dialect each one speaks.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> handlerNames{{
    {"handler", "aws"},
    {"lambda_handler", "aws"},
    {"main", "openwhisk"},
    {"handle", "aws"},
}};

bool defines(const std::string &text, const std::string &runtime, std::string_view name)
{
    const std::string n(name);
    const std::string pattern =
        runtime == "python3"
            ? "(^|\\n)(async +)?def +" + n + " *\\(|(^|\\n)" + n + " *="
            : "exports\\." + n + "\\b|export +(async +)?(function|const|let) +" + n +
                  "\\b|export *\\{[^}]*\\b" + n + "\\b|module\\.exports *= *\\{[^}]*\\b" + n +
                  "\\b|(^|\\n)(async +)?function +" + n + " *\\(";
    return std::regex_search(text, std::regex(pattern));
}

std::string moduleName(const fs::path &file)
{
    return fs::path(file).replace_extension().string();
}

std::optional<Entry> entryIn(const fs::path &file, const fs::path &root, const Entry &wanted)
{
    const std::string runtime = runtimeOf(file);
    if (runtime.empty() || (!wanted.runtime.empty() && wanted.runtime != runtime))
        return std::nullopt;
    const Result<std::string> text = readFile(file, 8u << 20);
    if (!text)
        return std::nullopt;
    for (const auto &[name, dialect] : handlerNames)
        if (defines(*text, runtime, name))
            return Entry{runtime,
                         moduleName(file.lexically_relative(root)) + "." + std::string(name),
                         wanted.dialect.empty() ? std::string(dialect) : wanted.dialect};
    return std::nullopt;
}

std::vector<fs::path> candidates(const fs::path &source)
{
    std::error_code error;
    if (fs::is_regular_file(source, error))
        return {source};
    std::string own = source.filename().string();
    std::ranges::replace(own, '-', '_');
    std::vector<fs::path> files;
    for (const std::string &stem :
         {std::string("handler"), own, std::string("main"), std::string("index"),
          std::string("app"), std::string("lambda_function"), std::string("__main__")})
        for (const Language &language : languages())
            for (const std::string_view ending : language.endings)
                if (const fs::path file = source / (stem + std::string(ending));
                    fs::is_regular_file(file, error))
                    files.push_back(file);
    if (!files.empty())
        return files;
    for (const fs::directory_entry &item : fs::directory_iterator(source, error))
        if (item.is_regular_file(error) && !runtimeOf(item.path()).empty())
            files.push_back(item.path());
    std::ranges::sort(files);
    return files;
}

/// With a handler given, only its runtime is open: the one whose module file is there.
Result<Entry> completeEntry(const fs::path &source, Entry entry)
{
    std::error_code error;
    const fs::path root = fs::is_directory(source, error) ? source : source.parent_path();
    for (const Language &language : languages()) {
        if (!entry.runtime.empty() && entry.runtime != language.runtime)
            continue;
        for (const std::string &file : moduleFiles(std::string(language.runtime), entry.handler))
            if (fs::is_regular_file(root / file, error)) {
                entry.runtime = language.runtime;
                if (entry.dialect.empty())
                    entry.dialect = entry.handler.ends_with(".main") ? "openwhisk" : "aws";
                return entry;
            }
    }
    return failure(ErrorCode::SourceMissing, source.string(),
                   "no file for the handler " + entry.handler);
}

} // namespace

Result<Entry> findEntry(const fs::path &source, const Entry &wanted)
{
    std::error_code error;
    if (!fs::exists(source, error))
        return failure(ErrorCode::SourceMissing, source.string(), "no such file or folder");
    if (!wanted.handler.empty() && wanted.handler.find('.') != std::string::npos)
        return completeEntry(source, wanted);
    if (!wanted.handler.empty() && fs::is_regular_file(source, error)) {
        Entry entry = wanted;
        entry.handler = moduleName(source.filename()) + "." + wanted.handler;
        return completeEntry(source, entry);
    }

    const fs::path root = fs::is_directory(source, error) ? source : source.parent_path();
    std::vector<Entry> found;
    for (const fs::path &file : candidates(source))
        if (std::optional<Entry> entry = entryIn(file, root, wanted))
            found.push_back(std::move(*entry));
    if (found.empty())
        return failure(ErrorCode::SourceMissing, source.string(),
                       "no function named handler, lambda_handler, main or handle");
    if (found.size() > 1) {
        std::string names;
        for (const Entry &entry : found)
            names += (names.empty() ? "" : ", ") + entry.handler + " (" + entry.runtime + ")";
        return failure(ErrorCode::SourceAmbiguous, source.string(), names);
    }
    return found.front();
}

std::vector<std::string> moduleFiles(const std::string &runtime, const std::string &handler)
{
    const std::size_t dot = handler.rfind('.');
    if (dot == std::string::npos || dot == 0)
        return {};
    std::string module = handler.substr(0, dot);
    if (runtime == "python3") {
        std::ranges::replace(module, '.', '/');
        return {module + ".py", module + "/__init__.py"};
    }
    if (runtime == "nodejs")
        return {module + ".js", module + ".mjs", module + ".cjs"};
    return {};
}

} // namespace runtime
