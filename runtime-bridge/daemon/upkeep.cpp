#include "runtime-bridge/daemon/upkeep.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/daemon/database.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/runtimeserver.h"
#include "runtime-bridge/daemon/runtimesocket.h"

#include <nlohmann/json.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace runtime {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto killAfter = 10s; ///< More than the runtime's own limit for what it runs.
constexpr int lookAgain = 10;   ///< Milliseconds.

bool isGoneBy(const fs::path &folder, Clock::time_point deadline)
{
    std::error_code error;
    if (!fs::exists(folder, error))
        return true;
    for (;;) {
        if (tryLock(folder).isOpen())
            return true;
        if (Clock::now() >= deadline)
            return false;
        ::poll(nullptr, 0, lookAgain);
    }
}

/// The process that listens on the other end.
pid_t peerOf(const Descriptor &socket)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

/// The process that would start it again, where it is one of ours.
pid_t supervisorOf(pid_t pid)
{
    const Result<std::string> status = readFile("/proc/" + std::to_string(pid) + "/status");
    const std::size_t line = status ? status->find("\nPPid:") : std::string::npos;
    const pid_t parent =
        line == std::string::npos ? 0 : pid_t(std::atoi(status->c_str() + line + 6));
    std::error_code error;
    const auto programOf = [&error](pid_t process) {
        return fs::read_symlink("/proc/" + std::to_string(process) + "/exe", error);
    };
    return parent > 1 && programOf(parent) == programOf(pid) && !error ? parent : 0;
}

json functionNames(const fs::path &folder)
{
    json names = json::array();
    const Result<std::string> text = readFile(folder / "functions.json");
    const json state = json::parse(text.value_or(""), nullptr, false);
    if (state.is_object())
        for (const json &function : state.value("functions", json::array()))
            names.push_back(function.value("name", ""));
    return names;
}

std::int64_t readingsAfter(const fs::path &file, std::uint64_t cursor)
{
    std::error_code error;
    if (!fs::exists(file, error))
        return 0;
    Database database(file);
    return Statement(database.handle(), "SELECT count(*) FROM readings WHERE cursor > ?1")
        .find(cursor)
        .value_or(0);
}

} // namespace

int checkProgram()
{
    std::error_code error;
    std::string folder = (fs::temp_directory_path(error) / "edgewright-check-XXXXXX").string();
    if (!::mkdtemp(folder.data())) {
        logLine(folder + ": cannot be made");
        return 1;
    }
    ServeOptions options;
    options.folder = folder;
    boost::asio::io_context io(1);
    RuntimeServer server(io, options);
    const Result<> started = server.start();
    if (started) {
        server.stop();
        io.run();
    } else {
        logLine(started.error().subject + ": " + started.error().detail);
    }
    fs::remove_all(folder, error);
    std::_Exit(started ? 0 : 1); // as after serving: coroutines hold parts of the server
}

int stopRuntime(const fs::path &folder, std::chrono::milliseconds patience)
{
    const auto begin = Clock::now();
    const Descriptor socket = connectToRuntime(folder);
    const pid_t pid = socket.isOpen() ? peerOf(socket) : 0;
    if (pid <= 0) { // none, or one that is ending already
        if (isGoneBy(folder, begin + killAfter))
            return 0;
        logLine("the runtime in " + folder.string() + " does not answer and does not end");
        return 1;
    }
    const pid_t supervisor = supervisorOf(pid);
    ::kill(pid, SIGTERM);
    if (isGoneBy(folder, begin + patience))
        return 0;
    ::kill(pid, SIGTERM); // the second one ends what it still runs
    if (isGoneBy(folder, begin + patience + killAfter))
        return 0;
    if (supervisor > 0)
        ::kill(supervisor, SIGKILL);
    ::kill(pid, SIGKILL);
    return isGoneBy(folder, Clock::now() + killAfter) ? 0 : 1;
}

int printKept(const fs::path &folder, std::uint64_t cursor)
try {
    const json kept{{"functions", functionNames(folder)},
                    {"readings", readingsAfter(folder / "records.sqlite", cursor)}};
    std::printf("%s\n", kept.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
    return 0;
} catch (const DatabaseError &error) {
    logLine(std::string("records.sqlite: ") + error.what());
    return 1;
}

} // namespace runtime
