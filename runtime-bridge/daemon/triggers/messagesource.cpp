#include "runtime-bridge/daemon/triggers/messagesource.h"

#include "runtime-bridge/base/bytetext.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr int lookEvery = 500;             ///< Messages between two looks at the queue's length.
constexpr std::uint64_t mostKept = 20'000; ///< Then the others have to keep them.

} // namespace

MessageSource::MessageSource(TriggerContext context, std::string kind, std::string queue,
                             Retry retry)
    : TriggerSource(std::move(context))
    , m_kind(std::move(kind))
    , m_queue(std::move(queue))
    , m_retry(retry)
    , m_store(*this->context().services.queues)
    , m_wake(io())
    , m_heard(std::make_shared<std::function<void()>>([this] { m_wake.notify(); }))
{
}

void MessageSource::start()
{
    m_store.listen(m_queue, m_heard);
    startCoroutine(
        io(), [this, self = shared_from_this()](boost::asio::yield_context yield) { run(yield); });
}

void MessageSource::run(boost::asio::yield_context yield)
{
    while (!isStopped()) {
        if (isFrozen()) {
            m_wake.wait(yield);
            continue;
        }
        const Result<std::vector<QueueMessage>> messages = m_store.take(m_queue, batch());
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

void MessageSource::waitForDue(boost::asio::yield_context yield)
{
    const std::optional<std::int64_t> due = m_store.nextDue(m_queue);
    if (!due)
        return m_wake.wait(yield);
    // The machine's clock may be set meanwhile.
    const std::int64_t wait = std::clamp<std::int64_t>((*due - nowUs()) / 1'000 + 1, 1, 10'000);
    m_wake.waitFor(std::chrono::milliseconds(wait), yield);
}

void MessageSource::handle(const std::vector<QueueMessage> &messages,
                           boost::asio::yield_context yield)
{
    const Invocation invocation = fire(eventOf(messages), m_kind, yield, causeOf(messages.front()));
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

void MessageSource::onFailed(const QueueMessage &message, const std::string &why)
{
    if (message.attempts >= m_retry.attempts)
        note(m_store.bury(message, why));
    else
        note(m_store.putBack(message, backoffAfter(message.attempts, m_retry), why));
}

void MessageSource::note(const Result<> &done)
{
    const std::string trouble = done ? std::string() : done.error().detail;
    if (std::exchange(m_trouble, trouble) != trouble)
        tellChange();
}

Result<> MessageSource::keep(const std::string &body)
{
    const Result<std::string> sent = m_store.send(m_queue, body);
    if (!sent)
        return tl::unexpected(sent.error());
    ++m_unseen;
    return {};
}

bool MessageSource::hasRoom()
{
    if (m_full || m_unseen >= lookEvery) {
        m_unseen = 0;
        const std::vector<QueueState> queues = m_store.queues();
        const auto own = std::ranges::find(queues, m_queue, &QueueState::name);
        m_full = own != queues.end() && own->waiting >= mostKept;
    }
    return !m_full;
}

Result<std::string> MessageSource::secret(const std::string &name) const
{
    if (name.empty())
        return std::string();
    const auto value = context().secrets.find(name);
    if (value == context().secrets.end())
        return failure(ErrorCode::RequestInvalid, context().function,
                       "the function has no environment variable " + name);
    return value->second;
}

std::string MessageSource::clientName() const
{
    return "ew" + shortDigest(digestOf(context().services.folder.string() + m_queue), 20);
}

std::string keptQueue(const std::string &kind, const std::string &function,
                      const std::string &where)
{
    return kind + '.' + function.substr(0, 60) + '.' + shortDigest(digestOf(where), 8);
}

void addPayload(EventValues &values, const json &kept)
{
    if (const auto text = kept.find("text"); text != kept.end()) {
        const json parsed = readJson(text->get<std::string>());
        values["value"] = parsed.is_discarded() ? *text : parsed;
        values["base64"] = toBase64(text->get<std::string>());
    } else {
        values["value"] = values["base64"] = kept.value("base64", "");
    }
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
