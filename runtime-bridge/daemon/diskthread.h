#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>

namespace runtime {

/// Does what waits for a disk on a thread of its own, one after the other: a memory card takes tens
/// of milliseconds for what must survive a power cut, in which the runtime's thread goes on.
class DiskThread
{
public:
    explicit DiskThread(boost::asio::io_context &io) : m_io(io) {}
    /// Waits for everything that was posted.
    ~DiskThread() { m_thread.join(); }

    /// \a done is called on the runtime's thread, unless this has gone.
    void post(std::function<void()> work, std::function<void()> done = {});
    /// Blocks until everything is done that was posted so far.
    void finish();

private:
    boost::asio::io_context &m_io;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
    boost::asio::thread_pool m_thread{1};
};

} // namespace runtime
