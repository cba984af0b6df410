#pragma once

#include "device-manager/core/device.h"
#include "device-manager/core/sshquestion.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

struct ssh_event_struct;

namespace device {

class SshConnection;
class SshStream;

/// The one thread that a session of libssh lives on: opens it, then moves the bytes of its streams
/// until it is lost or stopped. Long writes go down in pieces, and only while little waits below,
/// so that a short message never stands behind a long one.
class SshLoop final
{
public:
    SshLoop(Device device, SshAsk ask);
    ~SshLoop(); ///< Stops.
    SshLoop(const SshLoop &) = delete;
    SshLoop &operator=(const SshLoop &) = delete;

    /// Once. \a opened is called exactly once, \a lost at most once after a success; both on the
    /// I/O thread.
    void start(std::chrono::milliseconds limit, std::function<void(runtime::Result<>)> opened,
               std::function<void(const runtime::Error &)> lost);
    /// Ends everything within a second, and the thread. Not on the I/O thread.
    void stop();
    /// From any thread. Streams added early wait for the session; after its end they fail at once.
    void add(std::shared_ptr<SshStream> stream);
    void wake();

private:
    void run(const std::stop_token &stop, std::chrono::milliseconds limit);
    void serve(const std::stop_token &stop, SshConnection &connection, ssh_event_struct *event);
    [[nodiscard]] runtime::Error lossOf(const SshConnection &connection) const;
    bool advanceStreams(SshConnection &connection);
    void finish(const runtime::Error &error);

    Device m_device;
    SshAsk m_ask;
    int m_wakeFd;
    std::function<void(runtime::Result<>)> m_opened;
    std::function<void(const runtime::Error &)> m_lost;

    std::mutex m_startMutex; ///< Guards the start against a stop on another thread.
    bool m_isStopped = false;

    std::mutex m_mutex;                              ///< Guards what follows.
    std::vector<std::shared_ptr<SshStream>> m_added; // shared with the thread that asked for them
    std::optional<runtime::Error> m_end;

    std::vector<std::shared_ptr<SshStream>> m_streams; ///< On the I/O thread alone.
    std::jthread m_thread;
};

} // namespace device
