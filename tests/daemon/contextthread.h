#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <thread>

/// An io_context that runs on a thread of its own, as the runtime's does.
class ContextThread
{
public:
    ContextThread() : m_work(context.get_executor()), m_thread([this] { context.run(); }) {}
    ~ContextThread() { stop(); }

    /// After this nothing runs on the context any more.
    void stop()
    {
        context.stop();
        if (m_thread.joinable())
            m_thread.join();
    }

    /// Calls \a function on the thread and gives what it gave.
    template<typename Function> auto call(Function function)
    {
        std::packaged_task<decltype(function())()> task(std::move(function));
        auto result = task.get_future();
        boost::asio::post(context, std::move(task));
        return result.get();
    }

    boost::asio::io_context context{1};

private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> m_work;
    std::thread m_thread;
};
