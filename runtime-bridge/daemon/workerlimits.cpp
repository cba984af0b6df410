#include "runtime-bridge/daemon/workerlimits.h"

#include "runtime-bridge/daemon/dialectenvironment.h"

#include "runtime-bridge/daemon/descriptor.h"
#include "runtime-bridge/function/runtimekind.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace runtime {

namespace {
/// An interpreter reserves stacks and arenas that it never touches.
constexpr std::uint64_t dataSlack = 96u << 20;
constexpr std::uint64_t nodeItself = 48u << 20;
constexpr std::uint64_t javaItself = 96u << 20;
constexpr std::size_t largestFamily = 1'000;
constexpr std::size_t mostFiles = 2'000;
constexpr int serviceRequests = 80; ///< As Cloud Run gives an instance.
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
    all.merge(dialectEnvironment(task));
    if (!task.packages.empty() && isService(spec)) // a worker is told otherwise
        all[spec.runtime == "nodejs" ? "NODE_PATH" : "PYTHONPATH"] =
            (spec.runtime == "nodejs" ? task.packages / "node_modules" : task.packages).string();
    for (const auto &[name, value] : spec.environment)
        all.erase(name); // the function's own word counts
    return all;
}

int capacityOf(const FunctionSpec &spec)
{
    if (!isService(spec))
        return 1;
    return spec.concurrency > 1 ? spec.concurrency : serviceRequests;
}

void limitData(pid_t pid, std::uint64_t bytes)
{
    const rlimit limit{rlim_t(bytes + dataSlack), rlim_t(bytes + dataSlack)};
    ::prlimit(pid, RLIMIT_DATA, &limit, nullptr);
}

void letOthersFinish(pid_t pid)
{
    const sched_param parameters{};
    ::sched_setscheduler(pid, SCHED_BATCH | SCHED_RESET_ON_FORK, &parameters);
}

std::uint64_t residentLimit(const FunctionSpec &spec)
{
    const std::uint64_t itself = spec.runtime == "nodejs" ? nodeItself
                                 : spec.runtime == "java" ? javaItself
                                                          : 0;
    return spec.memoryBytes + itself;
}

namespace {

std::uint64_t ownResidentKb(pid_t pid)
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

/// The children that a thread of \a pid made: the kernel lists them by thread.
std::vector<pid_t> childrenOf(pid_t pid)
{
    std::vector<pid_t> all;
    std::error_code error;
    const auto tasks = "/proc/" + std::to_string(pid) + "/task";
    for (auto thread = std::filesystem::directory_iterator(tasks, error);
         !error && thread != std::filesystem::directory_iterator(); thread.increment(error)) {
        std::ifstream file(thread->path() / "children");
        for (pid_t child = 0; file >> child;)
            all.push_back(child);
    }
    return all;
}

} // namespace

std::uint64_t folderBytes(const std::filesystem::path &folder)
{
    std::uint64_t total = 0;
    std::size_t seen = 0;
    std::error_code error;
    using Walk = std::filesystem::recursive_directory_iterator; // follows no links
    for (Walk at(folder, error); !error && at != Walk() && seen < mostFiles; at.increment(error)) {
        struct stat about {
        };
        ++seen;
        if (::lstat(at->path().c_str(), &about) == 0)
            total += std::uint64_t(about.st_blocks) * 512; // stat(2), whatever the file system's
    }
    return total;
}

std::uint64_t residentKb(pid_t pid)
{
    std::vector<pid_t> family{pid};
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < family.size() && i < largestFamily; ++i) {
        total += ownResidentKb(family[i]);
        const std::vector<pid_t> children = childrenOf(family[i]);
        family.insert(family.end(), children.begin(), children.end());
    }
    return total;
}

} // namespace runtime
