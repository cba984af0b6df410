#include "runtime-bridge/daemon/triggers/queuesource.h"

#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

QueueSource::QueueSource(TriggerContext context, const QueueTrigger &trigger)
    : MessageSource(std::move(context), "queue", trigger.name, trigger.retry)
    , m_batch(takesSeveral("queue", this->context().dialect) ? trigger.batch : 1)
{
}

std::string QueueSource::words() const
{
    return trouble().empty() ? "waits for messages in " + queue() : trouble();
}

std::string QueueSource::eventOf(const std::vector<QueueMessage> &messages) const
{
    return queueEvent(context().function, context().dialect, messages);
}

std::string queueEvent(const std::string &function, const std::string &dialect,
                       const std::vector<QueueMessage> &messages)
{
    std::vector<EventValues> items;
    for (const QueueMessage &message : messages) {
        const json parsed = json::parse(message.body, nullptr, false);
        EventValues values{{"id", message.id},
                           {"queue", message.queue},
                           {"number", message.number},
                           {"body", message.body},
                           {"value", parsed.is_discarded() ? json(message.body) : parsed},
                           {"body_base64", toBase64(message.body)},
                           {"attempt_text", std::to_string(message.attempts)},
                           {"sent", eventTime(message.sentUs, true)},
                           {"sent_ms", message.sentUs / 1'000},
                           {"sent_ms_text", std::to_string(message.sentUs / 1'000)},
                           {"first_ms_text", std::to_string(message.firstUs / 1'000)}};
        addDigests(values, message.body);
        items.push_back(std::move(values));
    }
    return shapeEvent("queue", dialect, commonValues(function, nowUs()), items);
}

} // namespace runtime
