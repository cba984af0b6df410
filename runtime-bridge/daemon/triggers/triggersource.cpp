#include "runtime-bridge/daemon/triggers/triggersource.h"

#include "runtime-bridge/daemon/triggers/brokersource.h"
#include "runtime-bridge/daemon/triggers/linesensor.h"
#include "runtime-bridge/daemon/triggers/logsource.h"
#include "runtime-bridge/daemon/triggers/mqttsource.h"
#include "runtime-bridge/daemon/triggers/objectsource.h"
#include "runtime-bridge/daemon/triggers/polledsensor.h"
#include "runtime-bridge/daemon/triggers/queuesource.h"
#include "runtime-bridge/daemon/triggers/sqlitesource.h"
#include "runtime-bridge/daemon/triggers/timersource.h"

namespace runtime {

void TriggerSource::stop()
{
    m_stopped = true;
    onStop();
}

void TriggerSource::setFrozen(bool frozen)
{
    if (m_frozen == frozen)
        return;
    m_frozen = frozen;
    onFrozen(frozen);
}

TriggerState TriggerSource::state() const
{
    return {words(), isFailing(), m_events, m_overruns, m_errors};
}

Invocation TriggerSource::fire(std::string event, const std::string &kind,
                               boost::asio::yield_context yield, const Trace &cause)
{
    ++m_events;
    Invocation invocation =
        m_context.invoke({m_context.function, std::move(event), kind, {}, cause}, yield);
    if (invocation.outcome != Outcome::Result)
        ++m_errors;
    return invocation;
}

void TriggerSource::tellChange() const
{
    if (!m_stopped && m_context.changed)
        m_context.changed();
}

std::map<std::string, std::string> secretsOf(const FunctionSpec &spec)
{
    std::map<std::string, std::string> secrets;
    for (const Trigger &trigger : spec.triggers)
        if (const auto value = spec.environment.find(passwordNameOf(trigger));
            value != spec.environment.end())
            secrets.insert(*value);
    return secrets;
}

std::vector<std::string> secretNamesOf(const FunctionSpec &spec)
{
    std::vector<std::string> names;
    for (const Trigger &trigger : spec.triggers) {
        if (const auto *mqtt = std::get_if<MqttTrigger>(&trigger))
            names.push_back(mqtt->password);
        else if (const auto *http = std::get_if<HttpTrigger>(&trigger))
            names.push_back(http->secret);
    }
    return names;
}

std::shared_ptr<TriggerSource> createTriggerSource(const Trigger &trigger, TriggerContext context)
{
    if (const auto *timer = std::get_if<TimerTrigger>(&trigger))
        return std::make_shared<TimerSource>(std::move(context), *timer);
    if (const auto *object = std::get_if<ObjectTrigger>(&trigger))
        return std::make_shared<ObjectSource>(std::move(context), *object);
    if (const auto *queue = std::get_if<QueueTrigger>(&trigger))
        return std::make_shared<QueueSource>(std::move(context), *queue);
    if (const auto *mqtt = std::get_if<MqttTrigger>(&trigger))
        return std::make_shared<MqttSource>(std::move(context), *mqtt);
    if (const auto *broker = std::get_if<BrokerTrigger>(&trigger))
        return std::make_shared<BrokerSource>(std::move(context), *broker);
    if (const auto *log = std::get_if<LogTrigger>(&trigger))
        return std::make_shared<LogSource>(std::move(context), *log);
    if (const auto *rows = std::get_if<SqliteTrigger>(&trigger))
        return std::make_shared<SqliteSource>(std::move(context), *rows);
    if (const auto *sensor = std::get_if<SensorTrigger>(&trigger)) {
        if (sensor->kind == "gpio")
            return std::make_shared<LineSensor>(std::move(context), *sensor);
        return std::make_shared<PolledSensor>(std::move(context), *sensor);
    }
    return nullptr;
}

} // namespace runtime
