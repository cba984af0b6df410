#include "runtime-bridge/daemon/functionversion.h"

#include "runtime-bridge/base/id.h"

#include <algorithm>

namespace runtime {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

FunctionVersion::FunctionVersion(HostParts &parts, WorkerTask task, Worker::Logged logged)
    : m_parts(parts), m_task(std::move(task)), m_logged(std::move(logged)), m_idleTimer(parts.io)
{
}

FunctionVersion::~FunctionVersion() = default;

Result<std::shared_ptr<Worker>> FunctionVersion::start(asio::yield_context yield)
{
    expectStart();
    return startExpected(yield);
}

Result<std::shared_ptr<Worker>> FunctionVersion::startExpected(asio::yield_context yield)
{
    const auto self = shared_from_this();
    WorkerSource *source = m_parts.source(m_task.spec.runtime);
    if (!source) {
        --m_starting;
        return failure(ErrorCode::InterpreterMissing, m_task.spec.runtime,
                       "this runtime does not run " + m_task.spec.runtime);
    }
    Result<EmptyWorker> empty = source->take(yield);
    if (!empty) {
        --m_starting;
        return tl::unexpected(empty.error());
    }
    const auto worker =
        std::make_shared<Worker>(m_parts.io, m_parts.children, std::move(*empty), m_task,
                                 m_parts.folder / "tmp" / createId(), m_logged);
    worker->onGone = [weak = weak_from_this(), raw = worker.get()] {
        if (const auto version = weak.lock())
            version->onGone(raw);
    };
    worker->owner = weak_from_this();
    worker->onConnecting = onConnecting;
    worker->setFrozen(m_frozen);
    m_workers.push_back(worker);
    const Result<double> loaded = worker->load(yield);
    --m_starting;
    if (!loaded)
        return tl::unexpected(loaded.error());
    giveBack(worker);
    return worker;
}

std::shared_ptr<Worker> FunctionVersion::take()
{
    while (!m_idle.empty()) {
        const std::shared_ptr<Worker> worker = std::move(m_idle.back());
        m_idle.pop_back();
        if (!worker->isGone())
            return worker;
    }
    return nullptr;
}

void FunctionVersion::giveBack(const std::shared_ptr<Worker> &worker)
{
    if (m_retired)
        worker->kill();
    else if (!worker->isGone() && !worker->isEnding())
        m_idle.push_back(worker);
    watchIdle();
    if (onChange)
        onChange();
}

void FunctionVersion::retire()
{
    m_retired = true;
    for (const auto &worker : std::exchange(m_idle, {}))
        worker->kill();
}

void FunctionVersion::kill()
{
    retire();
    for (const auto &worker : m_workers)
        worker->kill();
}

void FunctionVersion::endDebugging()
{
    retire();
    for (const auto &worker : m_workers)
        worker->endDebugging();
}

void FunctionVersion::setFrozen(bool frozen)
{
    m_frozen = frozen;
    for (const auto &worker : m_workers)
        worker->setFrozen(frozen);
}

void FunctionVersion::cancelAll()
{
    for (const auto &worker : m_workers)
        worker->cancel();
    kill();
}

bool FunctionVersion::mayGrow() const
{
    const int most = m_task.debug ? 1 : m_task.spec.instances.max;
    const auto alive = std::ranges::count_if(
        m_workers, [](const auto &worker) { return !worker->isGone() && !worker->isEnding(); });
    // Those that wait for their process are not among the workers yet.
    const auto loading =
        std::ranges::count_if(m_workers, [](const auto &worker) { return worker->isLoading(); });
    return !m_retired && alive + m_starting - loading < most;
}

void FunctionVersion::onGone(const Worker *worker)
{
    const auto isIt = [worker](const auto &other) { return other.get() == worker; };
    std::erase_if(m_idle, isIt);
    std::erase_if(m_workers, isIt);
    if (onChange)
        onChange();
}

void FunctionVersion::watchIdle()
{
    if (m_idleWatched || m_idle.empty())
        return;
    m_idleWatched = true;
    m_idleTimer.expires_at(m_idle.front()->idleSince + m_task.spec.instances.idle);
    m_idleTimer.async_wait([weak = weak_from_this()](const boost::system::error_code &error) {
        const auto version = weak.lock();
        if (error || !version)
            return;
        version->m_idleWatched = false;
        version->endIdle();
        version->watchIdle();
    });
}

void FunctionVersion::endIdle()
{
    const auto now = Clock::now();
    const std::size_t least =
        std::max<std::size_t>(std::size_t(m_task.spec.instances.min), m_keepsOne ? 1 : 0);
    while (m_idle.size() > least && m_idle.front()->idleSince + m_task.spec.instances.idle <= now) {
        m_idle.front()->kill();
        m_idle.erase(m_idle.begin());
    }
    // The rest is looked at again later, not in a loop.
    for (const auto &worker : m_idle)
        if (worker->idleSince + m_task.spec.instances.idle <= now)
            worker->idleSince = now;
}

} // namespace runtime
