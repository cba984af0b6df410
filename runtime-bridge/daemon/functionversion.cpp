#include "runtime-bridge/daemon/functionversion.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/workerlimits.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/runtimekind.h"

#include <algorithm>

namespace runtime {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {
constexpr auto afterFirst = 10ms; ///< From a new version's first worker to the next one's process.
}

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
    // What was sent brings its packages along; for a folder of this computer they are installed.
    if (m_task.linked && !m_prepared) {
        const Result<std::filesystem::path> packages = m_parts.dependencies.prepare(
            m_task.spec, m_task.root,
            [this](const std::string &line) {
                if (onProgress)
                    onProgress(line);
            },
            yield);
        if (!packages) {
            --m_starting;
            return tl::unexpected(packages.error());
        }
        m_task.packages = *packages;
        m_prepared = true;
    } else if (std::error_code error; !m_prepared && !m_task.linked) {
        m_prepared = true;
        if (auto sent = m_task.root / packagesInBundle; std::filesystem::is_directory(sent, error))
            m_task.packages = std::move(sent);
    }
    return startPrepared(yield);
}

Result<std::shared_ptr<Worker>> FunctionVersion::startPrepared(asio::yield_context yield)
{
    WorkerSource *source = m_parts.source(isService(m_task.spec) ? "service" : m_task.spec.runtime);
    if (!source) {
        --m_starting;
        return failure(ErrorCode::InterpreterMissing, m_task.spec.runtime,
                       "this runtime does not run " + m_task.spec.runtime);
    }
    const std::filesystem::path temporary = m_parts.folder / "tmp" / createId();
    Result<EmptyWorker> empty = source->take(m_task, temporary, yield);
    if (!empty) {
        --m_starting;
        return tl::unexpected(empty.error());
    }
    if (m_hasLoaded) // the next invocation may need one, too
        source->warm(0ms);
    WorkerTask task = m_task;
    if (!m_parts.gateway.empty())
        task.spec.environment.emplace("EDGEWRIGHT_GATEWAY", m_parts.gateway);
    const auto worker = std::make_shared<Worker>(m_parts.io, m_parts.children, std::move(*empty),
                                                 std::move(task), temporary, m_logged);
    worker->onGone = [weak = weak_from_this(), raw = worker.get()] {
        if (const auto version = weak.lock())
            version->onGone(raw);
    };
    worker->owner = weak_from_this();
    worker->onConnectingDebugger = onConnecting;
    worker->setFrozen(m_frozen);
    m_workers.push_back(worker);
    const Result<double> loaded = worker->load(yield);
    --m_starting;
    if (!std::exchange(m_hasLoaded, true)) // of a new version somebody waits for this one alone
        source->warm(afterFirst);
    if (!loaded)
        return tl::unexpected(loaded.error());
    ++worker->taken;
    giveBack(worker);
    return worker;
}

std::shared_ptr<Worker> FunctionVersion::take()
{
    while (!m_free.empty()) {
        const std::shared_ptr<Worker> worker = m_free.back();
        const bool lives = !worker->isGone() && !worker->isEnding();
        if (!lives || ++worker->taken >= capacityOf(m_task.spec))
            m_free.pop_back();
        if (lives)
            return worker;
    }
    return nullptr;
}

void FunctionVersion::giveBack(const std::shared_ptr<Worker> &worker)
{
    --worker->taken;
    if (m_retired && worker->taken == 0)
        worker->leave();
    else if (!m_retired && !worker->isGone() && !worker->isEnding() &&
             std::ranges::find(m_free, worker) == m_free.end())
        m_free.push_back(worker);
    watchIdle();
    if (onChange)
        onChange();
}

void FunctionVersion::retire()
{
    m_retired = true;
    for (const auto &worker : std::exchange(m_free, {}))
        if (worker->taken == 0)
            worker->leave();
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
        worker->cancelAll();
    retire();
    for (const auto &worker : m_workers)
        worker->leave();
}

int FunctionVersion::expected() const
{
    const auto alive = std::ranges::count_if(
        m_workers, [](const auto &worker) { return !worker->isGone() && !worker->isEnding(); });
    // Those that wait for their process are not among the workers yet.
    const auto loading =
        std::ranges::count_if(m_workers, [](const auto &worker) { return worker->isLoading(); });
    return int(alive - loading) + m_starting;
}

bool FunctionVersion::mayGrow() const
{
    const int most = m_task.debug ? 1 : m_task.spec.instances.max;
    return !m_retired && expected() < most;
}

bool FunctionVersion::hasServing() const
{
    return std::ranges::any_of(m_workers, [](const auto &worker) {
        return !worker->isGone() && !worker->isEnding() && !worker->isLoading();
    });
}

void FunctionVersion::onGone(const Worker *worker)
{
    const auto isIt = [worker](const auto &other) { return other.get() == worker; };
    std::erase_if(m_free, isIt);
    std::erase_if(m_workers, isIt);
    if (onChange)
        onChange();
}

void FunctionVersion::watchIdle()
{
    if (m_idleWatched || m_free.empty())
        return;
    m_idleWatched = true;
    const auto oldest = std::ranges::min(m_free, {}, &Worker::idleSince);
    m_idleTimer.expires_at(oldest->idleSince + m_task.spec.instances.idle);
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
    for (std::size_t i = 0; i < m_free.size();) {
        const std::shared_ptr<Worker> worker = m_free[i];
        const bool due =
            worker->taken == 0 && worker->idleSince + m_task.spec.instances.idle <= now;
        if (due && m_free.size() > least) {
            worker->leave();
            m_free.erase(m_free.begin() + std::ptrdiff_t(i));
            continue;
        }
        // The rest is looked at again later, not in a loop.
        if (due || worker->taken > 0)
            worker->idleSince = now;
        ++i;
    }
}

} // namespace runtime
