#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/daemon/archive.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/whiskaction.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <algorithm>
#include <filesystem>

// functionOf(): the one part of an action that knows how our workers load code.

namespace runtime {

using nlohmann::json;

namespace {

using Files = std::vector<ArchiveFile>;

Files::iterator find(Files &files, std::string_view path)
{
    return std::ranges::find(files, path, &ArchiveFile::path);
}

/// A zip begins with these bytes, whether or not the client said that it sent one.
bool isZip(std::string_view bytes)
{
    return bytes.starts_with("PK\x03\x04");
}

/// Text as OpenWhisk takes it: for Node.js a plain function needs no export.
Files filesOfText(const WhiskAction &action, const std::string &runtime, const std::string &main)
{
    if (runtime == "python3")
        return {{"action.py", action.code, false}};
    // On a line of its own after a possible comment; the lines before keep their numbers.
    const std::string exported = "\n;if (typeof " + main + " === 'function' && !module.exports." +
                                 main + ") module.exports." + main + " = " + main + ";\n";
    return {{"action.js", action.code + exported, false}};
}

Result<std::string> moduleOfPython(Files &files)
{
    // A module of that name would be the worker's own program.
    if (const auto main = find(files, "__main__.py"); main != files.end()) {
        if (find(files, "main__.py") != files.end())
            return failure(ErrorCode::RequestInvalid, "zip", "__main__.py and main__.py");
        main->path = "main__.py";
    }
    if (find(files, "main__.py") == files.end())
        return failure(ErrorCode::RequestInvalid, "zip", "Zip file does not include __main__.py");
    return "main__";
}

Result<std::string> moduleOfNode(Files &files)
{
    std::string entry = "index.js";
    if (const auto package = find(files, "package.json"); package != files.end()) {
        const json content = readJson(package->bytes);
        if (content.is_object() && content.contains("main") && content["main"].is_string())
            entry = std::filesystem::path(content["main"].get<std::string>())
                        .lexically_normal()
                        .string();
    }
    for (const std::string &path : {entry, entry + ".js", entry + "/index.js",
                                    std::string("index.mjs"), std::string("index.cjs")})
        if (find(files, path) != files.end())
            return std::filesystem::path(path).replace_extension().string();
    return failure(ErrorCode::RequestInvalid, "zip",
                   "Zipped actions must contain either package.json or index.js at the root");
}

FunctionSpec specOf(const WhiskAction &action, const std::string &runtime)
{
    FunctionSpec spec;
    spec.name = functionNameOf(action.name);
    spec.runtime = runtime;
    spec.dialect = "openwhisk";
    spec.memoryBytes = std::uint64_t(action.memoryMb) << 20;
    spec.timeout = std::chrono::milliseconds(action.timeoutMs);
    spec.environment = {{"__OW_NAMESPACE", "guest"},
                        {"__OW_ACTION_NAME", "/guest/" + action.name},
                        {"__OW_ACTION_VERSION", action.versionText()}};
    return spec;
}

} // namespace

Result<PutRequest> functionOf(const WhiskAction &action)
{
    const std::string runtime = runtimeOfKind(action.kind);
    const std::string main = action.main.empty() ? "main" : action.main;
    PutRequest request;
    request.manifest.spec = specOf(action, runtime);

    Files files;
    Result<std::string> module = "action";
    const std::optional<std::string> bytes =
        action.code.starts_with("UEsD") ? fromBase64(action.code) : std::nullopt;
    if (bytes && isZip(*bytes)) {
        Result<Files> unpacked = unpackZip(*bytes);
        if (!unpacked)
            return tl::unexpected(unpacked.error());
        files = std::move(*unpacked);
        module = runtime == "python3" ? moduleOfPython(files) : moduleOfNode(files);
    } else {
        files = filesOfText(action, runtime, main);
    }
    if (!module)
        return tl::unexpected(module.error());

    request.manifest.spec.handler = *module + '.' + main;
    for (ArchiveFile &file : files) {
        const std::string digest = digestOf(file.bytes);
        request.manifest.files.push_back({file.path, digest, file.bytes.size(), file.executable});
        request.blobs.emplace(digest, std::move(file.bytes));
    }
    std::ranges::sort(request.manifest.files, {}, &BundleFile::path);
    return request;
}

} // namespace runtime
