#include "runtime-bridge/daemon/taskrunner.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/log.h"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace runtime {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t linesKept = 100;

void complain(const Result<> &done)
{
    if (!done)
        logLine("tasks: " + done.error().detail);
}

} // namespace

TaskRunner::TaskRunner(boost::asio::io_context &io, FunctionHost &host, Hub &hub, QueueStore &store)
    : m_io(io), m_host(host), m_hub(hub), m_store(store)
{
    m_hub.add(this);
}

TaskRunner::~TaskRunner()
{
    m_hub.remove(this);
}

void TaskRunner::start()
{
    for (const std::string &function : m_store.functionsWithTasks())
        watch(function);
}

Result<std::string> TaskRunner::submit(const InvokeRequest &request)
{
    TaskState task;
    task.id = request.id.empty() ? createSortableId() : request.id;
    task.function = request.function;
    task.event = request.event;
    task.sentUs = nowUs();
    watch(request.function);
    const Result<> sent = m_store.together([&]() -> Result<> {
        if (Result<> saved = m_store.save(task); !saved)
            return saved;
        const auto id = m_store.send(taskQueue(task.function), task.event, task.id, request.cause);
        return id ? Result<>() : tl::unexpected(id.error());
    });
    if (!sent)
        return tl::unexpected(sent.error());
    return task.id;
}

Result<TaskState> TaskRunner::task(const std::string &id) const
{
    std::optional<TaskState> task = m_store.task(id);
    if (!task)
        return failure(ErrorCode::RecordUnknown, id, "There is no such task");
    if (const auto running = m_running.find(id); running != m_running.end())
        task->log.assign(running->second.log.begin(), running->second.log.end());
    return std::move(*task);
}

void TaskRunner::onHappening(const Happening &happening)
{
    if (happening.kind == Happening::Kind::Function &&
        m_heard.contains(happening.function.spec.name))
        pumpLater(happening.function.spec.name); // it is there again, or takes more at once
    if (happening.kind != Happening::Kind::Log || m_running.empty())
        return;
    for (auto &[id, running] : m_running)
        if (running.invocation == happening.log.invocation) {
            running.log.push_back(happening.log);
            if (running.log.size() > linesKept)
                running.log.pop_front();
        }
}

void TaskRunner::watch(const std::string &function)
{
    auto &heard = m_heard[function];
    if (heard)
        return;
    heard = std::make_shared<std::function<void()>>([this, function] { pumpLater(function); });
    m_store.listen(taskQueue(function), heard);
    pumpLater(function);
}

void TaskRunner::pumpLater(const std::string &function)
{
    boost::asio::post(m_io, [this, function] { pump(function); });
}

void TaskRunner::pumpAt(const std::string &function, std::int64_t dueUs)
{
    auto &timer = m_timers[function];
    if (!timer)
        timer = std::make_unique<boost::asio::steady_timer>(m_io);
    const std::int64_t wait = std::clamp<std::int64_t>((dueUs - nowUs()) / 1'000 + 1, 1, 10'000);
    timer->expires_after(milliseconds(wait));
    timer->async_wait([this, function](const boost::system::error_code &error) {
        if (!error)
            pump(function);
    });
}

void TaskRunner::pump(const std::string &function)
{
    const std::optional<FunctionSpec> spec = m_host.specOf(function);
    if (m_resting || !spec)
        return;
    const int free = spec->instances.max - m_busy[function];
    if (free <= 0)
        return;
    const Result<std::vector<QueueMessage>> messages = m_store.take(taskQueue(function), free);
    if (!messages) {
        logLine("tasks: " + messages.error().detail);
        return pumpAt(function, nowUs() + 1'000'000);
    }
    for (const QueueMessage &message : *messages) {
        ++m_busy[function];
        startCoroutine(m_io,
                       [this, message, retry = spec->retry](boost::asio::yield_context yield) {
                           run(message, retry, yield);
                           --m_busy[message.queue.substr(taskQueue({}).size())];
                           pumpLater(message.queue.substr(taskQueue({}).size()));
                       });
    }
    if (messages->empty())
        if (const std::optional<std::int64_t> due = m_store.nextDue(taskQueue(function)))
            pumpAt(function, *due);
}

void TaskRunner::run(const QueueMessage &message, const Retry &retry,
                     boost::asio::yield_context yield)
{
    std::optional<TaskState> known = m_store.task(message.id);
    if (!known)
        return complain(m_store.acknowledge(message)); // its task is forgotten
    TaskState task = std::move(*known);
    task.phase = TaskPhase::Running;
    task.attempts = message.attempts;
    // Each attempt is an invocation of its own; the first has the task's id.
    task.invocation = task.invocation.empty() ? task.id : createSortableId();
    complain(m_store.save(task));
    m_running[task.id].invocation = task.invocation;
    const Result<Invocation> invocation = m_host.invoke(
        {task.function, task.event, "task", task.invocation, causeOf(message)}, yield);
    m_running.erase(task.id);
    if (invocation && invocation->outcome != Outcome::Cancelled)
        return settle(message, std::move(task), *invocation, retry);
    // The function or the runtime goes: it was not tried.
    task.phase = TaskPhase::Waiting;
    complain(m_store.together([&] {
        complain(m_store.save(task));
        return m_store.putBack(message, milliseconds(0), {});
    }));
}

void TaskRunner::settle(const QueueMessage &message, TaskState task, const Invocation &invocation,
                        const Retry &retry)
{
    task.outcome = invocation.outcome;
    task.fault = invocation.fault;
    task.result = invocation.result;
    const bool isWell = invocation.outcome == Outcome::Result;
    const bool isOver = isWell || message.attempts >= retry.attempts;
    task.phase = isWell ? TaskPhase::Done : isOver ? TaskPhase::Dead : TaskPhase::Waiting;
    task.endUs = isOver ? nowUs() : 0;
    const std::string why =
        std::string(wireName(invocation.outcome)) + ": " + invocation.fault.message;
    complain(m_store.together([&]() -> Result<> {
        if (Result<> saved = m_store.save(task); !saved)
            return saved;
        if (isWell)
            return m_store.acknowledge(message);
        if (isOver)
            return m_store.bury(message, why);
        return m_store.putBack(message, backoffAfter(message.attempts, retry), why);
    }));
}

} // namespace runtime
