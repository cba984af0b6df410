#include "runtime-bridge/daemon/supervisor.h"

#include "runtime-bridge/daemon/log.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>

namespace runtime {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds firstPause = 1s;
constexpr std::chrono::milliseconds longestPause = 1min; ///< And how long a good run lasts.
constexpr int couldNotStart = 1;

volatile std::sig_atomic_t wasToldToEnd = 0;
volatile pid_t served = 0;

void passOn(int signal)
{
    wasToldToEnd = 1;
    if (served > 0)
        ::kill(served, signal);
}

void handleEndings(void (*handler)(int))
{
    struct sigaction action {
    };
    action.sa_handler = handler;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

/// The status that waitpid() gave.
int runOnce(const std::function<int()> &serve, const std::function<void()> &started)
{
    sigset_t endings, before;
    sigemptyset(&endings);
    sigaddset(&endings, SIGTERM);
    sigaddset(&endings, SIGINT);
    ::sigprocmask(SIG_BLOCK, &endings, &before); // none may come before the child's id is known
    const pid_t child = ::fork();
    if (child == 0) {
        handleEndings(SIG_DFL);
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        std::_Exit(serve());
    }
    served = child;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    started();
    int status = -1;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    served = 0;
    return status;
}

std::string wordsFor(int status)
{
    return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                               : "status " + std::to_string(WEXITSTATUS(status));
}

} // namespace

int keepAlive(const std::function<int()> &serve, const std::function<void()> &started)
{
    handleEndings(passOn);
    auto pause = firstPause;
    for (bool isFirst = true;; isFirst = false) {
        const auto begin = std::chrono::steady_clock::now();
        const int status = runOnce(
            serve, isFirst ? started : [] {});
        const bool hasExited = WIFEXITED(status);
        if (wasToldToEnd || (hasExited && WEXITSTATUS(status) == 0))
            return 0;
        if (isFirst && hasExited && WEXITSTATUS(status) == couldNotStart)
            return couldNotStart;
        if (std::chrono::steady_clock::now() - begin > longestPause)
            pause = firstPause;
        logLine("the runtime ended with " + wordsFor(status) + " and is started again in " +
                std::to_string(pause / 1s) + " s");
        ::poll(nullptr, 0, int(pause.count())); // a signal ends it
        if (wasToldToEnd)
            return 0;
        pause = std::min(pause * 2, longestPause);
    }
}

} // namespace runtime
