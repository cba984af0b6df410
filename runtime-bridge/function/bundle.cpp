#include "runtime-bridge/function/bundle.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/function/filedigest.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace runtime {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

bool isLeftOut(const fs::path &path, bool folder)
{
    const std::string text = path.filename().string();
    if (text.starts_with('.'))
        return true;
    std::error_code error; // a virtual environment is of one machine
    if (folder)
        return text == "__pycache__" || fs::exists(path / "pyvenv.cfg", error);
    return text.ends_with(".pyc") || text == "edgewright.yaml";
}

bool staysInside(const std::string &path)
{
    const fs::path normal = fs::path(path).lexically_normal();
    return !path.empty() && normal.string() == path && !normal.is_absolute() &&
           *normal.begin() != ".." && path.find('\0') == std::string::npos;
}

bool pointsInside(const fs::path &link, const fs::path &root)
{
    std::error_code error;
    const fs::path target = fs::canonical(link, error);
    const fs::path base = fs::canonical(root, error);
    if (error)
        return false;
    const auto [end, _] = std::ranges::mismatch(base, target);
    return end == base.end();
}

Result<BundleFile> describeFile(const fs::path &path, std::string relative)
{
    Result<FileDigest> file = digestOfFile(path);
    if (!file)
        return tl::unexpected(file.error());
    return BundleFile{std::move(relative), std::move(file->digest), file->size, file->executable};
}

Result<std::vector<fs::path>> filesBelow(const fs::path &root)
{
    std::vector<fs::path> paths;
    std::error_code error;
    auto it = fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied,
                                               error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        const bool folder = it->is_directory(error);
        if (isLeftOut(it->path(), folder)) {
            if (folder)
                it.disable_recursion_pending();
            continue;
        }
        if (it->is_symlink(error) && !pointsInside(it->path(), root))
            return failure(ErrorCode::SourceMissing, it->path().string(),
                           "a link that leaves the function's folder");
        if (it->is_regular_file(error))
            paths.push_back(it->path());
        if (paths.size() > mostBundleFiles)
            return failure(ErrorCode::SourceMissing, root.string(), "more than 50,000 files");
    }
    if (error)
        return failure(ErrorCode::FileUnreadable, root.string(), error.message());
    return paths;
}

} // namespace

std::string bundleDigest(const Manifest &manifest)
{
    return digestOf(toJson(manifest).dump());
}

ManifestChange changeBetween(const Manifest &from, const Manifest &to)
{
    std::map<std::string, const BundleFile *> before;
    for (const BundleFile &file : from.files)
        before[file.path] = &file;
    ManifestChange change{{to.spec, {}}, {}};
    for (const BundleFile &file : to.files) {
        const auto it = before.find(file.path);
        if (it == before.end() || *it->second != file)
            change.manifest.files.push_back(file);
        if (it != before.end())
            before.erase(it);
    }
    for (const auto &[path, file] : before)
        change.removed.push_back(path);
    return change;
}

Manifest applied(const ManifestChange &change, const Manifest &from)
{
    std::map<std::string, BundleFile> files; // in the order of their paths
    for (const BundleFile &file : from.files)
        files[file.path] = file;
    for (const std::string &path : change.removed)
        files.erase(path);
    for (const BundleFile &file : change.manifest.files)
        files[file.path] = file;
    Manifest manifest{change.manifest.spec, {}};
    for (auto &[path, file] : files)
        manifest.files.push_back(std::move(file));
    return manifest;
}

json toJson(const Manifest &manifest)
{
    json files = json::array();
    for (const BundleFile &file : manifest.files)
        files.push_back({{"path", file.path},
                         {"digest", file.digest},
                         {"size", file.size},
                         {"executable", file.executable}});
    return {{"spec", toJson(manifest.spec)}, {"files", std::move(files)}};
}

Result<Manifest> manifestFromJson(const json &object)
try {
    Manifest manifest;
    Result<FunctionSpec> spec = functionSpecFromJson(object.at("spec"));
    if (!spec)
        return tl::unexpected(spec.error());
    manifest.spec = std::move(*spec);
    std::set<std::string> seen;
    for (const json &item : object.at("files")) {
        BundleFile file{item.at("path").get<std::string>(), item.at("digest").get<std::string>(),
                        item.at("size").get<std::uint64_t>(), item.value("executable", false)};
        if (!staysInside(file.path) || !isDigest(file.digest) || !seen.insert(file.path).second)
            return failure(ErrorCode::RequestInvalid, manifest.spec.name,
                           "file \"" + file.path + '"');
        manifest.files.push_back(std::move(file));
    }
    std::ranges::sort(manifest.files, {}, &BundleFile::path);
    return manifest;
} catch (const std::exception &error) {
    return failure(ErrorCode::RequestInvalid, "manifest", error.what());
}

Result<Manifest> scanBundle(const FunctionSpec &spec, const fs::path &source)
{
    Manifest manifest{spec, {}};
    std::error_code error;
    std::vector<fs::path> paths;
    if (fs::is_regular_file(source, error)) {
        paths.push_back(source);
    } else if (fs::is_directory(source, error)) {
        Result<std::vector<fs::path>> found = filesBelow(source);
        if (!found)
            return tl::unexpected(found.error());
        paths = std::move(*found);
    }
    if (paths.empty())
        return failure(ErrorCode::SourceMissing, source.string(), "no source file there");

    const fs::path root = bundleRoot(source);
    std::uint64_t total = 0;
    for (const fs::path &path : paths) {
        Result<BundleFile> file = describeFile(path, path.lexically_relative(root).string());
        if (!file)
            return tl::unexpected(file.error());
        total += file->size;
        if (total > mostBundleBytes)
            return failure(ErrorCode::SourceMissing, source.string(), "more than 4 GB");
        manifest.files.push_back(std::move(*file));
    }
    std::ranges::sort(manifest.files, {}, &BundleFile::path);
    return manifest;
}

fs::path bundleRoot(const fs::path &source)
{
    std::error_code error;
    return fs::is_directory(source, error) ? source : source.parent_path();
}

} // namespace runtime
