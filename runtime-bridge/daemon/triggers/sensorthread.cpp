#include "runtime-bridge/daemon/triggers/sensorthread.h"

#include <boost/asio/post.hpp>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace runtime {

/// Outlives the SensorThread while a read is under way.
struct SensorThread::Shared {
    Shared(boost::asio::io_context &context, SensorFile sensor, Told callback)
        : io(context), file(std::move(sensor)), told(std::move(callback))
    {
    }

    boost::asio::io_context &io; // is there until isOver
    SensorFile file;             // the thread's own
    Told told;                   // the runtime's thread's
    bool isBusy = false;         // as well

    std::mutex mutex; // guards what follows
    std::condition_variable changed;
    bool isWanted = false;
    bool isOver = false; // written by the runtime's thread only

    static void run(const std::shared_ptr<Shared> &shared);
};

void SensorThread::Shared::run(const std::shared_ptr<Shared> &shared)
{
    for (;;) {
        {
            std::unique_lock lock(shared->mutex);
            shared->changed.wait(lock, [&] { return shared->isWanted || shared->isOver; });
            if (shared->isOver)
                return;
            shared->isWanted = false;
        }
        Result<SensorValue> value = shared->file.read();
        const std::lock_guard lock(shared->mutex);
        if (shared->isOver)
            return;
        boost::asio::post(shared->io, [shared, value = std::move(value)]() mutable {
            shared->isBusy = false;
            if (!shared->isOver)
                shared->told(std::move(value));
        });
    }
}

SensorThread::SensorThread(boost::asio::io_context &io, SensorFile file, Told told)
    : m_shared(std::make_shared<Shared>(io, std::move(file), std::move(told)))
{
}

SensorThread::~SensorThread()
{
    const std::lock_guard lock(m_shared->mutex);
    m_shared->isOver = true;
    m_shared->changed.notify_one();
}

void SensorThread::read()
{
    m_shared->isBusy = true;
    try {
        if (!std::exchange(m_isStarted, true))
            std::thread([shared = m_shared] { Shared::run(shared); }).detach();
    } catch (const std::system_error &error) {
        m_isStarted = false;
        boost::asio::post(m_shared->io, [shared = m_shared, detail = std::string(error.what())] {
            shared->isBusy = false;
            if (!shared->isOver)
                shared->told(failure(ErrorCode::Internal, "sensor", detail));
        });
        return;
    }
    const std::lock_guard lock(m_shared->mutex);
    m_shared->isWanted = true;
    m_shared->changed.notify_one();
}

bool SensorThread::isBusy() const
{
    return m_shared->isBusy;
}

} // namespace runtime
