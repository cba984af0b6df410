#pragma once

#include "runtime-bridge/daemon/cancellation.h"
#include "runtime-bridge/daemon/functionversion.h"
#include "runtime-bridge/daemon/wake.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>

namespace runtime {

/// The invocations of a function that wait for a worker of its present version, and the starting
/// of workers for them: the first at once, others when somebody has waited a while, and ahead what
/// instances.min wants.
class WorkerQueue : public std::enable_shared_from_this<WorkerQueue>
{
public:
    /// What came of waiting.
    struct Turn {
        std::shared_ptr<Worker> worker; ///< Null: none.
        Outcome refused = Outcome::Cancelled;
        Fault fault{};
    };

    explicit WorkerQueue(boost::asio::io_context &io);

    /// \a version serves those that wait and those to come.
    void setVersion(std::shared_ptr<FunctionVersion> version);
    /// After setVersion(). \a cancellation may be null.
    [[nodiscard]] Turn wait(Cancellation *cancellation, const boost::asio::yield_context &yield);
    /// A worker of the present version became free or went.
    void look();
    /// Nobody is served any more.
    void close(const Fault &why);

    /// The worker that a debugger waits for could not be started.
    std::function<void()> onDebuggedFailed;

private:
    struct Waiter;

    void pump();
    void grow();
    void startAhead();
    void startOne();
    void onStartFailed(const std::shared_ptr<FunctionVersion> &version, const Error &error);

    boost::asio::io_context &m_io;
    std::shared_ptr<FunctionVersion> m_version;
    std::deque<Waiter *> m_waiting;
    boost::asio::steady_timer m_growTimer;
    bool m_isGrowing = false;   ///< The timer runs.
    bool m_startsAhead = false; ///< No worker of this version has failed to start.
    bool m_isClosed = false;
    std::chrono::steady_clock::time_point m_growAfter; ///< A start failed beside those that serve.
};

} // namespace runtime
