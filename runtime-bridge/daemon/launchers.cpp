#include "runtime-bridge/daemon/launchers.h"

#include "runtime-bridge/daemon/nodestock.h"
#include "runtime-bridge/daemon/process.h"
#include "runtime-bridge/daemon/pythonparent.h"
#include "runtime-bridge/function/entry.h"
#include "runtime-bridge/function/runtimekind.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cctype>
#include <cstdlib>

namespace runtime {

namespace fs = std::filesystem;
namespace asio = boost::asio;

namespace {

bool isProgram(const fs::path &file)
{
    std::error_code error;
    return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

/// What starts the web server in \a file; empty: it is no source of a known language.
Result<std::vector<std::string>> serverCommand(const fs::path &file)
{
    const RuntimeKind *kind = runtimeKindOfEnding(file.extension().string());
    if (!kind)
        return std::vector<std::string>();
    const Result<std::string> program =
        kind->name == "python3"  ? Result<std::string>(PythonParent::interpreter())
        : kind->name == "nodejs" ? Result<std::string>(NodeStock::interpreter())
                                 : interpreterOf(kind->name);
    if (!program || program->empty())
        return program ? failure(ErrorCode::InterpreterMissing, std::string(kind->program),
                                 "the Debian package " + std::string(kind->package) + " brings it")
                       : tl::unexpected(program.error());
    if (kind->name == "php") // its own server, which takes its port from the command line
        return std::vector<std::string>{"/bin/sh", "-c", "exec \"$0\" -S \"$HOST:$PORT\" \"$1\"",
                                        *program, file.string()};
    if (kind->name == "go")
        return std::vector<std::string>{*program, "run", file.string()};
    return std::vector<std::string>{*program, file.string()};
}

} // namespace

std::vector<std::string> lambdaEnvironment(const WorkerTask &task)
{
    const FunctionSpec &spec = task.spec;
    std::vector<std::string> all{
        "_HANDLER=" + spec.handler,
        "LAMBDA_TASK_ROOT=" + task.root.string(),
        "AWS_LAMBDA_FUNCTION_NAME=" + spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION=" + std::to_string(task.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + std::to_string(spec.memoryBytes >> 20),
        "AWS_LAMBDA_LOG_GROUP_NAME=/edgewright/" + spec.name,
        "AWS_LAMBDA_LOG_STREAM_NAME=" + task.bundle,
        "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
    };
    if (!::getenv("AWS_REGION"))
        all.insert(all.end(), {"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1"});
    return all;
}

Result<std::string> interpreterOf(std::string_view runtime)
{
    const RuntimeKind *kind = findRuntimeKind(runtime);
    std::string variable = "EDGEWRIGHT_" + std::string(kind->program);
    for (char &c : variable)
        c = char(std::toupper(static_cast<unsigned char>(c)));
    const char *wanted = std::getenv(variable.c_str());
    std::string program = findProgram(wanted && *wanted ? wanted : std::string(kind->program));
    if (program.empty())
        return failure(ErrorCode::InterpreterMissing, std::string(kind->program),
                       "no " + std::string(kind->program) + " in PATH; the Debian package " +
                           std::string(kind->package) + " brings it");
    return program;
}

ProgramSource::Launcher shimLauncher(std::string_view runtime, fs::path shim)
{
    return [runtime, shim = std::move(shim)](const WorkerTask &,
                                             asio::yield_context) -> Result<Launch> {
        const Result<std::string> program = interpreterOf(runtime);
        if (!program)
            return tl::unexpected(program.error());
        return Launch{Launch::Speaks::Frames, {*program, shim.string()}, {}};
    };
}

ProgramSource::Launcher serviceLauncher()
{
    return [](const WorkerTask &task, asio::yield_context) -> Result<Launch> {
        Launch launch{
            Launch::Speaks::Http, {}, {"PYTHONUNBUFFERED=1", "K_SERVICE=" + task.spec.name}};
        std::vector<std::string> files = moduleFiles(task.spec.runtime, task.spec.handler);
        files.insert(files.begin(), task.spec.handler);
        for (const std::string &name : files) {
            const fs::path file = task.root / name;
            std::error_code error;
            if (!fs::is_regular_file(file, error))
                continue;
            Result<std::vector<std::string>> command = serverCommand(file);
            if (!command)
                return tl::unexpected(command.error());
            launch.command = std::move(*command);
            if (launch.command.empty() && isProgram(file))
                launch.command = {file.string()};
            if (launch.command.empty())
                return tl::unexpected(initError(
                    task, "NotExecutable", name + " may not be executed; chmod +x mends that"));
            return launch;
        }
        launch.command = {"/bin/sh", "-c", "exec " + task.spec.handler};
        return launch;
    };
}

Error initError(const WorkerTask &task, const std::string &type, const std::string &message)
{
    return {ErrorCode::FunctionInitFailed, task.spec.name, toJson(Fault{type, message, {}}).dump()};
}

ProgramSource::Launcher customLauncher()
{
    return [](const WorkerTask &task, asio::yield_context) -> Result<Launch> {
        for (const fs::path &file : {task.root / task.spec.handler, task.root / "bootstrap"}) {
            std::error_code error;
            if (isProgram(file))
                return Launch{Launch::Speaks::RuntimeApi, {file.string()}, lambdaEnvironment(task)};
            if (fs::is_regular_file(file, error))
                return tl::unexpected(initError(task, "NotExecutable",
                                                file.filename().string() +
                                                    " may not be executed; chmod +x mends that"));
        }
        return tl::unexpected(
            initError(task, "NoBootstrap",
                      "there is no file " + task.spec.handler + " and no bootstrap to start"));
    };
}

} // namespace runtime
