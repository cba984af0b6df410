#include "runtime-bridge/controllers/functionpackage.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/controllers/zipwriter.h"
#include "runtime-bridge/function/bundle.h"

#include <nlohmann/json.hpp>

#include <QFile>

namespace runtime {

using nlohmann::json;
using Severity = PortabilityFinding::Severity;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t largestCode = 48u << 20; ///< OpenWhisk's own limit.
constexpr auto longestTimeout = 300s;
constexpr std::uint64_t largestMemory = 512ull << 20;

std::string adapterText(const char *name)
{
    QFile file(QStringLiteral(":/edgewright/adapters/") + QString::fromLatin1(name));
    const bool isThere = file.open(QIODevice::ReadOnly);
    Q_ASSERT(isThere);
    return isThere ? file.readAll().toStdString() : std::string();
}

std::string settingsText(const FunctionSpec &spec, const std::string &bundle)
{
    return json{{"name", spec.name},
                {"handler", spec.handler},
                {"dialect", spec.dialect},
                {"environment", spec.environment},
                {"memory_mb", spec.memoryBytes >> 20},
                {"timeout_ms", spec.timeout.count()},
                {"bundle", bundle}}
        .dump(1);
}

/// Whether the adapter knows how to call handlers of \a dialect.
bool isAdapted(std::string_view dialect)
{
    return dialect == "openwhisk" || dialect == "aws" || dialect == "serverless-framework";
}

std::vector<PortabilityFinding> findingsOf(const FunctionSpec &spec, std::size_t size)
{
    std::vector<PortabilityFinding> findings;
    const auto add = [&](Severity severity, std::string message) {
        findings.push_back({severity, spec.name, std::move(message)});
    };
    if (size > largestCode)
        add(Severity::Error, "The packed code is over the 48 MB that OpenWhisk takes.");
    if (!isAdapted(spec.dialect))
        add(Severity::Error, "OpenWhisk cannot call the handler of dialect " + spec.dialect +
                                 "; deploy one of dialect aws or openwhisk.");
    else if (spec.dialect != "openwhisk")
        add(Severity::Note,
            "An adapter lets OpenWhisk call the handler of dialect " + spec.dialect + '.');
    if (spec.timeout > longestTimeout)
        add(Severity::Warning, "Many installations allow no timeout above 5 minutes.");
    if (spec.memoryBytes > largestMemory)
        add(Severity::Warning, "Many installations allow no more than 512 MB of memory.");
    if (!spec.environment.empty())
        add(Severity::Note, "The environment travels inside the code.");
    for (const Trigger &trigger : spec.triggers)
        if (kindOf(trigger) != "http")
            add(Severity::Warning,
                "The trigger " + describe(trigger) + " is not deployed; the function is.");
        else
            add(Severity::Warning, "The route " + describe(trigger) +
                                       " is not deployed; the function is, as a web action.");
    return findings;
}

} // namespace

Result<FunctionPackage> createPackage(const ApplicationFunction &function)
{
    const FunctionSpec &spec = function.spec;
    const bool isPython = spec.runtime == "python3";
    if (!isPython && spec.runtime != "nodejs")
        return failure(ErrorCode::ControllerRefused, spec.name, "no action for " + spec.runtime);
    const Result<Manifest> manifest = scanBundle(spec, function.source);
    if (!manifest)
        return tl::unexpected(manifest.error());

    FunctionPackage package{spec, bundleDigest(*manifest), {}, {}, {}, {}};
    package.kind = isPython ? "python:3" : "nodejs:default";
    std::vector<ZipFile> files{
        {isPython ? "__main__.py" : "index.js",
         adapterText(isPython ? "openwhisk.py" : "openwhisk.js"), false},
        {"edgewright-adapter.json", settingsText(spec, package.bundle), false}};
    const std::filesystem::path root = bundleRoot(function.source);
    for (const BundleFile &file : manifest->files) {
        Result<std::string> bytes = readFile(root / file.path);
        if (!bytes)
            return tl::unexpected(bytes.error());
        files.push_back({"function/" + file.path, std::move(*bytes), file.executable});
    }
    Result<std::string> zip = createZip(files);
    if (!zip)
        return tl::unexpected(zip.error());
    package.zip = std::move(*zip);
    // Not of the zip, whose bytes may differ with the library that writes it.
    package.digest = digestOf(package.bundle + files[0].bytes + files[1].bytes);
    package.findings = findingsOf(spec, package.zip.size());
    return package;
}

} // namespace runtime
