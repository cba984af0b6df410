#include "runtime-bridge/function/entry.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/function/handlerrules.h"
#include "runtime-bridge/function/otherentry.h"

#include <algorithm>
#include <optional>
#include <set>

namespace runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longestSource = 8u << 20;

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

template<typename Words> std::string listOf(const Words &words)
{
    std::string list;
    for (const auto &word : words)
        list += (list.empty() ? "" : ", ") + std::string(word);
    return list;
}

std::string nothingFits(const Entry &wanted)
{
    if (!wanted.handler.empty())
        return "no function named " + wanted.handler;
    return "no function that looks like a handler" +
           (wanted.dialect.empty() ? std::string(" (handler, lambda_handler, main, handle, …)")
                                   : " of the dialect " + wanted.dialect);
}

std::string moduleName(const fs::path &file)
{
    return fs::path(file).replace_extension().string();
}

/// An entry and how sure it is.
struct Found {
    Entry entry;
    int weight = 0;
};

/// The handler that \a text has, if any. \a name: only that function, unless empty.
Result<std::optional<Found>> handlerIn(const std::string &text, const std::string &module,
                                       const fs::path &file, Entry entry, std::string_view name)
{
    std::vector<HandlerFit> fits = fitsIn(text, entry.runtime, entry.dialect, name);
    if (fits.empty())
        return std::nullopt;
    const auto best = std::ranges::min_element(fits, {}, &HandlerFit::rank);
    std::set<std::string_view> dialects;
    std::set<std::string> names;
    for (const HandlerFit &fit : fits) {
        dialects.insert(fit.dialect);
        if (fit.anyName)
            names.insert(module + "." + fit.function);
    }
    if (dialects.size() > 1)
        return failure(ErrorCode::DialectAmbiguous, file.string(), listOf(dialects));
    if (best->anyName && names.size() > 1)
        return failure(ErrorCode::SourceAmbiguous, file.string(), listOf(names));
    entry.handler = module + "." + best->function;
    entry.dialect = best->dialect;
    entry.form = entry.form.value_or(best->form);
    return Found{std::move(entry), best->weight};
}

Result<std::optional<Found>> entryIn(const fs::path &file, const fs::path &root,
                                     const Entry &wanted)
{
    Entry entry = wanted;
    entry.runtime = runtimeOf(file);
    if (entry.runtime.empty() || (!wanted.runtime.empty() && wanted.runtime != entry.runtime))
        return std::nullopt;
    const Result<std::string> text = readFile(file, longestSource);
    if (!text)
        return std::nullopt;
    return handlerIn(*text, moduleName(file.lexically_relative(root)), file, entry, wanted.handler);
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
          std::string("app"), std::string("lambda_function"), std::string("__main__"),
          std::string("function"), std::string("func"), std::string("function_app"),
          std::string("__init__")})
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

/// With a handler given, its runtime is that of the module's file that is there, and only the
/// function's look is to be found. One that cannot be seen in the source is taken at its word.
Result<Entry> completeEntry(const fs::path &source, Entry entry)
{
    std::error_code error;
    const fs::path root = fs::is_directory(source, error) ? source : source.parent_path();
    for (const Language &language : languages()) {
        if (!entry.runtime.empty() && entry.runtime != language.runtime)
            continue;
        for (const std::string &file : moduleFiles(std::string(language.runtime), entry.handler)) {
            if (!fs::is_regular_file(root / file, error))
                continue;
            entry.runtime = language.runtime;
            const std::size_t dot = entry.handler.rfind('.');
            const Result<std::string> text = readFile(root / file, longestSource);
            const Result<std::optional<Found>> found =
                handlerIn(text.value_or(std::string()), entry.handler.substr(0, dot), root / file,
                          entry, std::string_view(entry.handler).substr(dot + 1));
            if (!found)
                return tl::unexpected(found.error());
            if (*found)
                return (*found)->entry;
            if (entry.dialect.empty())
                entry.dialect = entry.handler.ends_with(".main") ? "openwhisk" : "aws";
            const Dialect *dialect = findDialect(entry.dialect);
            entry.form = entry.form.value_or(dialect ? dialect->form : FunctionForm::Event);
            return entry;
        }
    }
    return failure(ErrorCode::SourceMissing, source.string(),
                   "no file for the handler " + entry.handler);
}

/// Of the files of a folder, the one whose handler is surest; several that are alike are refused.
Result<Entry> surestOf(std::vector<Found> found, const fs::path &source)
{
    const int most = std::ranges::max(found, {}, &Found::weight).weight;
    std::erase_if(found, [most](const Found &each) { return each.weight + 15 < most; });
    if (found.size() == 1)
        return found.front().entry;
    std::set<std::string> names;
    for (const Found &each : found)
        names.insert(each.entry.handler + " (" + each.entry.runtime + ")");
    return failure(ErrorCode::SourceAmbiguous, source.string(), listOf(names));
}

} // namespace

Result<Entry> findEntry(const fs::path &source, const Entry &wanted)
{
    std::error_code error;
    if (!fs::exists(source, error))
        return failure(ErrorCode::SourceMissing, source.string(), "no such file or folder");
    if (std::optional<Entry> other = findOtherEntry(source, wanted)) {
        const auto form = other->runtime == "service" ? FunctionForm::Service : FunctionForm::Event;
        other->form = wanted.form.value_or(form);
        return std::move(*other);
    }
    if (wanted.handler.find('.') != std::string::npos)
        return completeEntry(source, wanted);
    if (!wanted.handler.empty() && fs::is_regular_file(source, error)) {
        Entry entry = wanted;
        entry.handler = moduleName(source.filename()) + "." + wanted.handler;
        return completeEntry(source, entry);
    }

    const fs::path root = fs::is_directory(source, error) ? source : source.parent_path();
    std::vector<Found> found;
    for (const fs::path &file : candidates(source)) {
        Result<std::optional<Found>> entry = entryIn(file, root, wanted);
        if (!entry)
            return tl::unexpected(entry.error());
        if (*entry)
            found.push_back(std::move(**entry));
    }
    if (found.empty())
        return failure(ErrorCode::SourceMissing, source.string(), nothingFits(wanted));
    return surestOf(std::move(found), source);
}

std::vector<std::string> moduleFiles(const std::string &runtime, const std::string &handler)
{
    const std::size_t dot = handler.rfind('.');
    if (runtime != "python3" && runtime != "nodejs")
        return otherModuleFiles(runtime, handler);
    if (dot == std::string::npos || dot == 0)
        return {};
    std::string module = handler.substr(0, dot);
    if (runtime == "python3") {
        std::ranges::replace(module, '.', '/');
        return {module + ".py", module + "/__init__.py"};
    }
    return {module + ".js", module + ".mjs", module + ".cjs"};
}

} // namespace runtime
