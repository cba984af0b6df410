#include "runtime-bridge/daemon/triggers/mqttsource.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using nlohmann::json;

namespace {

constexpr int lookEvery = 500;             ///< Messages between two looks at the queue's length.
constexpr std::uint64_t mostKept = 20'000; ///< Then the broker has to keep them.

std::string shortDigest(const std::string &text, std::size_t size)
{
    return digestOf(text).substr(7, size); // after "sha256:"
}

} // namespace

std::string mqttQueue(const std::string &function, const MqttTrigger &trigger)
{
    return "mqtt." + function.substr(0, 60) + '.' +
           shortDigest(trigger.broker + '\n' + trigger.topic, 8);
}

MqttSource::MqttSource(TriggerContext context, MqttTrigger trigger)
    : MessageSource(context, "mqtt", mqttQueue(context.function, trigger), trigger.retry)
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
    mqtt::SubscriberOptions options{
        address->host, address->port, {}, m_trigger.topic, m_trigger.qos};
    // The broker knows a client that comes again, and what it missed, by this name.
    options.connect.client = "ew" + shortDigest(context().services.folder.string() + queue(), 20);
    options.connect.isClean = m_trigger.qos == 0;
    options.connect.user = m_trigger.user;
    if (!m_trigger.password.empty()) {
        const auto password = context().secrets.find(m_trigger.password);
        if (password == context().secrets.end()) {
            m_wrong = "the function has no environment variable " + m_trigger.password;
            return;
        }
        options.connect.password = password->second;
    }
    m_subscriber = std::make_shared<mqtt::Subscriber>(
        io(), std::move(options),
        [this](const mqtt::Publication &message) { return keep(message); });
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

Result<> MqttSource::keep(const mqtt::Publication &message)
{
    const Result<std::string> sent = store().send(queue(), storedMessage(message));
    if (!sent)
        return tl::unexpected(sent.error());
    ++m_unseen;
    return {};
}

bool MqttSource::hasRoom()
{
    if (m_full || m_unseen >= lookEvery) {
        m_unseen = 0;
        const std::vector<QueueState> queues = store().queues();
        const auto own = std::ranges::find(queues, queue(), &QueueState::name);
        m_full = own != queues.end() && own->waiting >= mostKept;
    }
    return !m_full;
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
    if (const auto text = stored.find("text"); text != stored.end()) {
        const json parsed = readJson(text->get<std::string>());
        values["value"] = parsed.is_discarded() ? *text : parsed;
        values["base64"] = toBase64(text->get<std::string>());
    } else {
        values["value"] = values["base64"] = stored.value("base64", "");
    }
    return shapeEvent("mqtt", dialect, commonValues(function, nowUs()), {values});
}

} // namespace runtime
