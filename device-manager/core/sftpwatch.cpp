#include "device-manager/core/sftpwatch.h"

#include <sys/socket.h>

namespace device {

using namespace std::chrono_literals;

namespace {

constexpr auto lookInterval = 100ms;
constexpr auto timeToStop = 600ms; ///< For a call that ends by itself, and for what it clears away.

} // namespace

SftpWatch::SftpWatch(std::chrono::milliseconds silenceLimit)
    : m_silenceLimit(silenceLimit), m_thread([this](const std::stop_token &end) { run(end); })
{
}

void SftpWatch::begin(int socket, std::stop_token stop)
{
    {
        const std::lock_guard lock(m_mutex);
        m_socket = socket;
        m_cut = false;
        m_stop = std::move(stop);
        m_lastProgress = Clock::now();
        m_stoppedAt.reset();
    }
    m_changed.notify_all();
}

void SftpWatch::progress()
{
    const std::lock_guard lock(m_mutex);
    m_lastProgress = Clock::now();
}

void SftpWatch::end()
{
    const std::lock_guard lock(m_mutex);
    m_socket = -1;
    m_stop = {};
}

bool SftpWatch::hasCut() const
{
    const std::lock_guard lock(m_mutex);
    return m_cut;
}

void SftpWatch::run(const std::stop_token &end)
{
    std::unique_lock lock(m_mutex);
    while (m_changed.wait(lock, end, [this] { return m_socket >= 0; })) {
        (void)m_changed.wait_for(lock, end, lookInterval, [this] { return m_socket < 0; });
        if (m_socket < 0 || m_cut)
            continue;
        const auto now = Clock::now();
        if (m_stop.stop_requested() && !m_stoppedAt)
            m_stoppedAt = now;
        if ((m_stoppedAt && now - *m_stoppedAt >= timeToStop) ||
            now - m_lastProgress > m_silenceLimit) {
            m_cut = true;
            ::shutdown(m_socket, SHUT_RDWR);
        }
    }
}

} // namespace device
