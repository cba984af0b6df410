#include "app/cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace app {

namespace {

constexpr std::array signalsTaken{SIGINT, SIGTERM, SIGHUP};
std::array<int, 2> wakePipe{-1, -1};
volatile std::sig_atomic_t wanted = 0;

/// Only what is safe in a signal handler. The default comes back for the second signal.
void onSignal(int signal)
{
    wanted = 1;
    const int before = errno;
    [[maybe_unused]] const auto written = ::write(wakePipe[1], "", 1);
    errno = before;
    ::signal(signal, SIG_DFL);
}

} // namespace

Interrupt::Interrupt()
{
    if (::pipe2(wakePipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    m_notifier = std::make_unique<QSocketNotifier>(wakePipe[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        char byte = 0;
        while (::read(wakePipe[0], &byte, 1) > 0) {
        }
        Q_EMIT requested();
    });
    struct sigaction action {
    };
    action.sa_handler = onSignal; // without SA_RESTART, so that a waiting read comes back
    for (const int signal : signalsTaken)
        ::sigaction(signal, &action, nullptr);
}

Interrupt::~Interrupt()
{
    for (const int signal : signalsTaken)
        ::signal(signal, SIG_DFL);
}

bool Interrupt::wasRequested()
{
    return wanted != 0;
}

} // namespace app
