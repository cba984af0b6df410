#include "runtime-bridge/daemon/children.h"

#include "runtime-bridge/daemon/process.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>

namespace runtime {

Children::Children(boost::asio::io_context &io) : m_signals(io, SIGCHLD)
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    waitForSignal();
}

void Children::watch(pid_t pid, Ended ended)
{
    m_watched[pid] = std::move(ended);
}

void Children::reportEnd(pid_t pid, int status)
{
    const auto it = m_watched.find(pid);
    if (it == m_watched.end())
        return;
    const Ended ended = std::move(it->second);
    m_watched.erase(it);
    ended(status);
}

void Children::killOrphans()
{
    for (const pid_t child : ownChildren())
        if (!m_watched.contains(child))
            killTree(child);
}

void Children::killAll()
{
    for (const auto &[pid, ended] : m_watched)
        killTree(pid);
    killOrphans();
}

void Children::waitForSignal()
{
    m_signals.async_wait([this](const boost::system::error_code &error, int) {
        if (error)
            return;
        collect();
        waitForSignal();
    });
}

void Children::collect()
{
    int status = 0;
    while (const pid_t pid = ::waitpid(-1, &status, WNOHANG)) {
        if (pid < 0)
            break;
        reportEnd(pid, status);
    }
}

} // namespace runtime
