#include "runtime-bridge/daemon/compiledlaunchers.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/daemon/launchers.h"
#include "runtime-bridge/daemon/process.h"

#include <cstdlib>

namespace runtime {

namespace fs = std::filesystem;
namespace asio = boost::asio;

namespace {

void replace(std::string &text, std::string_view what, std::string_view by)
{
    if (const std::size_t at = text.find(what); at != std::string::npos)
        text.replace(at, what.size(), by);
}

/// The word after \a keyword at the beginning of a line of \a text.
std::string wordAfter(const std::string &text, const std::string &keyword)
{
    std::size_t at = text.starts_with(keyword) ? 0 : text.find('\n' + keyword);
    if (at == std::string::npos)
        return {};
    at = text.find(keyword, at) + keyword.size();
    return text.substr(at, text.find_first_of(" \t\r\n;/", at) - at);
}

/// Copies the sources; there is a go.mod afterwards.
Result<> layOutGo(const fs::path &root, const fs::path &work)
{
    bool hasModule = false;
    for (const fs::path &file : filesWith(root, ".go go.mod go.sum")) {
        if (file.string().ends_with("_test.go"))
            continue;
        hasModule = hasModule || file == "go.mod";
        const Result<std::string> bytes = readFile(root / file);
        if (!bytes)
            return tl::unexpected(bytes.error());
        if (Result<> written = writeFile(work / file, *bytes); !written)
            return written;
    }
    return hasModule ? Result<>() : writeFile(work / "go.mod", "module function\n\ngo 1.18\n");
}

/// Adds our main beside or around the function: what to build.
Result<std::string> addGoMain(const WorkerTask &task, const fs::path &work, std::string client)
{
    const std::string &handler = task.spec.handler;
    const std::size_t dot = handler.rfind('.');
    const std::string function = handler.substr(dot + 1);
    const fs::path file = handler.substr(0, dot) + ".go";
    const Result<std::string> source = readFile(work / file);
    if (!source)
        return tl::unexpected(initError(task, "NoSource", "there is no file " + file.string()));
    const std::string folder = file.parent_path().string();
    const std::string package = "./" + folder;
    if (function == "main")
        return package;
    const bool isMain = wordAfter(*source, "package ") == "main";
    const std::string module = wordAfter(readFile(work / "go.mod").value_or(""), "module ");
    const std::string path = folder.empty() ? module : module + '/' + folder;
    replace(client, "IMPORT", isMain ? "" : "edgewrightFunction \"" + path + '"');
    replace(client, "FUNCTION takes", "the function takes");
    replace(client, "ValueOf(FUNCTION)",
            "ValueOf(" + (isMain ? function : "edgewrightFunction." + function) + ')');
    const fs::path main =
        isMain ? fs::path(folder) / "edgewright_main.go" : fs::path("edgewright_main/main.go");
    if (const Result<> written = writeFile(work / main, client); !written)
        return tl::unexpected(written.error());
    return isMain ? package : "./edgewright_main";
}

std::string jarsOf(const fs::path &root)
{
    std::string path;
    for (const fs::path &jar : filesWith(root, ".jar"))
        path += ':' + (root / jar).string();
    return path;
}

} // namespace

ProgramSource::Launcher goLauncher(std::shared_ptr<Compiler> compiler, fs::path shim)
{
    return [compiler, shim](const WorkerTask &task, asio::yield_context yield) -> Result<Launch> {
        const Result<std::string> program = interpreterOf("go");
        if (!program)
            return tl::unexpected(program.error());
        const Result<std::string> client = readFile(shim);
        if (!client)
            return tl::unexpected(client.error());
        BuildPlan plan;
        plan.program = *program;
        plan.endings = ".go go.mod go.sum";
        plan.recipe = *client;
        plan.environment = {"GOFLAGS=-buildvcs=false"};
        if (!std::getenv("HOME") && !std::getenv("GOCACHE"))
            plan.environment.push_back("GOCACHE=" + (shim.parent_path() / "cache").string());
        if (findProgram("gcc").empty())
            plan.environment.push_back("CGO_ENABLED=0");
        plan.prepare = [&](const fs::path &work,
                           const fs::path &out) -> Result<std::vector<std::string>> {
            if (const Result<> laid = layOutGo(task.root, work); !laid)
                return tl::unexpected(laid.error());
            const Result<std::string> package = addGoMain(task, work, *client);
            if (!package)
                return tl::unexpected(package.error());
            return std::vector<std::string>{*program, "build", "-o", (out / "function").string(),
                                            *package};
        };
        const Result<fs::path> built = compiler->build(task, plan, yield);
        if (!built)
            return tl::unexpected(built.error());
        return Launch{
            Launch::Speaks::RuntimeApi, {(*built / "function").string()}, lambdaEnvironment(task)};
    };
}

ProgramSource::Launcher javaLauncher(std::shared_ptr<Compiler> compiler, fs::path shim)
{
    return [compiler, shim](const WorkerTask &task, asio::yield_context yield) -> Result<Launch> {
        const Result<std::string> java = interpreterOf("java");
        if (!java)
            return tl::unexpected(java.error());
        BuildPlan plan;
        plan.program = (fs::path(*java).parent_path() / "javac").string();
        if (findProgram(plan.program).empty())
            return failure(
                ErrorCode::InterpreterMissing, "javac",
                "no javac beside java; the Debian package default-jdk-headless brings it");
        const std::string jars = jarsOf(task.root);
        plan.endings = ".java .jar";
        plan.recipe = shim.string(); // named by its digest
        plan.prepare = [&](const fs::path &work,
                           const fs::path &out) -> Result<std::vector<std::string>> {
            std::vector<std::string> command{plan.program, "-g",  "-d",
                                             out.string(), "-cp", out.string() + jars};
            for (const fs::path &file : filesWith(task.root, ".java")) {
                const Result<std::string> bytes = readFile(task.root / file);
                const Result<> written =
                    bytes ? writeFile(work / file, *bytes) : tl::unexpected(bytes.error());
                if (!written)
                    return tl::unexpected(written.error());
                command.push_back(file.string());
            }
            for (const char *own : {"Worker.java", "Json.java"})
                command.push_back((shim / own).string());
            return command;
        };
        const Result<fs::path> built = compiler->build(task, plan, yield);
        if (!built)
            return tl::unexpected(built.error());
        return Launch{Launch::Speaks::Frames,
                      {*java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
                       "-Xmx" + std::to_string(task.spec.memoryBytes >> 20) + 'm',
                       "--add-opens=java.base/java.io=ALL-UNNAMED", "-cp", built->string() + jars,
                       "edgewright.Worker"},
                      {}};
    };
}

} // namespace runtime
