#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace device {

/// Ends a blocking call on a socket from outside: soon after its stop was requested, or when
/// nothing came of it for too long. The socket is shut down then, so that the call fails.
class SftpWatch final
{
public:
    explicit SftpWatch(std::chrono::milliseconds silenceLimit);
    SftpWatch(const SftpWatch &) = delete;
    SftpWatch &operator=(const SftpWatch &) = delete;

    /// \a socket stays open until end().
    void begin(int socket, std::stop_token stop);
    void progress(); ///< Something came of it.
    void end();
    /// The socket of the last begin() was shut down.
    [[nodiscard]] bool hasCut() const;

private:
    using Clock = std::chrono::steady_clock;
    void run(const std::stop_token &end);

    const std::chrono::milliseconds m_silenceLimit;
    mutable std::mutex m_mutex; ///< Guards what follows.
    std::condition_variable_any m_changed;
    int m_socket = -1; ///< -1: nothing is under way.
    bool m_cut = false;
    std::stop_token m_stop;
    Clock::time_point m_lastProgress;
    std::optional<Clock::time_point> m_stoppedAt;
    std::jthread m_thread;
};

} // namespace device
