#pragma once

#include "runtime-bridge/daemon/triggers/gpioline.h"
#include "runtime-bridge/daemon/triggers/sensorsource.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace runtime {

/// Waits for the edges of a GPIO line. The kernel keeps them meanwhile.
class LineSensor final : public SensorSource
{
public:
    LineSensor(TriggerContext context, SensorTrigger trigger, GpioSystem system = {});

    void start() override;

private:
    [[nodiscard]] std::string work() const override;
    void onStop() override;
    void follow(boost::asio::yield_context yield);
    /// Until the line has gone: the reason.
    std::string tellEdges(GpioLine &line, boost::asio::yield_context yield);

    GpioSystem m_system;
    boost::asio::posix::stream_descriptor m_events;
    boost::asio::steady_timer m_pause;
    std::string m_line;
};

} // namespace runtime
