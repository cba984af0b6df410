#include "runtime-bridge/function/openapplication.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/importers/importer.h"

#include <algorithm>
#include <array>

namespace runtime {

namespace fs = std::filesystem;

using importers::Document;
using importers::Import;
using importers::Importer;

namespace {

constexpr std::size_t longest = 1u << 20;

fs::path wholePath(const fs::path &folder)
{
    std::error_code error;
    const fs::path whole = fs::absolute(folder, error).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
}

/// A file of another tool, and who reads it.
struct Found {
    fs::path file;
    const Importer *importer = nullptr;
    Document document;
};

/// What \a file is, if its name is one of \a importer's.
std::optional<Found> examine(const Importer &importer, const fs::path &file)
{
    if (std::ranges::find(importer.fileNames(), file.filename().string()) ==
        importer.fileNames().end())
        return std::nullopt;
    const Result<std::string> text = readFile(file, longest);
    if (!text)
        return std::nullopt;
    Found found{file, &importer, importers::readDocument(*text, file)};
    // A broken file cannot be recognized; its name must do.
    if (found.document.problems.empty() && !importer.recognizes(found.document.root))
        return std::nullopt;
    return found;
}

std::optional<Found> findOther(const fs::path &folder)
{
    std::error_code error;
    for (const Importer *importer : importers::importers())
        for (const std::string_view name : importer->fileNames())
            if (const fs::path file = folder / name; fs::is_regular_file(file, error))
                if (std::optional<Found> found = examine(*importer, file))
                    return found;
    return std::nullopt;
}

ParsedApplication read(const Found &found)
{
    Import import(wholePath(found.file.parent_path()), found.file);
    if (!found.document.problems.empty()) {
        ParsedApplication parsed = import.finish();
        parsed.problems = found.document.problems;
        return parsed;
    }
    found.importer->read(found.document.root, import);
    return import.finish();
}

Result<ParsedApplication> readOurs(const fs::path &file)
{
    const Result<std::string> text = readFile(file, longest);
    if (!text)
        return tl::unexpected(text.error());
    return parseApplication(*text, file.parent_path());
}

/// A form of an application that only its own program can read.
std::string unreadableForm(const fs::path &folder)
{
    std::error_code error;
    for (const char *name : {"serverless.ts", "serverless.js", "serverless.mjs", "serverless.cjs"})
        if (fs::exists(folder / name, error))
            return std::string(name) + " is a program, which is not run to read it; write it as "
                                       "serverless.yml with \"serverless print\"";
    return {};
}

} // namespace

fs::path applicationFileOf(const fs::path &folder)
{
    std::error_code error;
    const fs::path ours = wholePath(folder) / applicationFileName;
    if (fs::exists(ours, error))
        return ours;
    const std::optional<Found> other = findOther(wholePath(folder));
    return other ? other->file : fs::path();
}

Result<ParsedApplication> openApplication(const fs::path &folder)
{
    std::error_code error;
    const fs::path ours = wholePath(folder) / applicationFileName;
    if (fs::exists(ours, error))
        return readOurs(ours);
    if (const std::optional<Found> other = findOther(wholePath(folder)))
        return read(*other);
    return failure(ErrorCode::ApplicationMissing, folder.string(),
                   unreadableForm(wholePath(folder)));
}

Result<ParsedApplication> readApplicationFile(const fs::path &file)
{
    const fs::path whole = wholePath(file);
    if (whole.filename() == applicationFileName)
        return readOurs(whole);
    if (const Result<std::string> text = readFile(whole, longest); !text)
        return tl::unexpected(text.error());
    for (const Importer *importer : importers::importers())
        if (const std::optional<Found> found = examine(*importer, whole))
            return read(*found);
    std::string names;
    for (const Importer *importer : importers::importers())
        names += (names.empty() ? "" : ", ") + std::string(importer->fileNames().front());
    return failure(ErrorCode::ApplicationInvalid, file.string(),
                   "it is none of the files that can be read: " + names);
}

Result<Application> loadApplication(const fs::path &folder)
{
    Result<ParsedApplication> parsed = openApplication(folder);
    if (!parsed)
        return tl::unexpected(parsed.error());
    if (parsed->isUsable())
        return std::move(parsed->application);
    std::string lines;
    for (const Problem &problem : parsed->problems)
        if (!problem.warning)
            lines += (lines.empty() ? "" : "\n") + std::to_string(problem.line) + ":" +
                     std::to_string(problem.column) + ": " + problem.message;
    return failure(ErrorCode::ApplicationInvalid, parsed->file.string(), std::move(lines));
}

} // namespace runtime
