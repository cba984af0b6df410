#pragma once

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace runtime {

/// Lets coroutines of one thread wait for a condition: while (!condition) wake.wait(yield).
/// Whoever changes the condition calls notify(); every waiter looks again. Must outlive its
/// waiters.
class Wake
{
public:
    explicit Wake(boost::asio::io_context &io) : m_timer(io) {}

    void wait(const boost::asio::yield_context &yield)
    {
        waitUntil(boost::asio::steady_timer::time_point::max(), yield);
    }

    /// Also returns at \a time.
    void waitUntil(boost::asio::steady_timer::time_point time,
                   const boost::asio::yield_context &yield)
    {
        // A timer of its own: setting the expiry of a shared one would wake the other waiters.
        boost::asio::steady_timer own(m_timer.get_executor(), time);
        Waiter waiter{&own, m_first};
        m_first = &waiter;
        boost::system::error_code error;
        own.async_wait(yield[error]);
        for (Waiter **at = &m_first; *at; at = &(*at)->next)
            if (*at == &waiter) {
                *at = waiter.next;
                break;
            }
    }

    void waitFor(std::chrono::milliseconds time, const boost::asio::yield_context &yield)
    {
        waitUntil(boost::asio::steady_timer::clock_type::now() + time, yield);
    }

    void notify()
    {
        for (Waiter *waiter = m_first; waiter; waiter = waiter->next)
            waiter->timer->cancel();
    }

private:
    /// Lies on the waiting coroutine's stack.
    struct Waiter {
        boost::asio::steady_timer *timer;
        Waiter *next;
    };

    boost::asio::steady_timer m_timer; ///< Holds the executor only.
    Waiter *m_first = nullptr;
};

/// Holds a coroutine's way into a part that only one may be in at a time.
class Turnstile
{
public:
    explicit Turnstile(boost::asio::io_context &io) : m_wake(io) {}

    class Pass
    {
    public:
        Pass(Turnstile &turnstile, const boost::asio::yield_context &yield) : m_turnstile(turnstile)
        {
            const auto mine = m_turnstile.m_next++;
            while (m_turnstile.m_serving != mine)
                m_turnstile.m_wake.wait(yield);
        }
        ~Pass()
        {
            ++m_turnstile.m_serving;
            m_turnstile.m_wake.notify();
        }
        Pass(const Pass &) = delete;
        Pass &operator=(const Pass &) = delete;

    private:
        Turnstile &m_turnstile;
    };

private:
    Wake m_wake;
    std::uint64_t m_next = 0;
    std::uint64_t m_serving = 0;
};

} // namespace runtime
