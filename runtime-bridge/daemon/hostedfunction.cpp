#include "runtime-bridge/daemon/hostedfunction.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/profiler.h"
#include "runtime-bridge/daemon/readingparser.h"
#include "runtime-bridge/daemon/workerfault.h"
#include "runtime-bridge/function/runtimekind.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using nlohmann::json;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t versionsKept = 5;
constexpr int firstInvocations = 3; ///< When they all fail, the version before serves again.

/// Whether the function itself is why \a invocation has no result.
bool isFailure(const Invocation &invocation)
{
    return invocation.outcome != Outcome::Result && invocation.outcome != Outcome::Rejected &&
           invocation.outcome != Outcome::Cancelled;
}

double millisecondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// What becomes of \a request when the function has gone.
Invocation cancelled(const InvokeRequest &request)
{
    Invocation invocation;
    invocation.outcome = Outcome::Cancelled;
    invocation.function = request.function;
    return invocation;
}

} // namespace

HostedFunction::HostedFunction(HostParts &parts, HostObserver &observer, std::string name)
    : m_parts(parts)
    , m_observer(observer)
    , m_name(std::move(name))
    , m_queue(std::make_shared<WorkerQueue>(parts.io))
    , m_alarms(parts.io, [this](const AlarmChange &change) { onAlarm(change); })
    , m_turnstile(parts.io)
{
    m_queue->onDebuggedFailed = [this] { endDebugging(); };
}

HostedFunction::~HostedFunction()
{
    m_queue->onDebuggedFailed = {}; // what it starts may be under way
}

std::shared_ptr<FunctionVersion> HostedFunction::createVersion(const KeptVersion &kept, bool linked,
                                                               std::optional<DebugRequest> debug)
{
    WorkerTask task{kept.spec, kept.bundle, kept.version, kept.root, linked, std::move(debug), {}};
    auto version = std::make_shared<FunctionVersion>(
        m_parts, std::move(task),
        [weak = weak_from_this()](Worker &worker, const LogLine &line, bool keptLine) {
            if (const auto self = weak.lock())
                self->onLine(worker, line, keptLine);
        });
    version->onChange = [weak = weak_from_this(), raw = version.get()] {
        if (const auto self = weak.lock(); self && self->m_current.get() == raw)
            self->m_queue->look();
    };
    version->onProgress = [weak = weak_from_this()](const std::string &line) {
        if (const auto self = weak.lock())
            self->m_observer.logged({nowUs(), self->m_name, {}, false, line});
    };
    version->setFrozen(m_frozen);
    return version;
}

Result<PutResult> HostedFunction::activate(KeptVersion next, bool linked, asio::yield_context yield)
{
    const auto self = shared_from_this();
    const Turnstile::Pass pass(m_turnstile, yield);
    PutResult result{next.bundle, 0, {}, false, 0, 0};
    if (m_ended)
        return failure(ErrorCode::FunctionUnknown, m_name);
    const bool sameRoot = m_current && m_current->task().root == next.root;
    if (m_current && m_current->task().bundle == next.bundle && (sameRoot || !linked)) {
        result.version = m_current->task().version;
        if (!m_fault.type.empty()) { // the change that did not load was taken back
            m_fault = {};
            m_condition = FunctionCondition::Ready;
            m_current->setKeepsOne(false);
            changed();
        }
        return result;
    }
    next.version = m_lastVersion + 1;
    if (!m_current) {
        m_condition = FunctionCondition::Starting;
        changed();
    }
    if (m_debug && m_current)
        m_current->retire(); // the debugger has one worker at a time
    const auto version = createVersion(next, linked, m_debug);
    const Result<std::shared_ptr<Worker>> worker = version->start(yield);
    if (!worker) {
        if (m_debug && m_current) // its worker was ended above; the next one is started when needed
            switchTo(createVersion(m_kept.back(), m_linked, m_debug));
        setFault(worker.error());
        return tl::unexpected(worker.error());
    }
    if (m_ended) {
        version->kill();
        return failure(ErrorCode::FunctionUnknown, m_name);
    }
    m_trial.reset();
    if (!linked && m_hasAnswered && !m_kept.empty())
        m_trial = Trial{next.bundle, m_kept.back().bundle};
    m_hasAnswered = false;
    m_lastVersion = next.version;
    m_linked = linked;
    keep(std::move(next));
    switchTo(version);
    result.version = m_lastVersion;
    result.changed = true;
    result.initMs = (*worker)->loadMs;
    result.switchedUs = nowUs();
    m_observer.switched({m_name, result.bundle, result.version, result.switchedUs});
    changed();
    if (onKeptChange)
        onKeptChange();
    return result;
}

