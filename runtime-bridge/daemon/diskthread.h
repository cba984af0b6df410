#pragma once

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace runtime {

/// Does what waits for a disk on a thread of its own, one after the other: a memory card takes tens
/// of milliseconds for what must survive a power cut, in which the runtime's thread goes on.
class DiskThread
{
public:
    explicit DiskThread(boost::asio::io_context &io);
    /// Waits for everything that was posted.
    ~DiskThread();
    DiskThread(const DiskThread &) = delete;
    DiskThread &operator=(const DiskThread &) = delete;

    /// \a done is called on the runtime's thread, unless this has gone.
    void post(std::function<void()> work, std::function<void()> done = {});
    /// Blocks until everything is done that was posted so far.
    void finish();

private:
    struct Task {
        std::function<void()> work, done;
    };

    void run();

    boost::asio::io_context &m_io;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Task> m_tasks; ///< The first one is under way.
    bool m_isEnding = false;
    std::thread m_thread;
};

} // namespace runtime
