#pragma once

#include "runtime-bridge/daemon/queuestore.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"
#include "runtime-bridge/daemon/triggers/triggersource.h"
#include "runtime-bridge/daemon/wake.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace runtime {

/// Gives the messages of one of the runtime's queues to the function, one batch after the other.
/// They are acknowledged when the function succeeded, tried again after a growing while when it did
/// not, and dead letters when their attempts are over. A result with SQS's batchItemFailures fails
/// those messages alone.
class MessageSource : public TriggerSource
{
public:
    /// \a kind: of the trigger, see kindOf().
    MessageSource(TriggerContext context, std::string kind, std::string queue, Retry retry);

    void start() override;

protected:
    /// Messages at most in one event.
    [[nodiscard]] virtual int batch() const = 0;
    [[nodiscard]] virtual std::string eventOf(const std::vector<QueueMessage> &messages) const = 0;
    [[nodiscard]] bool isFailing() const override { return !m_trouble.empty(); }
    void onStop() override { m_wake.notify(); }
    void onFrozen(bool) override { m_wake.notify(); }

    [[nodiscard]] const std::string &queue() const { return m_queue; }
    [[nodiscard]] QueueStore &store() const { return m_store; }
    /// Why the store cannot be read or written; empty: it can.
    [[nodiscard]] const std::string &trouble() const { return m_trouble; }
    void note(const Result<> &done);

    /// For those that fill their queue with what they get from elsewhere.
    [[nodiscard]] Result<> keep(const std::string &body);
    /// Whether the queue takes more; else it stays where it is meanwhile.
    [[nodiscard]] bool hasRoom();
    /// The value of the function's environment variable \a name; empty for no name.
    [[nodiscard]] Result<std::string> secret(const std::string &name) const;
    /// Under this name others know this trigger of this runtime again.
    [[nodiscard]] std::string clientName() const;

private:
    void run(boost::asio::yield_context yield);
    void waitForDue(boost::asio::yield_context yield);
    void handle(const std::vector<QueueMessage> &messages, boost::asio::yield_context yield);
    void onFailed(const QueueMessage &message, const std::string &why);

    std::string m_kind;
    std::string m_queue;
    Retry m_retry;
    QueueStore &m_store;
    Wake m_wake;
    std::shared_ptr<std::function<void()>> m_heard;
    std::string m_trouble;
    int m_unseen = 0; ///< Messages kept since the queue's length was looked at.
    bool m_full = false;
};

/// The queue in which wait the messages that a function's trigger gets from \a where.
[[nodiscard]] std::string keptQueue(const std::string &kind, const std::string &function,
                                    const std::string &where);

/// "value" and "base64" of a kept message's "text" or "base64".
void addPayload(EventValues &values, const nlohmann::json &kept);

/// The ids that \a result, the JSON text of a batch's result, tells as failed.
[[nodiscard]] std::set<std::string> failedItems(const std::string &result);

} // namespace runtime