void HostedFunction::restore(std::vector<KeptVersion> kept, std::uint64_t lastVersion, bool linked,
                             bool armed)
{
    m_kept = std::move(kept);
    m_lastVersion = lastVersion;
    m_linked = linked;
    switchTo(createVersion(m_kept.back(), linked, {}));
    setArmed(armed);
}

void HostedFunction::keep(KeptVersion version)
{
    if (m_linked)
        m_kept.clear(); // there is only one state of a folder
    std::erase_if(m_kept, [&](const KeptVersion &old) { return old.bundle == version.bundle; });
    m_kept.push_back(std::move(version));
    if (m_kept.size() > versionsKept)
        m_kept.erase(m_kept.begin());
}

void HostedFunction::switchTo(const std::shared_ptr<FunctionVersion> &version)
{
    const auto old = std::exchange(m_current, version);
    m_fault = {};
    m_condition = FunctionCondition::Ready;
    if (old) {
        old->retire();
        std::erase_if(m_old, [](const auto &weak) { return weak.expired(); });
        m_old.push_back(old);
    }
    armTriggers();
    m_queue->setVersion(m_current);
}

void HostedFunction::setFault(const Error &error)
{
    m_fault = faultOfStart(error);
    m_condition = FunctionCondition::Failed;
    if (m_current)
        m_current->setKeepsOne(true);
    changed();
}

Invocation HostedFunction::invoke(const InvokeRequest &request, const Caller &caller,
                                  asio::yield_context yield)
{
    const auto self = shared_from_this();
    ++m_running;
    const auto began = Clock::now();
    Invocation invocation;
    invocation.id = request.id.empty() ? createSortableId() : request.id;
    invocation.function = m_name;
    invocation.trigger = request.trigger;
    invocation.trace = traceOf(request.cause, invocation.id);
    invocation.event = request.event;
    invocation.startUs = nowUs();
    WorkerQueue::Turn turn = waitForTurn(caller.cancellation, yield);
    invocation.queuedMs = millisecondsSince(began);
    if (const std::shared_ptr<Worker> worker = turn.worker) {
        invocation.bundle = worker->task().bundle;
        // A worker that began to load before we came was not started for us.
        invocation.cold = worker->served == 0 && worker->loadMs <= invocation.queuedMs;
        if (invocation.cold) {
            invocation.initMs = worker->loadMs;
            invocation.queuedMs -= worker->loadMs;
        }
        runOn(worker, invocation, caller, yield);
    } else {
        invocation.bundle = m_current ? m_current->task().bundle : std::string();
        invocation.outcome = turn.refused;
        invocation.fault = std::move(turn.fault);
        finish(invocation, nullptr);
    }
    --m_running;
    return invocation;
}

WorkerQueue::Turn HostedFunction::waitForTurn(Cancellation *cancellation,
                                              const asio::yield_context &yield)
{
    if (!m_current && !(cancellation && cancellation->isRequested()))
        return {nullptr, Outcome::FunctionError, m_fault};
    return m_queue->wait(cancellation, yield);
}

void HostedFunction::runOn(const std::shared_ptr<Worker> &worker, Invocation &invocation,
                           const Caller &caller, const asio::yield_context &yield)
{
    if (caller.cancellation)
        caller.cancellation->onRequest([worker, id = invocation.id] { worker->cancel(id); });
    const std::shared_ptr<FunctionVersion> version = worker->owner.lock();
    worker->run(invocation, caller, yield);
    if (caller.cancellation)
        caller.cancellation->onRequest({});
    finish(invocation, worker.get());
    if (version)
        version->giveBack(worker);
}

