#pragma once

#include "runtime-bridge/daemon/mqtt/mqttsubscriber.h"
#include "runtime-bridge/daemon/triggers/messagesource.h"

namespace runtime {

/// Messages of an MQTT broker. Each goes into a queue of the runtime's own before the broker hears
/// that it was received, so it is tried again and kept aside as those of queues are.
class MqttSource final : public MessageSource
{
public:
    MqttSource(TriggerContext context, MqttTrigger trigger);

    void start() override;

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override;
    void onStop() override;
    [[nodiscard]] int batch() const override { return 1; }
    [[nodiscard]] std::string eventOf(const std::vector<QueueMessage> &messages) const override;

    MqttTrigger m_trigger;
    std::shared_ptr<mqtt::Subscriber> m_subscriber;
    std::string m_wrong; ///< Why it cannot even be tried.
};

/// A message as it lies in its queue.
[[nodiscard]] std::string storedMessage(const mqtt::Publication &message);

/// The event of \a message, whose body is a storedMessage(), for \a dialect.
[[nodiscard]] std::string mqttEvent(const std::string &function, const std::string &dialect,
                                    const QueueMessage &message);

} // namespace runtime
