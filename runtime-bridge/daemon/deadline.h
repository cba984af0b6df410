#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace runtime {

/// A point in time that can be held: what was left then is left still when it goes on.
class Deadline
{
public:
    /// \a passed is called from the context, never within a call of ours, and not after stop().
    Deadline(boost::asio::io_context &io, std::function<void()> passed)
        : m_timer(io), m_passed(std::move(passed))
    {
    }

    void start(std::chrono::milliseconds time)
    {
        m_running = true;
        m_left = time;
        if (!m_frozen)
            arm();
    }

    void stop()
    {
        m_running = false;
        m_timer.cancel();
    }

    void setFrozen(bool frozen)
    {
        if (m_frozen == frozen)
            return;
        m_frozen = frozen;
        if (!m_running)
            return;
        if (frozen) {
            m_left = m_time - Clock::now();
            m_timer.cancel();
        } else {
            arm();
        }
    }

private:
    using Clock = std::chrono::steady_clock;

    void arm()
    {
        m_time = Clock::now() + m_left;
        m_timer.expires_at(m_time);
        // The state is looked at through what the destructor lets go: a timer that has run out
        // already calls back once more.
        m_timer.async_wait(
            [this, alive = std::weak_ptr(m_alive)](const boost::system::error_code &error) {
                if (error || alive.expired() || !m_running || m_frozen || Clock::now() < m_time)
                    return;
                m_running = false;
                m_passed();
            });
    }

    boost::asio::steady_timer m_timer;
    std::function<void()> m_passed;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
    Clock::time_point m_time;
    Clock::duration m_left{};
    bool m_running = false;
    bool m_frozen = false;
};

} // namespace runtime
