#pragma once

#include "runtime-bridge/daemon/alarms/alarmwatch.h"
#include "runtime-bridge/protocol/alarmmessages.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace runtime {

/// The alarms of one function. Costs nothing where it has none. On the runtime's thread.
class AlarmSet
{
public:
    /// \a changed hears of what is raised and cleared, from the context.
    AlarmSet(boost::asio::io_context &io, std::function<void(const AlarmChange &)> changed);

    /// Looks after \a alarms of \a function from now on. Those that were looked after already go on
    /// as they are.
    void watch(const std::string &function, const std::vector<Alarm> &alarms);
    /// While it rests, nothing is raised or cleared and no time passes.
    void setResting(bool resting);
    void count(const Invocation &invocation)
    {
        if (!m_watches.empty())
            countEach(invocation);
    }
    [[nodiscard]] std::vector<AlarmState> states() const;

private:
    void countEach(const Invocation &invocation);
    void wait();
    void lookAtAll();

    std::function<void(const AlarmChange &)> m_changed;
    std::string m_function;
    std::vector<AlarmWatch> m_watches;
    boost::asio::steady_timer m_timer;
    AlarmWatch::Time m_restingSince;
    bool m_resting = false;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace runtime
