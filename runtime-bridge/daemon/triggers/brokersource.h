#pragma once

#include "runtime-bridge/daemon/triggers/messagesource.h"
#include "runtime-bridge/daemon/triggers/sourceprogram.h"

namespace runtime {

/// Messages of a broker that edgewright-source speaks to. Each goes into a queue of the runtime's
/// own before the broker hears that it was received, so it is tried again and kept aside as those
/// of queues are.
class BrokerSource final : public MessageSource
{
public:
    BrokerSource(TriggerContext context, BrokerTrigger trigger);

    void start() override;

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override;
    void onStop() override;
    [[nodiscard]] int batch() const override { return 1; }
    [[nodiscard]] std::string eventOf(const std::vector<QueueMessage> &messages) const override;

    BrokerTrigger m_trigger;
    std::shared_ptr<SourceProgram> m_program;
    std::string m_wrong; ///< Why it cannot even be tried.
};

/// The event of \a message, whose body is what edgewright-source gave, for \a dialect.
[[nodiscard]] std::string brokerEvent(const std::string &function, const std::string &dialect,
                                      const BrokerTrigger &trigger, const QueueMessage &message);

/// A message that could come from \a trigger's broker.
[[nodiscard]] QueueMessage sampleOf(const BrokerTrigger &trigger);

} // namespace runtime
