#include "runtime-bridge/daemon/worker.h"

#include "runtime-bridge/daemon/deadline.h"
#include "runtime-bridge/daemon/process.h"
#include "runtime-bridge/daemon/workerfault.h"
#include "runtime-bridge/daemon/workerlimits.h"
#include "runtime-bridge/function/runtimekind.h"

#include <nlohmann/json.hpp>

#include <boost/asio/post.hpp>

#include <csignal>

namespace runtime {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto loadLimit = 30'000ms;
constexpr auto leaveTime = 200ms;
constexpr auto gentleTime = 5s; ///< From SIGTERM to SIGKILL.
constexpr auto endLimit = 2s;   ///< From a worker's last sign to the news of its end.
constexpr auto limitInterval = 20ms;
constexpr auto calmInterval = 50ms; ///< The same, of a worker far from its limit.

double millisecondsSince(Clock::time_point began)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

} // namespace

/// An invocation under way, or the loading.
struct Worker::Call {
    Call(asio::io_context &io, std::function<void()> timeout) : deadline(io, std::move(timeout)) {}

    Invocation *invocation = nullptr; ///< Null: the loading.
    std::optional<WorkerAnswer> answer;
    std::optional<Outcome> verdict; ///< Why we ended it.
    Deadline deadline;
};

Worker::Worker(asio::io_context &io, Children &children, EmptyWorker process, WorkerTask task,
               std::filesystem::path temporaryFolder, Logged logged)
    : m_io(io)
    , m_children(children)
    , m_pid(process.pid)
    , m_task(std::move(task))
    , m_temporaryFolder(std::move(temporaryFolder))
    , m_conversation(std::move(process.conversation))
    , m_output(std::make_shared<WorkerOutput>(
          io, std::move(process.output), std::move(process.error), m_task.spec.name,
          [this, logged = std::move(logged)](const LogLine &line, bool kept) {
              logged(*this, line, kept);
          }))
    , m_changed(io)
    , m_limitTimer(io)
    , m_leaveTimer(io)
{
}

Worker::~Worker()
{
    m_conversation->close();
    m_output->close();
}

void Worker::begin()
{
    std::error_code error;
    std::filesystem::create_directories(m_temporaryFolder, error);
    m_children.watch(m_pid, [self = shared_from_this()](int status) { self->onEnded(status); });
    if (m_task.spec.runtime == "python3")
        limitData(m_pid, m_task.spec.memoryBytes);
    m_output->open();
}

Result<double> Worker::load(asio::yield_context yield)
{
    const auto self = shared_from_this();
    begin();
    std::map<std::string, std::string> environment = workerEnvironment(m_task, m_temporaryFolder);
    environment.insert(m_task.spec.environment.begin(), m_task.spec.environment.end());
    Call call(m_io, [&] { stopWith(call, Outcome::Timeout); });
    call.deadline.setFrozen(m_frozen);
    m_calls[{}] = &call;
    const auto began = Clock::now();
    m_loading = true;
    if (!m_task.debug) // a person may take his time to attach
        call.deadline.start(loadLimit);
    m_conversation->load(m_task, environment, *this, yield);
    waitFor(call, yield);
    m_loading = false;
    m_calls.erase(std::string());
    loadMs = millisecondsSince(began);
    if (call.answer && call.answer->kind == WorkerAnswer::Kind::Loaded) {
        idleSince = Clock::now();
        if (!m_task.debug && !isService(m_task.spec))
            letOthersFinish(m_pid);
        return loadMs;
    }
    kill();
    return tl::unexpected(loadError(call));
}

Error Worker::loadError(const Call &call) const
{
    const std::string &name = m_task.spec.name;
    if (!call.answer) {
        const Fault fault = faultOfLoading(call.verdict, m_status, m_output->lastError());
        return {ErrorCode::FunctionInitFailed, name, toJson(fault).dump()};
    }
    if (call.answer->kind == WorkerAnswer::Kind::NoDebugger)
        return {ErrorCode::DebuggerMissing, name, call.answer->fault.message};
    return {ErrorCode::FunctionInitFailed, name, toJson(call.answer->fault).dump()};
}

