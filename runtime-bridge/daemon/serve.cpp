#include "runtime-bridge/daemon/serve.h"

#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/process.h"
#include "runtime-bridge/daemon/runtimesocket.h"
#include "runtime-bridge/daemon/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>

namespace runtime {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto lockLimit = 10s; ///< For a runtime that is on its way up or down.
constexpr int pollTime = 10;    ///< Milliseconds.
constexpr off_t largestLog = 1 << 20;

bool prepareFolder(const fs::path &folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    fs::permissions(folder, fs::perms::owner_all, error);
    if (error)
        logLine(folder.string() + ": " + error.message());
    return !error;
}

/// The lock, closed when another runtime answers in this folder or the lock cannot be had.
Descriptor takeLock(const fs::path &folder, bool &answered)
{
    const auto deadline = Clock::now() + lockLimit;
    for (;;) {
        if (Descriptor lock = tryLock(folder); lock.isOpen())
            return lock;
        answered = connectToRuntime(folder).isOpen();
        if (answered || Clock::now() > deadline)
            return {};
        ::poll(nullptr, 0, pollTime);
    }
}

/// Tells systemd that the service is up (sd_notify(3)), where one waits to be told. Workers do not
/// inherit the address: what they say there would count as ours.
void tellServiceManager()
{
    const char *value = std::getenv("NOTIFY_SOCKET");
    const std::string path = value ? value : "";
    ::unsetenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (address.sun_path[0] == '@') // an abstract socket
        address.sun_path[0] = '\0';
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    constexpr std::string_view text = "READY=1";
    ::sendto(socket.get(), text.data(), text.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr *>(&address),
             socklen_t(offsetof(sockaddr_un, sun_path) + path.size()));
}

/// All that a runtime starts has it in its environment.
constexpr const char *folderVariable = "EDGEWRIGHT_RUNTIME_FOLDER";

void raiseFileLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int serveUntilEnd(const ServeOptions &options, const std::function<void()> &accepting)
{
    if (!prepareFolder(options.folder))
        return 1;
    bool answered = false;
    const Descriptor lock = takeLock(options.folder, answered);
    if (!lock.isOpen()) {
        if (answered)
            accepting();
        else
            logLine("another runtime holds " + options.folder.string());
        return answered ? 0 : 1;
    }
    ::signal(SIGPIPE, SIG_IGN);
    raiseFileLimit();
    // What a runtime that was killed here has left: processes that had slipped away from their
    // worker, which died with it.
    std::error_code ignored;
    const std::string folder = fs::weakly_canonical(options.folder, ignored).string();
    killMarked(folderVariable + ('=' + folder));
    ::setenv(folderVariable, folder.c_str(), 1);
    boost::asio::io_context io(1);
    RuntimeServer server(io, options);
    if (const Result<> started = server.start(); !started) {
        const Error &error = started.error();
        logLine(std::string(wireName(error.code)) + ": " + error.subject + ": " + error.detail);
        return 1;
    }
    accepting();
    io.run();
    // Coroutines still hold parts of the server on their stacks: everything that matters is
    // written and ended, so nothing is taken apart.
    std::_Exit(0);
}

void redirectToLog(const fs::path &folder)
{
    prepareFolder(folder);
    const std::string file = (folder / "runtime.log").string();
    struct stat status {
    };
    if (::stat(file.c_str(), &status) == 0 && status.st_size > largestLog)
        ::rename(file.c_str(), (file + ".old").c_str());
    const Descriptor log(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ::dup2(null.get(), STDIN_FILENO);
    ::dup2(log.isOpen() ? log.get() : null.get(), STDOUT_FILENO);
    ::dup2(log.isOpen() ? log.get() : null.get(), STDERR_FILENO);
}

} // namespace

int serve(const ServeOptions &options, bool logsToFile)
{
    if (logsToFile)
        redirectToLog(options.folder);
    return serveUntilEnd(options, tellServiceManager);
}

int serveDetached(const ServeOptions &options, bool isKeptAlive)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return 1;
    Descriptor reading(ends[0]), writing(ends[1]);
    const pid_t child = ::fork();
    if (child < 0)
        return 1;
    if (child > 0) {
        writing.close();
        char byte = 0;
        const bool up = ::read(reading.get(), &byte, 1) == 1;
        if (!up)
            logLine("the runtime did not start; see " + (options.folder / "runtime.log").string());
        return up ? 0 : 1;
    }
    reading.close();
    ::setsid();
    [[maybe_unused]] const int ignored = ::chdir("/");
    redirectToLog(options.folder);
    const auto serving = [&] {
        return serveUntilEnd(options, [&writing] {
            [[maybe_unused]] const ssize_t told = ::write(writing.get(), "+", 1);
            writing.close();
        });
    };
    std::_Exit(isKeptAlive ? keepAlive(serving, [&writing] { writing.close(); }) : serving());
}

} // namespace runtime
