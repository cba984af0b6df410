#pragma once

#include "runtime-bridge/daemon/triggers/crontimer.h"
#include "runtime-bridge/daemon/triggers/triggersource.h"
#include "runtime-bridge/daemon/triggers/triggertimer.h"

#include <memory>

namespace runtime {

/// Fires at a fixed distance or at the times of a cron expression. A tick that comes while the last
/// one runs is an overrun and left out, so nothing piles up.
class TimerSource final : public TriggerSource
{
public:
    TimerSource(TriggerContext context, TimerTrigger trigger);

    void start() override;

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override { return !m_wrong.empty(); }
    void onStop() override;
    void startCron();
    void onTick(std::int64_t timeUs, std::uint64_t missed);

    TimerTrigger m_trigger;
    std::unique_ptr<TriggerTimer> m_timer;
    std::unique_ptr<CronTimer> m_cron;
    std::string m_wrong; ///< Why there is no time to wait for.
    std::int64_t m_lastUs = 0;
    bool m_busy = false;
};

} // namespace runtime
