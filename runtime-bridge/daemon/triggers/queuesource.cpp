#include "runtime-bridge/daemon/triggers/queuesource.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using namespace std::chrono_literals;
using nlohmann::json;

QueueSource::QueueSource(TriggerContext context, QueueTrigger trigger)
    : TriggerSource(std::move(context))
    , m_trigger(std::move(trigger))
    , m_store(*this->context().services.queues)
    , m_wake(io())
    , m_heard(std::make_shared<std::function<void()>>([this] { m_wake.notify(); }))
{
}

void QueueSource::start()
{
    m_store.listen(m_trigger.name, m_heard);
    startCoroutine(
        io(), [this, self = shared_from_this()](boost::asio::yield_context yield) { run(yield); });
}

std::string QueueSource::words() const
{
    return m_trouble.empty() ? "waits for messages in " + m_trigger.name : m_trouble;
}

void QueueSource::run(boost::asio::yield_context yield)
{
    const int batch = takesSeveral("queue", context().dialect) ? m_trigger.batch : 1;
    while (!isStopped()) {
        if (isFrozen()) {
            m_wake.wait(yield);
            continue;
        }
        const Result<std::vector<QueueMessage>> messages = m_store.take(m_trigger.name, batch);
        if (!messages) {
            note(tl::unexpected(messages.error()));
            m_wake.waitFor(1s, yield);
        } else if (messages->empty()) {
            waitForDue(yield);
        } else {
            handle(*messages, yield);
        }
    }
}

void QueueSource::waitForDue(boost::asio::yield_context yield)
{
    const std::optional<std::int64_t> due = m_store.nextDue(m_trigger.name);
    if (!due)
        return m_wake.wait(yield);
    // The machine's clock may be set meanwhile.
    const std::int64_t wait = std::clamp<std::int64_t>((*due - nowUs()) / 1'000 + 1, 1, 10'000);
    m_wake.waitFor(std::chrono::milliseconds(wait), yield);
}

void QueueSource::handle(const std::vector<QueueMessage> &messages,
                         boost::asio::yield_context yield)
{
    const Invocation invocation =
        fire(queueEvent(context().function, context().dialect, messages), "queue", yield);
    const bool isWell = invocation.outcome == Outcome::Result;
    const std::set<std::string> failed =
        isWell ? failedItems(invocation.result) : std::set<std::string>();
    for (const QueueMessage &message : messages) {
        if (invocation.outcome == Outcome::Cancelled)
            note(m_store.putBack(message, 0ms, {}));
        else if (!isWell)
            onFailed(message,
                     std::string(wireName(invocation.outcome)) + ": " + invocation.fault.message);
        else if (failed.contains(message.id))
            onFailed(message, "told as failed by the function");
        else
            note(m_store.acknowledge(message));
    }
}

void QueueSource::onFailed(const QueueMessage &message, const std::string &why)
{
    if (message.attempts >= m_trigger.retry.attempts)
        note(m_store.bury(message, why));
    else
        note(m_store.putBack(message, backoffAfter(message.attempts, m_trigger.retry), why));
}

void QueueSource::note(const Result<> &done)
{
    const std::string trouble = done ? std::string() : done.error().detail;
    if (std::exchange(m_trouble, trouble) != trouble)
        tellChange();
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

std::set<std::string> failedItems(const std::string &result)
{
    std::set<std::string> ids;
    const json value = json::parse(result, nullptr, false);
    if (!value.is_object())
        return ids;
    for (const json &item : value.value("batchItemFailures", json::array()))
        if (item.is_object() && item.contains("itemIdentifier") &&
            item["itemIdentifier"].is_string())
            ids.insert(item["itemIdentifier"].get<std::string>());
    return ids;
}

} // namespace runtime
