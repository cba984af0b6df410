#include "runtime-bridge/daemon/workerlimits.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace runtime {

namespace {
/// An interpreter reserves stacks and arenas that it never touches.
constexpr std::uint64_t dataSlack = 96u << 20;
constexpr std::uint64_t nodeItself = 48u << 20;
} // namespace

std::map<std::string, std::string> workerEnvironment(const WorkerTask &task,
                                                     const std::filesystem::path &temporaryFolder)
{
    const FunctionSpec &spec = task.spec;
    std::map<std::string, std::string> all{
        {"TMPDIR", temporaryFolder.string()},
        {"EDGEWRIGHT_FUNCTION", spec.name},
        {"EDGEWRIGHT_BUNDLE", task.bundle},
    };
    if (spec.dialect == "openwhisk") {
        all["__OW_ACTION_NAME"] = "/_/" + spec.name;
        all["__OW_ACTION_VERSION"] = "0.0." + std::to_string(task.version);
        all["__OW_NAMESPACE"] = "_";
    } else {
        all["AWS_LAMBDA_FUNCTION_NAME"] = spec.name;
        all["AWS_LAMBDA_FUNCTION_VERSION"] = std::to_string(task.version);
        all["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(spec.memoryBytes >> 20);
        all["LAMBDA_TASK_ROOT"] = task.root.string();
        all["_HANDLER"] = spec.handler;
    }
    for (const auto &[name, value] : spec.environment)
        all.erase(name); // the function's own word counts
    return all;
}

void limitData(pid_t pid, std::uint64_t bytes)
{
    const rlimit limit{rlim_t(bytes + dataSlack), rlim_t(bytes + dataSlack)};
    ::prlimit(pid, RLIMIT_DATA, &limit, nullptr);
}

std::uint64_t residentLimit(const FunctionSpec &spec)
{
    return spec.memoryBytes + (spec.runtime == "nodejs" ? nodeItself : 0);
}

std::uint64_t residentKb(pid_t pid)
{
    char path[40];
    std::snprintf(path, sizeof path, "/proc/%d/statm", int(pid));
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    char text[128];
    const ssize_t size = file.isOpen() ? ::read(file.get(), text, sizeof text - 1) : -1;
    if (size <= 0)
        return 0;
    text[size] = '\0';
    unsigned long long total = 0, resident = 0;
    if (std::sscanf(text, "%llu %llu", &total, &resident) != 2)
        return 0;
    static const auto pageKb = std::uint64_t(::sysconf(_SC_PAGESIZE)) / 1024;
    return resident * pageKb;
}

bool ranOutOfMemory(int status, std::string_view lastError)
{
    // V8 says so and aborts.
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGTRAP) &&
           lastError.find("out of memory") != std::string_view::npos;
}

} // namespace runtime
