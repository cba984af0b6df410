#pragma once

#include "runtime-bridge/daemon/log.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/context/fixedsize_stack.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace runtime {

/// What a coroutine does. One type for all of them: what starts one is in the program once.
class CoroutineWork
{
public:
    virtual ~CoroutineWork() = default;
    virtual void run(boost::asio::yield_context yield) = 0;
};

inline void startWork(boost::asio::io_context &io, std::unique_ptr<CoroutineWork> work)
{
    // Only what is touched of a stack costs memory.
    constexpr std::size_t stackSize = 256 << 10;
    boost::asio::spawn(
        io, std::allocator_arg, boost::context::fixedsize_stack(stackSize),
        [work = std::move(work)](boost::asio::yield_context yield) { work->run(std::move(yield)); },
        [](std::exception_ptr failed) {
            if (!failed)
                return;
            try {
                std::rethrow_exception(failed);
            } catch (const std::exception &error) {
                logLine(std::string("exception in a coroutine: ") + error.what());
            } catch (...) {
                logLine("exception in a coroutine");
            }
        });
}

/// Runs \a work(yield) as a coroutine of its own. An exception is a mistake of ours: it is logged
/// and goes no further.
template<typename Work> void startCoroutine(boost::asio::io_context &io, Work work)
{
    class Held final : public CoroutineWork
    {
    public:
        explicit Held(Work &&held) : m_work(std::move(held)) {}
        void run(boost::asio::yield_context yield) override { m_work(std::move(yield)); }

    private:
        Work m_work;
    };
    startWork(io, std::make_unique<Held>(std::move(work)));
}

} // namespace runtime
