#include "runtime-bridge/function/otherentry.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/runtimekind.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <regex>

namespace runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largestSource = 8u << 20;

/// A handler's usual name, and the dialect that goes with it.
struct HandlerName {
    std::string_view name;
    std::string_view dialect;
};

constexpr std::array<HandlerName, 5> scriptNames{{{"handler", "aws"},
                                                  {"lambda_handler", "aws"},
                                                  {"main_handler", "tencent"},
                                                  {"main", "openwhisk"},
                                                  {"handle", "aws"}}};
constexpr std::array<HandlerName, 3> goNames{
    {{"Handle", "aws"}, {"Handler", "aws"}, {"HandleRequest", "aws"}}};
constexpr std::array<HandlerName, 3> javaNames{
    {{"handleRequest", "aws"}, {"handler", "aws"}, {"handle", "aws"}}};

bool matches(const std::string &text, const std::string &pattern)
{
    return std::regex_search(text, std::regex(pattern, std::regex::multiline));
}

/// Whether the program reads PORT and listens: \a ending tells its language.
bool listensOnPort(const std::string &text, const std::string &ending)
{
    if (ending == ".py")
        return matches(text, R"((environ(\.get)?\s*[\[(]|getenv\s*\()\s*['"]PORT['"])") &&
               matches(text, R"(serve_forever|\.run\s*\(|run_simple|uvicorn|hypercorn|serve\s*\()");
    if (ending == ".js" || ending == ".mjs" || ending == ".cjs")
        return matches(text, R"(process\.env(\.PORT\b|\[\s*['"]PORT['"]))") &&
               matches(text, R"(\.listen\s*\(|\bserve\s*\()");
    if (ending == ".rb")
        return matches(text, R"(ENV(\.fetch\s*\(|\[)\s*['"]PORT['"])");
    if (ending == ".go")
        return matches(text, R"(Getenv\s*\(\s*"PORT"\s*\))") && matches(text, R"(Serve\w*\s*\()");
    if (ending == ".java")
        return matches(text, R"(getenv\s*\(\s*"PORT"\s*\))");
    return false;
}

bool isProgram(const fs::path &file)
{
    std::error_code error;
    return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

Entry entryOf(const Entry &wanted, std::string_view runtime, std::string handler,
              std::string_view dialect)
{
    return {std::string(runtime), wanted.handler.empty() ? std::move(handler) : wanted.handler,
            wanted.dialect.empty() ? std::string(dialect) : wanted.dialect};
}

template<typename Names>
std::optional<Entry> entryNamed(const Names &names, const std::string &text,
                                std::string_view before, std::string_view after,
                                std::string_view runtime, const std::string &module,
                                const Entry &wanted)
{
    for (const HandlerName &each : names)
        if (matches(text, std::string(before) + std::string(each.name) + std::string(after)))
            return entryOf(wanted, runtime, module + std::string(each.name), each.dialect);
    return std::nullopt;
}

std::optional<Entry> entryOfFile(const fs::path &file, const fs::path &root, const Entry &wanted)
{
    const std::string ending = file.extension().string();
    const std::string relative = file.lexically_relative(root).string();
    const RuntimeKind *kind = runtimeKindOfEnding(ending);
    const auto allows = [&](std::string_view runtime) {
        return wanted.runtime.empty() || wanted.runtime == runtime;
    };
    if (!kind && allows("custom") && isProgram(file))
        return entryOf(wanted, "custom", relative, "custom");
    const Result<std::string> text = readFile(file, largestSource);
    if (!kind || !text)
        return std::nullopt;
    const std::string module = fs::path(relative).replace_extension().string();
    if (!wanted.handler.empty() && kind->name != "python3" && kind->name != "nodejs" &&
        allows(kind->name)) {
        const bool whole = wanted.handler.find_first_of(".:") != std::string::npos;
        const std::string_view between = kind->name == "java" ? "::" : ".";
        return Entry{std::string(kind->name),
                     whole ? wanted.handler : module + std::string(between) + wanted.handler,
                     wanted.dialect.empty() ? "aws" : wanted.dialect};
    }
    std::optional<Entry> entry;
    if (kind->name == "php" && allows("php")) {
        entry = entryNamed(scriptNames, *text, R"(\bfunction\s+)", R"(\s*\()", "php", module + '.',
                           wanted);
        if (!entry && matches(*text, R"(^\s*return\s+(static\s+)?(function|fn|new)\b)"))
            entry = entryOf(wanted, "php", module + ".default", "aws");
    } else if (kind->name == "ruby" && allows("ruby")) {
        entry = entryNamed(scriptNames, *text, R"(^\s*def\s+(self\.)?)", R"(\b)", "ruby",
                           module + '.', wanted);
    } else if (kind->name == "go" && allows("go")) {
        entry = entryNamed(goNames, *text, R"(^func\s+)", R"(\s*\()", "go", module + '.', wanted);
        if (!entry && matches(*text, R"(^func\s+main\s*\(\s*\))") && !listensOnPort(*text, ending))
            entry = entryOf(wanted, "go", module + ".main", "custom");
    } else if (kind->name == "java" && allows("java")) {
        std::smatch package;
        std::string name = fs::path(module).filename().string();
        if (std::regex_search(*text, package, std::regex(R"((?:^|\n)\s*package\s+([\w.]+)\s*;)")))
            name = package[1].str() + '.' + name;
        entry =
            entryNamed(javaNames, *text, R"([\w>\]]\s+)", R"(\s*\()", "java", name + "::", wanted);
    }
    const bool plain = wanted.handler.empty() && allows("service");
    if (!entry && plain && listensOnPort(*text, ending) &&
        !matches(*text,
                 R"(exports\.(handler|main)\b|^def (handler|lambda_handler|main_handler)\b)"))
        entry = entryOf(wanted, "service", relative, "custom");
    return entry;
}

/// The files of a folder that may be its entry, the likeliest first.
std::vector<fs::path> likelyEntries(const fs::path &folder)
{
    std::string own = folder.filename().string();
    std::ranges::replace(own, '-', '_');
    const std::vector<std::string> stems{
        "bootstrap", "handler",  own,       "main", "index",          "app",
        "server",    "function", "Handler", "Main", "lambda_function"};
    std::vector<fs::path> named, others;
    std::error_code error;
    for (const fs::directory_entry &item : fs::directory_iterator(folder, error)) {
        const fs::path &file = item.path();
        if (!item.is_regular_file(error) || file.filename().string().starts_with('.'))
            continue;
        const bool known = runtimeKindOfEnding(file.extension().string()) != nullptr;
        if (file.filename() == "bootstrap" ||
            (known && std::ranges::find(stems, file.stem().string()) != stems.end()))
            named.push_back(file);
        else if (known)
            others.push_back(file);
    }
    const auto rank = [&](const fs::path &file) {
        return std::pair(std::ranges::find(stems, file.stem().string()) - stems.begin(), file);
    };
    std::ranges::sort(named, {}, rank);
    std::ranges::sort(others);
    return named.empty() ? others : named;
}

} // namespace

std::optional<Entry> findOtherEntry(const fs::path &source, const Entry &wanted)
{
    if (wanted.runtime == "python3" || wanted.runtime == "nodejs")
        return std::nullopt;
    // What is said whole needs no search.
    if (!wanted.runtime.empty() && !wanted.handler.empty())
        return entryOf(wanted, wanted.runtime, {}, "aws");
    std::error_code error;
    if (!fs::is_directory(source, error)) {
        if (std::optional<Entry> entry = entryOfFile(source, source.parent_path(), wanted))
            return entry;
        if (wanted.runtime == "custom" || wanted.runtime == "service")
            return entryOf(wanted, wanted.runtime, source.filename().string(), "custom");
        return std::nullopt;
    }
    for (const fs::path &file : likelyEntries(source)) {
        const std::optional<Entry> entry = entryOfFile(file, source, wanted);
        if (entry)
            return entry;
        const RuntimeKind *kind = runtimeKindOfEnding(file.extension().string());
        const bool ours = kind && kind->name != "python3" && kind->name != "nodejs";
        if (wanted.runtime.empty() && kind && !ours)
            return std::nullopt; // a Python or Node.js function comes before
    }
    return std::nullopt;
}

std::vector<std::string> otherModuleFiles(const std::string &runtime, const std::string &handler)
{
    if (runtime == "custom" || runtime == "service")
        return {handler};
    const RuntimeKind *kind = findRuntimeKind(runtime);
    if (!kind)
        return {};
    std::string module = handler.substr(0, handler.find("::"));
    if (runtime == "java")
        std::ranges::replace(module, '.', '/');
    else
        module = handler.substr(0, handler.rfind('.'));
    return {module + std::string(kind->endings.substr(0, kind->endings.find(' ')))};
}

} // namespace runtime
