#include "runtime-bridge/daemon/triggers/linesensor.h"

#include "runtime-bridge/daemon/coroutine.h"

namespace runtime {

using namespace std::chrono_literals;

namespace {

constexpr auto lookForLine = 1s; ///< While it is not to be had.

} // namespace

LineSensor::LineSensor(TriggerContext context, SensorTrigger trigger, GpioSystem system)
    : SensorSource(std::move(context), std::move(trigger))
    , m_system(std::move(system))
    , m_events(io())
    , m_pause(io())
{
}

void LineSensor::start()
{
    startCoroutine(io(), [this, self = shared_from_this()](boost::asio::yield_context yield) {
        follow(yield);
    });
}

void LineSensor::onStop()
{
    boost::system::error_code ignored;
    m_events.close(ignored);
    m_pause.cancel();
}

std::string LineSensor::work() const
{
    return "waits for edges of " + (m_line.empty() ? "GPIO " + trigger().channel : m_line);
}

void LineSensor::follow(boost::asio::yield_context yield)
{
    boost::system::error_code ignored;
    while (!isStopped()) {
        Result<GpioLine> line = openGpioLine(trigger(), m_system);
        setTrouble(line ? tellEdges(*line, yield) : line.error().detail);
        m_events.close(ignored);
        if (isStopped())
            return;
        m_pause.expires_after(lookForLine);
        m_pause.async_wait(yield[ignored]);
    }
}

std::string LineSensor::tellEdges(GpioLine &line, boost::asio::yield_context yield)
{
    boost::system::error_code error;
    m_events.assign(line.events.get(), error);
    if (error)
        return line.chip + ": " + error.message();
    (void)line.events.release();
    m_line = line.name + " of " + line.chip;
    setTrouble({});
    for (std::uint32_t last = 0;;) {
        m_events.async_wait(boost::asio::posix::descriptor_base::wait_read, yield[error]);
        if (error || isStopped())
            return isStopped() ? std::string() : m_line + ": " + error.message();
        const Result<std::vector<GpioEdge>> edges = readGpioEdges(m_events.native_handle(), last);
        if (!edges)
            return m_line + ": " + edges.error().detail;
        for (const GpioEdge &edge : *edges) {
            const double level = edge.isRising ? 1 : 0;
            countOverruns(edge.missed);
            offer({line.name, line.chip, level, {}, level, edge.timeUs},
                  edge.isRising ? "rising" : "falling");
        }
    }
}

} // namespace runtime
