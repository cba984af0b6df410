#include "runtime-bridge/daemon/diskthread.h"

#include <boost/asio/post.hpp>

#include <semaphore>

namespace runtime {

void DiskThread::post(std::function<void()> work, std::function<void()> done)
{
    const std::weak_ptr<bool> alive = m_alive;
    boost::asio::post(
        m_thread, [&io = m_io, alive, work = std::move(work), done = std::move(done)]() mutable {
            work();
            if (done)
                boost::asio::post(io, [alive, done = std::move(done)] {
                    if (alive.lock())
                        done();
                });
        });
}

void DiskThread::finish()
{
    std::binary_semaphore done(0);
    boost::asio::post(m_thread, [&done] { done.release(); });
    done.acquire();
}

} // namespace runtime
