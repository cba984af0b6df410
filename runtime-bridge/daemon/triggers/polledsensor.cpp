#include "runtime-bridge/daemon/triggers/polledsensor.h"

namespace runtime {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = TriggerTimer::Clock;

namespace {

constexpr auto lookForMissing = 1s; ///< How often, at most.

} // namespace

PolledSensor::PolledSensor(TriggerContext context, SensorTrigger trigger, std::filesystem::path sys)
    : SensorSource(std::move(context), std::move(trigger))
    , m_sys(std::move(sys))
    , m_condition(this->trigger())
{
}

void PolledSensor::start()
{
    m_thread = std::make_unique<SensorThread>(
        io(), SensorFile(trigger(), m_sys),
        [this](const Result<SensorValue> &value) { onValue(value); });
    m_timer = std::make_unique<TriggerTimer>(
        io(), trigger().every, [this](Clock::time_point, std::uint64_t) { onTick(); });
    onTick();
}

void PolledSensor::onStop()
{
    m_timer.reset();
    m_thread.reset();
}

void PolledSensor::onTick()
{
    const Clock::time_point now = Clock::now();
    if (isFrozen() || m_thread->isBusy() || (isFailing() && now - m_began < lookForMissing))
        return;
    m_began = now;
    m_thread->read();
}

void PolledSensor::onValue(const Result<SensorValue> &value)
{
    m_took = std::chrono::duration_cast<milliseconds>(Clock::now() - m_began);
    setTrouble(value ? std::string() : value.error().detail);
    if (!value || isFrozen())
        return;
    m_last = *value;
    if (isBusy() && m_condition.canSkip()) {
        if (m_condition.takesAll())
            countOverruns(1);
        return;
    }
    if (const std::string_view condition = m_condition.met(value->value); !condition.empty())
        offer(*value, condition);
}

std::string PolledSensor::work() const
{
    const std::string every = " every " + spokenDuration(trigger().every);
    if (!m_last)
        return "looks at " + trigger().channel + every;
    return "looks at " + m_last->channel + " of " + m_last->device + every +
           (m_took > trigger().every ? ", which takes " + spokenDuration(m_took) : "") + ", last " +
           numberText(m_last->value) + (m_last->unit.empty() ? "" : ' ' + m_last->unit);
}

} // namespace runtime