void HostedFunction::finish(Invocation &invocation, const Worker *worker)
{
    ++m_invocations;
    m_alarms.count(invocation);
    judge(invocation);
    if (invocation.outcome != Outcome::Result)
        ++m_failures;
    if (worker && worker->task().spec.readingsFromResult && !isService(worker->task().spec) &&
        invocation.outcome == Outcome::Result) {
        std::vector<Reading> readings;
        const std::int64_t now = nowUs();
        for (NamedNumber &number : readingsInResult(invocation.result))
            if (!worker->printedSeries.contains(number.name))
                readings.push_back({0, 0, now, m_name, std::move(number.name), number.value,
                                    invocation.bundle, invocation.id});
        if (!readings.empty())
            m_observer.measured(std::move(readings));
    }
    m_observer.invoked(invocation);
}

void HostedFunction::judge(const Invocation &invocation)
{
    if (!m_current || invocation.bundle != m_current->task().bundle)
        return;
    if (invocation.outcome == Outcome::Result) {
        m_hasAnswered = true;
        m_trial.reset();
    } else if (isFailure(invocation)) {
        if (m_trial && !m_debug && ++m_trial->failures == firstInvocations)
            rollBack(invocation.fault);
    }
}

/// The first invocations of a new version have failed, the last one with \a last.
void HostedFunction::rollBack(const Fault &last)
{
    const auto before = std::ranges::find(m_kept, m_trial->before, &KeptVersion::bundle);
    if (before == m_kept.end() || m_ended)
        return;
    const std::string failed = m_trial->bundle;
    startCoroutine(m_parts.io, [self = shared_from_this(), before = *before, failed,
                                last](asio::yield_context yield) {
        if (!self->m_current || self->m_current->task().bundle != failed)
            return; // another version came meanwhile
        const std::uint64_t version = self->m_lastVersion;
        if (!self->activate(before, false, yield))
            return;
        self->m_trial.reset(); // it had answered
        self->m_fault = {"RolledBack",
                         "version " + std::to_string(version) + " failed its first " +
                             std::to_string(firstInvocations) + " invocations, the last with " +
                             (last.type.empty() ? "no answer" : last.type + ": " + last.message) +
                             "; version " + std::to_string(before.version) + " serves again",
                         last.stack};
        self->m_condition = FunctionCondition::Failed;
        self->m_observer.logged({nowUs(), self->m_name, {}, true, self->m_fault.message});
        self->changed();
    });
}

void HostedFunction::onLine(Worker &worker, const LogLine &line, bool kept)
{
    if (kept)
        m_observer.logged(line);
    if (line.isError || !worker.task().spec.readingsFromLog)
        return;
    std::vector<Reading> readings;
    for (NamedNumber &number : readingsInLine(line.text)) {
        worker.printedSeries.insert(number.name);
        readings.push_back({0, 0, line.timeUs, m_name, std::move(number.name), number.value,
                            worker.task().bundle, line.invocation});
    }
    if (!readings.empty())
        m_observer.measured(std::move(readings));
}

void HostedFunction::setArmed(bool armed)
{
    if (m_armed == armed)
        return;
    m_armed = armed;
    armTriggers();
    changed();
    if (onKeptChange)
        onKeptChange();
}

void HostedFunction::setFrozen(bool frozen)
{
    m_frozen = frozen;
    m_triggers.setFrozen(frozen);
    m_alarms.setResting(!m_armed || m_frozen);
    if (m_current)
        m_current->setFrozen(frozen);
    for (const auto &weak : m_old)
        if (const auto old = weak.lock())
            old->setFrozen(frozen);
    changed();
}

void HostedFunction::onAlarm(const AlarmChange &change)
{
    m_observer.alarmed(change);
    changed();
}

void HostedFunction::armTriggers()
{
    const bool isWatched = m_current && !m_ended;
    m_alarms.watch(m_name, isWatched ? m_current->task().spec.alarms : std::vector<Alarm>());
    m_alarms.setResting(!m_armed || m_frozen);
    if (!m_armed || !m_current || m_ended)
        return m_triggers.disarm();
    const FunctionSpec &spec = m_current->task().spec;
    const auto invoke = [weak = weak_from_this()](const InvokeRequest &request,
                                                  const asio::yield_context &yield) {
        const auto self = weak.lock();
        return self && !self->m_ended ? self->invoke(request, {}, yield) : cancelled(request);
    };
    const auto told = [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->changed();
    };
    m_triggers.arm(spec.triggers, {{m_parts.io, m_parts.folder, m_parts.queues, &m_parts.children},
                                   m_name,
                                   spec.dialect,
                                   secretsOf(spec),
                                   spec.instances.max,
                                   invoke,
                                   told});
}

