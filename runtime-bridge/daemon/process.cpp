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
#include <set>
#include <string_view>

extern char **environ;

namespace runtime {

namespace {

/// Runs \a use with the number of each entry of \a folder whose name is one.
template<typename Use> void forEachNumber(const char *folder, Use use)
{
    DIR *entries = ::opendir(folder);
    if (!entries)
        return;
    while (const dirent *entry = ::readdir(entries)) {
        const std::string_view name = entry->d_name;
        pid_t number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc() && end == name.data() + name.size())
            use(number);
    }
    ::closedir(entries);
}

/// The whole small file, empty when it cannot be read.
std::string textOf(const char *path)
{
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    std::string text;
    std::array<char, 4096> part;
    for (ssize_t size = 1; file.isOpen() && size > 0;) {
        size = ::read(file.get(), part.data(), part.size());
        text.append(part.data(), std::size_t(std::max<ssize_t>(size, 0)));
    }
    return text;
}

/// From /proc/<pid>/stat, whose second field, the name in brackets, may hold anything. 0 when
/// there is no such process.
pid_t parentOf(pid_t pid)
{
    char path[40];
    std::snprintf(path, sizeof path, "/proc/%d/stat", int(pid));
    const std::string text = textOf(path);
    const std::size_t after = text.rfind(')');
    int parent = 0;
    return after != std::string::npos && std::sscanf(&text[after + 1], " %*c %d", &parent) == 1
               ? parent
               : 0;
}

std::vector<pid_t> allProcesses()
{
    std::vector<pid_t> all;
    forEachNumber("/proc", [&](pid_t pid) { all.push_back(pid); });
    return all;
}

/// Direct children of \a pid. One that ends at this moment can hide a sibling, so who must miss
/// none asks until nothing new comes.
std::vector<pid_t> childrenOf(pid_t pid)
{
    std::vector<pid_t> children;
    // Looking at every process takes a millisecond with a hundred of them; the kernel's own list,
    // which not every kernel has, a few microseconds.
    static const bool hasLists = ::access("/proc/thread-self/children", F_OK) == 0;
    if (!hasLists) {
        for (const pid_t other : allProcesses())
            if (parentOf(other) == pid)
                children.push_back(other);
        return children;
    }
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    forEachNumber(tasks.c_str(), [&](pid_t task) {
        const std::string text = textOf((tasks + '/' + std::to_string(task) + "/children").c_str());
        for (const char *at = text.data(), *end = at + text.size(); at < end; ++at) {
            pid_t child = 0;
            at = std::from_chars(at, end, child).ptr;
            if (child > 0)
                children.push_back(child);
        }
    });
    return children;
}

/// Every descendant of \a root, and of those who lost their parent and became ours what is of
/// root's session or group.
std::set<pid_t> familyOf(pid_t root)
{
    std::set<pid_t> family;
    std::vector<pid_t> open{root};
    for (const pid_t orphan : ownChildren())
        if (orphan != root && (::getsid(orphan) == root || ::getpgid(orphan) == root))
            open.push_back(orphan);
    while (!open.empty()) {
        const pid_t member = open.back();
        open.pop_back();
        if (!family.insert(member).second)
            continue;
        for (const pid_t child : childrenOf(member))
            open.push_back(child);
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
    for (const pid_t pid : allProcesses()) {
        const std::string process = std::to_string(pid); // of others it cannot be read
        const std::string environment = '\0' + textOf(("/proc/" + process + "/environ").c_str());
        if (pid != ::getpid() && environment.find(wanted) != std::string::npos &&
            fileSystemOf(process) == own)
            ::kill(pid, SIGKILL);
    }
}

std::vector<pid_t> ownChildren()
{
    return childrenOf(::getpid());
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
