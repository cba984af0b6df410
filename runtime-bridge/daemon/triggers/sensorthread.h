#pragma once

#include "runtime-bridge/daemon/triggers/sensorfile.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace runtime {

/// Reads a sensor on a thread of its own: drivers wait for their hardware.
class SensorThread
{
public:
    using Told = std::function<void(Result<SensorValue>)>;

    /// \a told is called on the runtime's thread, once for each read().
    SensorThread(boost::asio::io_context &io, SensorFile file, Told told);
    /// Waits for nothing: what a read that is under way gives is told to nobody.
    ~SensorThread();
    SensorThread(const SensorThread &) = delete;
    SensorThread &operator=(const SensorThread &) = delete;

    /// Not while it is busy.
    void read();
    [[nodiscard]] bool isBusy() const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
    bool m_isStarted = false;
};

} // namespace runtime
