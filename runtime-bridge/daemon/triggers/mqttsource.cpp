#include "runtime-bridge/daemon/triggers/mqttsource.h"

#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

MqttSource::MqttSource(TriggerContext context, MqttTrigger trigger)
    : MessageSource(context, "mqtt",
                    keptQueue("mqtt", context.function, trigger.broker + '\n' + trigger.topic),
                    trigger.retry)
    , m_trigger(std::move(trigger))
{
}

void MqttSource::start()
{
    MessageSource::start();
    const std::optional<BrokerAddress> address = brokerAddress(m_trigger.broker);
    if (!address) {
        m_wrong = "no broker: " + m_trigger.broker;
        return;
    }
    mqtt::SubscriberOptions options;
    options.host = address->host;
    options.port = address->port;
    options.filter = m_trigger.topic;
    options.qos = m_trigger.qos;
    // The broker knows a client that comes again, and what it missed, by this name.
    options.connect.client = clientName();
    options.connect.isClean = m_trigger.qos == 0;
    options.connect.user = m_trigger.user;
    const Result<std::string> password = secret(m_trigger.password);
    if (!password) {
        m_wrong = password.error().detail;
        return;
    }
    options.connect.password = *password;
    m_subscriber = std::make_shared<mqtt::Subscriber>(
        io(), std::move(options),
        [this](const mqtt::Publication &message) { return keep(storedMessage(message)); });
    m_subscriber->mayReceive = [this] { return hasRoom(); };
    m_subscriber->changed = [this] { tellChange(); };
    m_subscriber->start();
}

void MqttSource::onStop()
{
    if (m_subscriber)
        m_subscriber->stop();
    MessageSource::onStop();
}

std::string MqttSource::words() const
{
    const std::string what = m_trigger.topic + " at " + m_trigger.broker;
    if (!m_wrong.empty() || !trouble().empty())
        return m_wrong.empty() ? trouble() : m_wrong;
    if (m_subscriber && !m_subscriber->trouble().empty())
        return what + ": " + m_subscriber->trouble();
    return m_subscriber && m_subscriber->isSubscribed() ? what : "connects for " + what;
}

bool MqttSource::isFailing() const
{
    return !m_wrong.empty() || MessageSource::isFailing() ||
           (m_subscriber && !m_subscriber->trouble().empty());
}

std::string MqttSource::eventOf(const std::vector<QueueMessage> &messages) const
{
    return mqttEvent(context().function, context().dialect, messages.front());
}

std::string storedMessage(const mqtt::Publication &message)
{
    json stored{{"topic", message.topic}, {"qos", message.qos}, {"retain", message.isRetained}};
    if (isUtf8(message.payload))
        stored["text"] = message.payload;
    else
        stored["base64"] = toBase64(message.payload);
    return stored.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string mqttEvent(const std::string &function, const std::string &dialect,
                      const QueueMessage &message)
{
    const json stored = readJson(message.body);
    EventValues values{{"id", message.id},
                       {"topic", stored.value("topic", "")},
                       {"qos", stored.value("qos", 0)},
                       {"retain", stored.value("retain", false)},
                       {"sent", eventTime(message.sentUs, true)},
                       {"sent_ms", message.sentUs / 1'000}};
    addPayload(values, stored);
    return shapeEvent("mqtt", dialect, commonValues(function, nowUs()), {values});
}

} // namespace runtime
