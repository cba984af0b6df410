#include "runtime-bridge/daemon/relay.h"

#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/runtimesocket.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

namespace runtime {

namespace {

constexpr int unreachable = 3;

bool writeAll(int to, const char *bytes, std::size_t size)
{
    while (size > 0) {
        const ssize_t put = ::write(to, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        size -= std::size_t(put);
    }
    return true;
}

/// False at the end of \a from or of \a to.
bool pass(int from, int to)
{
    std::array<char, 64 << 10> buffer;
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    return got > 0 ? writeAll(to, buffer.data(), std::size_t(got)) : got < 0 && errno == EINTR;
}

} // namespace

int relay(const std::filesystem::path &folder)
{
    ::signal(SIGPIPE, SIG_IGN);
    const Descriptor socket = connectToRuntime(folder);
    if (!socket.isOpen()) {
        logLine(runtimeSocket(folder).string() + ": " + std::strerror(errno));
        return unreachable;
    }
    // Each direction blocks only while the other end does not read; the protocol's own limits keep
    // that from becoming a deadlock: a client reads while it sends.
    std::array<pollfd, 2> ends{{{STDIN_FILENO, POLLIN, 0}, {socket.get(), POLLIN, 0}}};
    for (;;) {
        if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR)
            return 1;
        if (ends[1].revents && !pass(socket.get(), STDOUT_FILENO))
            return 0;
        if (ends[0].revents && !pass(STDIN_FILENO, socket.get()))
            return 0;
    }
}

} // namespace runtime
