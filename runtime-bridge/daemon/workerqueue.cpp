#include "runtime-bridge/daemon/workerqueue.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/workerfault.h"
#include "runtime-bridge/daemon/workerlimits.h"

#include <algorithm>

namespace runtime {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t longestQueue = 10'000;
/// How long somebody waits for a busy worker before another is started: quick calls are served
/// sooner by few workers than by many that share the processors.
constexpr auto patience = std::chrono::milliseconds(10);
/// Until another worker is started beside those that serve, after one that could not be.
constexpr auto failedPause = std::chrono::milliseconds(200);

Fault cancelledFault()
{
    return {"Cancelled", "cancelled", {}};
}

} // namespace

/// An invocation that waits for a worker. On its coroutine's stack.
struct WorkerQueue::Waiter {
    explicit Waiter(asio::io_context &io) : wake(io) {}
    Wake wake;
    Clock::time_point since = Clock::now();
    Turn turn;
    bool isDone = false;

    void serve(std::shared_ptr<Worker> worker)
    {
        turn.worker = std::move(worker);
        isDone = true;
        wake.notify();
    }
    void refuse(Outcome outcome, Fault why)
    {
        turn.refused = outcome;
        turn.fault = std::move(why);
        isDone = true;
        wake.notify();
    }
};

WorkerQueue::WorkerQueue(asio::io_context &io) : m_io(io), m_growTimer(io) {}

void WorkerQueue::setVersion(std::shared_ptr<FunctionVersion> version)
{
    m_version = std::move(version);
    m_startsAhead = true;
    look();
}

WorkerQueue::Turn WorkerQueue::wait(Cancellation *cancellation, const asio::yield_context &yield)
{
    if (m_isClosed || (cancellation && cancellation->isRequested()))
        return {nullptr, Outcome::Cancelled, cancelledFault()};
    if (m_waiting.size() >= longestQueue)
        return {nullptr,
                Outcome::Rejected,
                {"Rejected", "more than 10,000 invocations wait already", {}}};
    Waiter waiter(m_io);
    m_waiting.push_back(&waiter);
    if (cancellation)
        cancellation->onRequest([this, &waiter] {
            std::erase(m_waiting, &waiter);
            waiter.refuse(Outcome::Cancelled, cancelledFault());
        });
    pump();
    while (!waiter.isDone)
        waiter.wake.wait(yield);
    if (cancellation)
        cancellation->onRequest({});
    return std::move(waiter.turn);
}

void WorkerQueue::look()
{
    pump();
    startAhead();
}

void WorkerQueue::close(const Fault &why)
{
    m_isClosed = true;
    for (Waiter *waiter : std::exchange(m_waiting, {}))
        waiter->refuse(Outcome::Cancelled, why);
}

void WorkerQueue::pump()
{
    while (!m_waiting.empty()) {
        std::shared_ptr<Worker> worker = m_version->take();
        if (!worker)
            break;
        Waiter *waiter = m_waiting.front();
        m_waiting.pop_front();
        waiter->serve(std::move(worker));
    }
    grow();
}

void WorkerQueue::grow()
{
    if (m_waiting.empty() || m_isGrowing || !m_version->mayGrow())
        return;
    const bool isFirst = m_version->workers() == 0 && m_version->starting() == 0;
    if (isFirst)
        return startOne();
    const auto due = std::max(m_waiting.front()->since + patience, m_growAfter);
    if (Clock::now() < due) {
        m_isGrowing = true;
        m_growTimer.expires_at(due);
        m_growTimer.async_wait([weak = weak_from_this()](const boost::system::error_code &error) {
            const auto self = weak.lock();
            if (error || !self)
                return;
            self->m_isGrowing = false;
            self->pump();
        });
        return;
    }
    const int each = capacityOf(m_version->task().spec);
    for (int wanted = int(m_waiting.size()) - m_version->starting() * each;
         wanted > 0 && m_version->mayGrow(); wanted -= each)
        startOne();
}

void WorkerQueue::startAhead()
{
    if (m_isClosed || !m_startsAhead || m_version->task().debug)
        return;
    while (m_version->mayGrow() && m_version->expected() < m_version->task().spec.instances.min)
        startOne();
}

void WorkerQueue::startOne()
{
    m_version->expectStart();
    startCoroutine(m_io,
                   [self = shared_from_this(), version = m_version](asio::yield_context yield) {
                       if (const auto started = version->startExpected(yield); !started)
                           self->onStartFailed(version, started.error());
                   });
}

void WorkerQueue::onStartFailed(const std::shared_ptr<FunctionVersion> &version, const Error &error)
{
    if (version != m_version)
        return pump();
    if (version->task().debug) {
        if (onDebuggedFailed)
            onDebuggedFailed();
        return;
    }
    m_startsAhead = false;         // not for ever again and again
    if (m_version->hasServing()) { // perhaps a file half written; the others serve who waits
        m_growAfter = Clock::now() + failedPause;
        return pump();
    }
    if (!m_waiting.empty()) {
        Waiter *waiter = m_waiting.front();
        m_waiting.pop_front();
        waiter->refuse(Outcome::FunctionError, faultOfStart(error));
    }
    pump();
}

} // namespace runtime
