#include "runtime-bridge/daemon/diskthread.h"

#include <boost/asio/post.hpp>

namespace runtime {

DiskThread::DiskThread(boost::asio::io_context &io) : m_io(io), m_thread([this] { run(); }) {}

DiskThread::~DiskThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isEnding = true;
    }
    m_changed.notify_all();
    m_thread.join();
}

void DiskThread::post(std::function<void()> work, std::function<void()> done)
{
    {
        const std::lock_guard lock(m_mutex);
        m_tasks.push_back({std::move(work), std::move(done)});
    }
    m_changed.notify_all();
}

void DiskThread::finish()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_tasks.empty(); });
}

void DiskThread::run()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_changed.wait(lock, [this] { return m_isEnding || !m_tasks.empty(); });
        if (m_tasks.empty())
            return;
        const Task &task = m_tasks.front(); // stays where it is while others come behind it
        lock.unlock();
        task.work();
        lock.lock();
        if (task.done)
            boost::asio::post(m_io, [alive = std::weak_ptr(m_alive), done = task.done] {
                if (!alive.expired())
                    done();
            });
        m_tasks.pop_front();
        m_changed.notify_all();
    }
}

} // namespace runtime
