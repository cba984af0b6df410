#pragma once

#include "runtime-bridge/daemon/triggers/triggersource.h"

#include <memory>
#include <vector>

namespace runtime {

/// The triggers of one function, armed together.
class TriggerSet
{
public:
    TriggerSet() = default;
    ~TriggerSet() { disarm(); }
    TriggerSet(const TriggerSet &) = delete;
    TriggerSet &operator=(const TriggerSet &) = delete;

    /// Arms \a triggers. Those that are armed already, for the same dialect, go on undisturbed.
    void arm(const std::vector<Trigger> &triggers, const TriggerContext &context);
    void disarm();
    void setFrozen(bool frozen);

    /// In the order of the function's triggers; empty while disarmed.
    [[nodiscard]] std::vector<TriggerState> states() const;
    /// Since the function is here.
    [[nodiscard]] std::uint64_t overruns() const;

private:
    std::vector<Trigger> m_triggers;
    std::vector<std::shared_ptr<TriggerSource>> m_sources; ///< As many; null for http.
    std::string m_dialect;
    std::map<std::string, std::string> m_secrets;
    std::uint64_t m_pastOverruns = 0; ///< Of sources that have gone.
    bool m_frozen = false;
};

} // namespace runtime
