#pragma once

#include "runtime-bridge/daemon/triggers/messagesource.h"

namespace runtime {

/// A queue that functions and the command line send to.
class QueueSource final : public MessageSource
{
public:
    QueueSource(TriggerContext context, const QueueTrigger &trigger);

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] int batch() const override { return m_batch; }
    [[nodiscard]] std::string eventOf(const std::vector<QueueMessage> &messages) const override;

    int m_batch;
};

/// The event of \a messages for \a dialect.
[[nodiscard]] std::string queueEvent(const std::string &function, const std::string &dialect,
                                     const std::vector<QueueMessage> &messages);

} // namespace runtime
