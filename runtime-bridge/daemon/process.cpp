#include "runtime-bridge/daemon/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>

extern char **environ;

namespace runtime {

namespace {

struct ProcessInfo {
    pid_t pid = 0;
    char state = '?';
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
};

/// From /proc/<pid>/stat, whose second field, the name in brackets, may hold anything.
bool readInfo(pid_t pid, ProcessInfo &info)
{
    char path[40];
    std::snprintf(path, sizeof path, "/proc/%d/stat", int(pid));
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    char text[1024];
    const ssize_t size = file.isOpen() ? ::read(file.get(), text, sizeof text - 1) : -1;
    if (size <= 0)
        return false;
    text[size] = '\0';
    const char *after = std::strrchr(text, ')');
    int parent = 0, group = 0, session = 0;
    if (!after ||
        std::sscanf(after + 1, " %c %d %d %d", &info.state, &parent, &group, &session) != 4)
        return false;
    info.pid = pid;
    info.parent = parent;
    info.group = group;
    info.session = session;
    return true;
}

std::vector<ProcessInfo> allProcesses()
{
    std::vector<ProcessInfo> all;
    DIR *folder = ::opendir("/proc");
    if (!folder)
        return all;
    while (const dirent *entry = ::readdir(folder)) {
        const std::string_view name = entry->d_name;
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error != std::errc() || end != name.data() + name.size())
            continue;
        if (ProcessInfo info; readInfo(pid, info))
            all.push_back(info);
    }
    ::closedir(folder);
    return all;
}

std::set<pid_t> familyOf(pid_t root)
{
    const std::vector<ProcessInfo> all = allProcesses();
    std::set<pid_t> family{root};
    for (bool grown = true; grown;) {
        grown = false;
        for (const ProcessInfo &info : all) {
            const bool related =
                family.contains(info.parent) || info.session == root || info.group == root;
            if (related && info.state != 'Z' && family.insert(info.pid).second)
                grown = true;
        }
    }
    return family;
}

[[noreturn]] void becomeProgram(const ProcessPlan &plan, char *const *arguments,
                                char *const *environment, pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127); // the runtime died before the line above
    ::setsid();
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (plan.adoptsOrphans)
        ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    // First out of the way of each other, then into place.
    std::array<int, 16> moved{};
    for (std::size_t i = 0; i < plan.descriptors.size(); ++i)
        moved[i] = ::fcntl(plan.descriptors[i].first, F_DUPFD_CLOEXEC, 64);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    for (std::size_t i = 0; i < plan.descriptors.size(); ++i)
        ::dup2(moved[i], plan.descriptors[i].second);
    if (::chdir(plan.folder.empty() ? "/" : plan.folder.c_str()) != 0)
        ::_exit(126);
    ::execve(arguments[0], arguments, environment);
    ::_exit(127);
}

std::vector<char *> pointersTo(const std::vector<std::string> &texts)
{
    std::vector<char *> pointers;
    for (const std::string &text : texts)
        pointers.push_back(const_cast<char *>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

Result<pid_t> startProcess(const ProcessPlan &plan)
{
    if (plan.command.empty() || ::access(plan.command.front().c_str(), X_OK) != 0)
        return failure(ErrorCode::InterpreterMissing,
                       plan.command.empty() ? "" : plan.command.front(), std::strerror(errno));
    std::vector<std::string> environment;
    const auto replaced = [&](std::string_view entry) {
        const std::string_view name = entry.substr(0, entry.find('=') + 1);
        return std::ranges::any_of(plan.environment,
                                   [&](const std::string &own) { return own.starts_with(name); });
    };
    for (char **entry = environ; *entry; ++entry)
        if (!replaced(*entry))
            environment.emplace_back(*entry);
    environment.insert(environment.end(), plan.environment.begin(), plan.environment.end());
    const std::vector<char *> arguments = pointersTo(plan.command);
    const std::vector<char *> variables = pointersTo(environment);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0)
        becomeProgram(plan, arguments.data(), variables.data(), parent);
    if (pid < 0)
        return failure(ErrorCode::Internal, plan.command.front(), std::strerror(errno));
    return pid;
}

void killTree(pid_t pid)
{
    if (pid <= 1)
        return;
    // Stopped first, so that it can make no more children while we look for them.
    ::kill(pid, SIGSTOP);
    std::set<pid_t> killed;
    for (int round = 0; round < 20; ++round) {
        bool found = false;
        for (const pid_t member : familyOf(pid))
            if (member != pid && killed.insert(member).second) {
                ::kill(member, SIGKILL);
                found = true;
            }
        if (!found)
            break;
    }
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
}

void killMarked(const std::string &variable)
{
    const std::string wanted = '\0' + variable + '\0';
    // The same folder in a container is another folder.
    const auto fileSystemOf = [](const std::string &process) {
        std::error_code error;
        return std::filesystem::read_symlink("/proc/" + process + "/ns/mnt", error).string();
    };
    const std::string own = fileSystemOf("self");
    for (const ProcessInfo &info : allProcesses()) {
        std::ifstream file("/proc/" + std::to_string(info.pid) + "/environ", std::ios::binary);
        std::string environment(1, '\0'); // of others it cannot be read
        environment.append(std::istreambuf_iterator<char>(file), {});
        if (info.pid != ::getpid() && environment.find(wanted) != std::string::npos &&
            fileSystemOf(std::to_string(info.pid)) == own)
            ::kill(info.pid, SIGKILL);
    }
}

std::vector<pid_t> ownChildren()
{
    std::vector<pid_t> children;
    const pid_t self = ::getpid();
    for (const ProcessInfo &info : allProcesses())
        if (info.parent == self)
            children.push_back(info.pid);
    return children;
}

std::string findProgram(const std::string &name)
{
    if (name.find('/') != std::string::npos)
        return ::access(name.c_str(), X_OK) == 0 ? name : std::string();
    const char *value = std::getenv("PATH");
    std::string_view path = value ? value : "/usr/local/bin:/usr/bin:/bin";
    while (!path.empty()) {
        const std::string_view folder = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), folder.size() + 1));
        const std::string file = std::string(folder) + '/' + name;
        if (file.front() == '/' && ::access(file.c_str(), X_OK) == 0)
            return file;
    }
    return {};
}

Result<std::pair<Descriptor, Descriptor>> createSocketPair(int type)
{
    int pair[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0)
        return failure(ErrorCode::Internal, "socketpair", std::strerror(errno));
    ::fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return std::pair(Descriptor(pair[0]), Descriptor(pair[1]));
}

Result<std::pair<Descriptor, Descriptor>> createPipe()
{
    int pair[2];
    if (::pipe2(pair, O_CLOEXEC) != 0)
        return failure(ErrorCode::Internal, "pipe", std::strerror(errno));
    ::fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return std::pair(Descriptor(pair[0]), Descriptor(pair[1]));
}

} // namespace runtime
