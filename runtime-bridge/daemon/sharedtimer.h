#pragma once

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <unordered_set>

namespace runtime {

/// Deadlines of many that are set at every request and hardly ever pass: setting one writes a
/// number. One timer looks when the first of them is due. Used on the context's thread.
class SharedTimer
{
public:
    using Clock = std::chrono::steady_clock;

    explicit SharedTimer(boost::asio::io_context &io) : m_timer(io) {}

    /// One of them. Not beyond the timer's own life.
    class Deadline
    {
    public:
        /// \a passed: called from the loop each time that a set deadline passes.
        Deadline(SharedTimer &timer, std::function<void()> passed)
            : m_shared(timer), m_passed(std::move(passed))
        {
            m_shared.m_all.insert(this);
        }
        ~Deadline() { m_shared.m_all.erase(this); }
        Deadline(const Deadline &) = delete;
        Deadline &operator=(const Deadline &) = delete;

        void expireAfter(std::chrono::milliseconds time)
        {
            m_due = Clock::now() + time;
            if (m_due < m_shared.m_armed)
                m_shared.arm(m_due);
        }
        void clear() { m_due = Clock::time_point::max(); }

    private:
        friend class SharedTimer;
        SharedTimer &m_shared;
        std::function<void()> m_passed;
        Clock::time_point m_due = Clock::time_point::max();
    };

private:
    void arm(Clock::time_point time)
    {
        m_armed = time;
        m_timer.expires_at(time);
        // A timer that has run out already calls back once more, also when this has gone.
        m_timer.async_wait(
            [this, alive = std::weak_ptr(m_alive)](const boost::system::error_code &error) {
                if (!error && !alive.expired())
                    look();
            });
    }

    void look()
    {
        m_armed = Clock::time_point::max();
        const Clock::time_point now = Clock::now();
        Clock::time_point next = m_armed;
        std::unordered_set<Deadline *> passed;
        for (Deadline *each : m_all)
            if (each->m_due <= now)
                passed.insert(each);
            else
                next = std::min(next, each->m_due);
        if (next < m_armed)
            arm(next);
        for (Deadline *each : passed)
            if (m_all.contains(each)) { // not ended by one before it
                each->clear();
                each->m_passed();
            }
    }

    std::shared_ptr<int> m_alive = std::make_shared<int>();
    boost::asio::steady_timer m_timer;
    std::unordered_set<Deadline *> m_all;
    Clock::time_point m_armed = Clock::time_point::max(); ///< When it looks next.
};

} // namespace runtime
