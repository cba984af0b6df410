#pragma once

#include "runtime-bridge/daemon/queuestore.h"
#include "runtime-bridge/daemon/triggers/triggersource.h"
#include "runtime-bridge/daemon/wake.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace runtime {

/// Gives a queue's messages to the function, one batch after the other. They are acknowledged when
/// the function succeeded, tried again after a growing while when it did not, and dead letters when
/// their attempts are over. A result with SQS's batchItemFailures fails those messages alone.
class QueueSource final : public TriggerSource
{
public:
    QueueSource(TriggerContext context, QueueTrigger trigger);

    void start() override;

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override { return !m_trouble.empty(); }
    void onStop() override { m_wake.notify(); }
    void onFrozen(bool) override { m_wake.notify(); }
    void run(boost::asio::yield_context yield);
    void waitForDue(boost::asio::yield_context yield);
    void handle(const std::vector<QueueMessage> &messages, boost::asio::yield_context yield);
    void onFailed(const QueueMessage &message, const std::string &why);
    void note(const Result<> &done);

    QueueTrigger m_trigger;
    QueueStore &m_store;
    Wake m_wake;
    std::shared_ptr<std::function<void()>> m_heard;
    std::string m_trouble; ///< Why the store cannot be read.
};

/// The event of \a messages for \a dialect.
[[nodiscard]] std::string queueEvent(const std::string &function, const std::string &dialect,
                                     const std::vector<QueueMessage> &messages);

/// The ids that \a result, the JSON text of a batch's result, tells as failed.
[[nodiscard]] std::set<std::string> failedItems(const std::string &result);

} // namespace runtime
