#include "app/cli/commandlist.h"
#include "app/cli/runtimecommand.h"

#include <QTimer>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace app {

using nlohmann::json;
using runtime::Result;
using runtime::TaskPhase;
using runtime::TaskState;

namespace {

struct TaskOptions {
    std::string what; ///< A task's id, or a function.
    std::string on;
    int limit = 100;
    bool isWaitedFor = false;
};

json objectOf(const TaskState &task)
{
    json object = runtime::toJson(task);
    object["event"] = valueOf(task.event);
    object["result"] = valueOf(task.result);
    return object;
}

class TaskCommandBase : public RuntimeCommand
{
public:
    TaskCommandBase(Output &output, TaskOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        connectTo(m_options.on, "edgewright task",
                  "is a controller; tasks are here and on devices");
    }

protected:
    [[nodiscard]] const TaskOptions &options() const { return m_options; }

private:
    TaskOptions m_options;
};

/// How one task stands; waited for, its log while it runs and its result.
class TaskCommand final : public TaskCommandBase
{
public:
    TaskCommand(Output &output, TaskOptions options) : TaskCommandBase(output, std::move(options))
    {
        m_again.setSingleShot(true);
        connect(&m_again, &QTimer::timeout, this, &TaskCommand::ask);
    }

private:
    void onReady(runtime::Client &) override { ask(); }

    void ask()
    {
        client()->task(options().what).then(this, [this](const Result<TaskState> &task) {
            if (!task)
                return fail(task.error());
            onTask(*task);
        });
    }

    void onTask(const TaskState &task)
    {
        const bool isOver = task.phase == TaskPhase::Done || task.phase == TaskPhase::Dead;
        for (const runtime::LogLine &line : task.log)
            if (line.timeUs > m_shownUs) {
                m_shownUs = line.timeUs;
                output().log(line, false);
            }
        if (options().isWaitedFor && !isOver)
            return m_again.start(100);
        if (output().isJson())
            output().json(objectOf(task));
        else if (task.phase == TaskPhase::Done)
            output().json(task.result);
        else
            output().line(QStringLiteral("%1, %2 attempts")
                              .arg(QLatin1String(runtime::wireName(task.phase).data()))
                              .arg(task.attempts));
        if (!task.fault.type.empty() && task.phase != TaskPhase::Done)
            output().fault(QStringLiteral("The last attempt failed"), task.fault);
        finish(task.phase == TaskPhase::Dead ? Exit::Failed : Exit::Done);
    }

    QTimer m_again;
    std::int64_t m_shownUs = 0;
};

class TasksCommand final : public TaskCommandBase
{
public:
    using TaskCommandBase::TaskCommandBase;

private:
    void onReady(runtime::Client &client) override
    {
        client.tasks(options().what, options().limit)
            .then(this, [this](Result<std::vector<TaskState>> tasks) {
                if (!tasks)
                    return fail(tasks.error());
                std::ranges::reverse(*tasks); // the newest stands last, where the eye is
                show(*tasks);
                finish(Exit::Done);
            });
    }

    void show(const std::vector<TaskState> &tasks)
    {
        std::vector<QStringList> rows;
        for (const TaskState &task : tasks) {
            if (output().isJson())
                output().json(objectOf(task));
            rows.push_back({QString::fromStdString(task.id), QString::fromStdString(task.function),
                            QLatin1String(runtime::wireName(task.phase).data()),
                            QString::number(task.attempts), clockText(task.sentUs)});
        }
        if (!output().isJson())
            output().table({QStringLiteral("TASK"), QStringLiteral("FUNCTION"),
                            QStringLiteral("PHASE"), QStringLiteral("ATTEMPTS"),
                            QStringLiteral("SENT")},
                           rows, QStringLiteral("No task is kept yet."));
    }
};

} // namespace

void addTaskCommands(CommandList &list)
{
    const auto options = std::make_shared<TaskOptions>();
    const CommandOptions one = list.add(
        "task", "How a task stands, and its result",
        "task 4f1d…\n"
        "task 4f1d… --wait                  its log while it runs, then its result",
        [options](Output &output) { return std::make_unique<TaskCommand>(output, *options); });
    one.addOption("ID", options->what, "As edgewright invoke --async told it")
        .required()
        .typeName("");
    one.addFlag("--wait", options->isWaitedFor, "Until it is done or its attempts are over");
    one.addOption("--on", options->on, "A device; else here").typeName("DEVICE");
    const CommandOptions all = list.add(
        "tasks", "Invocations that nobody waits for, and how they stand",
        "tasks resize --limit 10\n"
        "tasks --json",
        [options](Output &output) { return std::make_unique<TasksCommand>(output, *options); });
    all.addOption("FUNCTION", options->what, "Only of this function").typeName("");
    all.addOption("--limit", options->limit, "How many of the last ones")
        .between(1, 10'000)
        .typeName("N");
    all.addOption("--on", options->on, "A device; else here").typeName("DEVICE");
}

} // namespace app