void Worker::run(Invocation &invocation, const Caller &caller, asio::yield_context yield)
{
    const auto self = shared_from_this();
    Call call(m_io, [&] { stopWith(call, Outcome::Timeout); });
    call.invocation = &invocation;
    call.deadline.setFrozen(m_frozen);
    m_calls[invocation.id] = &call;
    // Lines printed while several run cannot be told apart.
    m_output->setInvocation(m_calls.size() == 1 ? &invocation : nullptr);
    printedSeries.clear();
    if (!m_task.debug)
        call.deadline.start(m_task.spec.timeout);
    if (!m_limitsWatched)
        watchLimits();
    const auto began = Clock::now();
    m_conversation->invoke({invocation, m_task.spec.timeout, caller.exchange, caller.stream},
                           yield);
    waitFor(call, yield);
    invocation.durationMs = millisecondsSince(began);
    m_calls.erase(invocation.id);
    conclude(invocation, call);
    m_output->setInvocation(m_calls.size() == 1 ? m_calls.begin()->second->invocation : nullptr);
    idleSince = Clock::now();
    ++served;
}

void Worker::conclude(Invocation &invocation, const Call &call)
{
    invocation.memoryKb = m_peakKb;
    if (!call.answer || call.verdict) {
        const bool memory = ranOutOfMemory(m_status.value_or(0), m_output->lastError());
        invocation.outcome =
            call.verdict.value_or(memory ? Outcome::OutOfMemory : Outcome::WorkerDied);
        invocation.fault =
            faultOfDeath(invocation.outcome, m_task.spec, m_status, m_output->lastError());
        return;
    }
    invocation.durationMs = call.answer->ms.value_or(invocation.durationMs);
    invocation.cpuMs = call.answer->cpuMs.value_or(0);
    invocation.memoryKb = call.answer->memoryKb
                              ? *call.answer->memoryKb
                              : std::max(m_peakKb, residentKb(m_pid)); // it may have been short
    if (call.answer->kind == WorkerAnswer::Kind::Result) {
        invocation.outcome = Outcome::Result;
        invocation.result = call.answer->result;
        return;
    }
    invocation.outcome = Outcome::FunctionError;
    invocation.fault = call.answer->fault;
    invocation.capture = call.answer->capture;
    if (invocation.fault.type == "MemoryError") {
        invocation.outcome = Outcome::OutOfMemory;
        kill(); // what it still holds would fail the next one
    }
}

void Worker::waitFor(Call &call, const asio::yield_context &yield)
{
    while (!call.answer && !m_gone)
        m_changed.wait(yield);
    call.deadline.stop();
}

void Worker::onAnswer(const std::string &id, WorkerAnswer answer)
{
    const auto it = m_calls.find(id);
    if (it == m_calls.end() || it->second->answer)
        return;
    m_output->drain(); // what it printed before it answered belongs to this invocation
    it->second->answer = std::move(answer);
    m_changed.notify();
}

void Worker::onAnswering(const std::string &id)
{
    if (const auto it = m_calls.find(id); it != m_calls.end())
        it->second->deadline.stop();
}

void Worker::onConnecting()
{
    if (onConnectingDebugger)
        onConnectingDebugger();
}

void Worker::setProfiling(bool on)
{
    // A message would wait for the end of what it runs. Where nobody listens both do nothing.
    if (!m_gone && !m_loading)
        ::kill(m_pid, on ? SIGURG : SIGWINCH);
}

void Worker::onProfiled(std::string samples)
{
    if (const auto told = std::exchange(onProfiledSamples, {}))
        told(std::move(samples));
}

bool canBeProfiled(const FunctionSpec &spec)
{
    return (spec.runtime == "python3" || spec.runtime == "nodejs") && !isService(spec);
}