Result<> HostedFunction::debug(const DebugRequest &request, asio::yield_context yield)
{
    const auto self = shared_from_this();
    if (!m_current)
        return failure(ErrorCode::FunctionInitFailed, m_name, toJson(m_fault).dump());
    if (request.port == 0) {
        endDebugging();
        return {};
    }
    m_debug = request;
    const auto version = createVersion(m_kept.back(), m_linked, m_debug);
    struct Progress {
        explicit Progress(asio::io_context &io) : wake(io) {}
        Wake wake;
        std::optional<Result<>> answer;
    };
    // Shared: the debugger may connect long after this call has returned.
    const auto progress = std::make_shared<Progress>(m_parts.io);
    version->onConnecting = [progress] {
        progress->answer = Result<>();
        progress->wake.notify();
    };
    switchTo(version);
    changed();
    version->expectStart();
    startCoroutine(m_parts.io, [self, version, progress](asio::yield_context own) {
        const auto started = version->startExpected(own);
        if (!progress->answer) {
            progress->answer = started ? Result<>() : Result<>(tl::unexpected(started.error()));
            progress->wake.notify();
        }
        if (!started && version == self->m_current)
            self->endDebugging();
    });
    while (!progress->answer)
        progress->wake.wait(yield);
    return *progress->answer;
}

void HostedFunction::endDebugging()
{
    if (!m_debug)
        return;
    m_debug.reset();
    if (m_current && m_current->task().debug) {
        const auto old = m_current;
        switchTo(createVersion(m_kept.back(), m_linked, {}));
        old->endDebugging();
    }
    changed();
}

Result<Profile> HostedFunction::profile(std::chrono::milliseconds duration,
                                        Cancellation *cancellation, asio::yield_context yield)
{
    const auto self = shared_from_this();
    if (!m_current)
        return failure(ErrorCode::FunctionInitFailed, m_name, toJson(m_fault).dump());
    if (!canBeProfiled(m_current->task().spec))
        return failure(ErrorCode::UsageInvalid, m_name,
                       "functions of Python and Node.js can be profiled; this one is " +
                           std::string(isService(m_current->task().spec)
                                           ? "a service"
                                           : m_current->task().spec.runtime));
    if (std::exchange(m_profiled, true))
        return failure(ErrorCode::RuntimeBusy, m_name, "it is profiled already");
    const auto present = [this] {
        std::vector<std::shared_ptr<Worker>> all = m_current->allWorkers();
        for (const auto &weak : m_old)
            if (const auto old = weak.lock())
                all.insert(all.end(), old->allWorkers().begin(), old->allWorkers().end());
        return all;
    };
    Result<Profile> profile = profileWorkers(m_parts.io, present, duration, cancellation, yield);
    m_profiled = false;
    if (profile)
        profile->function = m_name;
    return profile;
}

void HostedFunction::end()
{
    m_ended = true;
    m_triggers.disarm();
    m_alarms.watch(m_name, {});
    m_queue->close({"Cancelled", "the function was removed", {}});
    if (m_current)
        m_current->cancelAll();
    for (const auto &weak : m_old)
        if (const auto old = weak.lock())
            old->cancelAll();
}

FunctionState HostedFunction::state() const
{
    FunctionState state;
    if (m_current) {
        const WorkerTask &task = m_current->task();
        state.spec = task.spec;
        state.bundle = task.bundle;
        state.version = task.version;
        state.workers = m_current->workers();
        state.root = task.root.string();
    }
    state.spec.name = m_name;
    if (m_kept.size() > 1)
        state.previousBundle = m_kept[m_kept.size() - 2].bundle;
    state.condition = m_condition;
    state.fault = m_fault;
    state.armed = m_armed;
    state.frozen = m_frozen;
    state.debugging = m_debug.has_value();
    state.invocations = m_invocations;
    state.failures = m_failures;
    state.overruns = m_triggers.overruns();
    state.triggers = m_triggers.states();
    state.alarms = m_alarms.states();
    return state;
}

void HostedFunction::changed()
{
    if (!m_ended)
        m_observer.functionChanged(state());
}

} // namespace runtime
