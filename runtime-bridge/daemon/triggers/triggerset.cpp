#include "runtime-bridge/daemon/triggers/triggerset.h"

namespace runtime {

void TriggerSet::arm(const std::vector<Trigger> &triggers, const TriggerContext &context)
{
    if (triggers == m_triggers && context.dialect == m_dialect && context.secrets == m_secrets)
        return;
    disarm();
    m_triggers = triggers;
    m_dialect = context.dialect;
    m_secrets = context.secrets;
    for (const Trigger &trigger : triggers)
        m_sources.push_back(createTriggerSource(trigger, context));
    for (const auto sources = m_sources; const auto &source : sources)
        if (source) {
            source->setFrozen(m_frozen);
            source->start();
        }
}

void TriggerSet::disarm()
{
    m_pastOverruns = overruns();
    m_triggers.clear();
    for (const auto &source : std::exchange(m_sources, {}))
        if (source)
            source->stop();
}

void TriggerSet::setFrozen(bool frozen)
{
    m_frozen = frozen;
    for (const auto &source : m_sources)
        if (source)
            source->setFrozen(frozen);
}

std::vector<TriggerState> TriggerSet::states() const
{
    std::vector<TriggerState> states;
    for (const auto &source : m_sources)
        states.push_back(source ? source->state() : TriggerState{"served by the gateway", false});
    return states;
}

std::uint64_t TriggerSet::overruns() const
{
    std::uint64_t count = m_pastOverruns;
    for (const auto &source : m_sources)
        if (source)
            count += source->state().overruns;
    return count;
}

} // namespace runtime