void Worker::onClosed(bool broken)
{
    m_closed = true;
    if (broken)
        kill();
    finishIfGone();
    if (m_gone)
        return;
    // A process that ends closes its channel a moment before its status can be had; one that has
    // closed it and stays has no more to say.
    m_leaveTimer.expires_after(leaveTime);
    m_leaveTimer.async_wait([self = shared_from_this()](const boost::system::error_code &error) {
        if (error || self->m_gone)
            return;
        self->kill();
        self->m_leaveTimer.expires_after(endLimit);
        self->m_leaveTimer.async_wait([self](const boost::system::error_code &stopped) {
            if (!stopped && !self->m_gone)
                self->onEnded(0); // its parent did not tell
        });
    });
}

void Worker::onEnded(int status)
{
    // After what has been read already, which is told in handlers that wait to be run.
    asio::post(m_io, [self = shared_from_this(), status] {
        if (self->m_gone)
            return;
        self->m_conversation->drain(); // the news of its end may come before its last answer
        self->m_status = status;
        self->m_closed = true;
        self->finishIfGone();
    });
}

void Worker::finishIfGone()
{
    if (m_gone || !m_status)
        return;
    m_gone = true;
    ::kill(-m_pid, SIGKILL);
    m_children.killOrphans();
    m_output->drain();
    m_conversation->close();
    m_output->close();
    m_limitTimer.cancel();
    m_leaveTimer.cancel();
    std::error_code error;
    std::filesystem::remove_all(m_temporaryFolder, error);
    m_changed.notify();
    if (onGone)
        asio::post(m_io, std::exchange(onGone, {}));
}

void Worker::kill()
{
    if (std::exchange(m_killed, true) || m_gone)
        return;
    killTree(m_pid);
}

void Worker::leave()
{
    if (!m_conversation->leavesGently() || m_loading)
        return kill();
    if (std::exchange(m_leaving, true) || m_killed || m_gone)
        return;
    ::kill(-m_pid, SIGTERM);
    m_leaveTimer.expires_after(gentleTime);
    m_leaveTimer.async_wait([self = shared_from_this()](const boost::system::error_code &error) {
        if (!error)
            self->kill();
    });
}

void Worker::stopWith(Call &call, Outcome verdict)
{
    if (call.verdict || call.answer)
        return;
    call.verdict = verdict;
    const bool alone = (verdict == Outcome::Timeout || verdict == Outcome::Cancelled) &&
                       call.invocation && m_conversation->abandon(call.invocation->id);
    if (!alone)
        kill();
}

void Worker::cancel(const std::string &invocation)
{
    if (const auto it = m_calls.find(invocation); it != m_calls.end() && !invocation.empty())
        stopWith(*it->second, Outcome::Cancelled);
}

void Worker::cancelAll()
{
    for (const auto calls = m_calls; const auto &[id, call] : calls)
        cancel(id);
}

void Worker::setFrozen(bool frozen)
{
    m_frozen = frozen;
    for (const auto &[id, call] : m_calls)
        call->deadline.setFrozen(frozen);
}

void Worker::endDebugging()
{
    m_task.debug.reset();
    if (m_loading)
        kill();
    for (const auto &[id, call] : m_calls)
        if (call->invocation)
            call->deadline.start(m_task.spec.timeout);
}

void Worker::watchLimits()
{
    m_limitsWatched = true; // not stopped by the end of a short invocation: the next one comes soon
    const bool isNear = m_peakKb * 1024 > residentLimit(m_task.spec) / 4;
    m_limitTimer.expires_after(isNear ? limitInterval : calmInterval);
    m_limitTimer.async_wait([self = shared_from_this()](const boost::system::error_code &error) {
        self->m_limitsWatched = false;
        if (error || self->m_gone || self->m_calls.empty())
            return;
        const std::uint64_t resident = residentKb(self->m_pid);
        self->m_peakKb = std::max(self->m_peakKb, resident);
        const bool isFull = folderBytes(self->m_temporaryFolder) > self->m_task.spec.temporaryBytes;
        if (!isFull && resident * 1024 <= residentLimit(self->m_task.spec))
            return self->watchLimits();
        for (const auto calls = self->m_calls; const auto &[id, call] : calls)
            self->stopWith(*call, isFull ? Outcome::OutOfSpace : Outcome::OutOfMemory);
    });
}

} // namespace runtime
