#include "app/cli/commandlist.h"
#include "app/cli/controllerof.h"
#include "app/cli/runtimecommand.h"
#include "runtime-bridge/base/digest.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace app {

using nlohmann::json;
using runtime::Happening;
using runtime::Invocation;
using runtime::LogLine;
using runtime::Result;

namespace {

struct RecordOptions {
    std::string function;
    std::string on;
    int limit = 100;
    bool follow = false;
};

json objectOf(const Invocation &invocation)
{
    json object = runtime::toJson(invocation);
    object.erase("log");
    object["event"] = valueOf(invocation.event);
    object["result"] = valueOf(invocation.result);
    return object;
}

/// What a runtime remembers, oldest first, then what comes as long as it is followed.
class RecordCommand : public RuntimeCommand
{
public:
    RecordCommand(Output &output, RecordOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        const Result<Place> place = placeNamed(m_options.on);
        if (!place)
            return fail(place.error());
        if (place->kind == Place::Kind::Controller)
            return onController(*place);
        connectTo(*place);
    }

protected:
    [[nodiscard]] const RecordOptions &options() const { return m_options; }

    void follow(bool invocations)
    {
        if (!m_options.follow)
            return finish(Exit::Done);
        m_subscription = client()->subscribe({.invocations = invocations,
                                              .log = !invocations,
                                              .functions = false,
                                              .readings = false,
                                              .afterCursor = 0,
                                              .readingsFromNow = true,
                                              .function = m_options.function});
        connect(m_subscription.get(), &runtime::Subscription::happened, this,
                [this](const Happening &happening) { onHappened(happening); });
    }

    virtual void onHappened(const Happening &happening) = 0;
    /// A controller keeps logs in its own way, and no list of invocations.
    virtual void onController(const Place &place)
    {
        fail({runtime::ErrorCode::UsageInvalid, "edgewright",
              place.name + " is a controller, which tells its logs only"});
    }

private:
    RecordOptions m_options;
    std::unique_ptr<runtime::Subscription> m_subscription;
};

class LogsCommand final : public RecordCommand
{
public:
    using RecordCommand::RecordCommand;

private:
    void onReady(runtime::Client &client) override
    {
        client.logs(options().function, options().limit)
            .then(this, [this](const Result<std::vector<LogLine>> &lines) {
                if (!lines)
                    return fail(lines.error());
                for (const LogLine &line : *lines)
                    show(line);
                if (lines->empty() && !options().follow)
                    output().note(QStringLiteral("No log line is kept yet."));
                follow(false);
            });
    }

    void onHappened(const Happening &happening) override
    {
        if (happening.kind == Happening::Kind::Log)
            show(happening.log);
    }

    void onController(const Place &place) override
    {
        Result<std::unique_ptr<runtime::Controller>> controller = createControllerOf(place);
        if (!controller)
            return fail(controller.error());
        m_controller = std::move(*controller);
        m_controller->logs(options().function, options().limit, stopToken())
            .then(this, [this](const Result<std::vector<LogLine>> &lines) {
                if (!lines)
                    return fail(lines.error());
                for (const LogLine &line : *lines)
                    show(line);
                finish(Exit::Done);
            });
    }

    void show(const LogLine &line)
    {
        if (output().isJson())
            output().json(runtime::toJson(line));
        else
            output().line(QString::fromStdString(clockText(line.timeUs).toStdString() + ' ' +
                                                 line.function + (line.isError ? " ! " : "   ") +
                                                 line.text));
    }

    std::unique_ptr<runtime::Controller> m_controller;
};

class InvocationsCommand final : public RecordCommand
{
public:
    using RecordCommand::RecordCommand;

private:
    void onReady(runtime::Client &client) override
    {
        client.invocations(options().function, options().limit)
            .then(this, [this](Result<std::vector<Invocation>> list) {
                if (!list)
                    return fail(list.error());
                std::ranges::reverse(*list); // the newest stands last, where the eye is
                for (const Invocation &invocation : *list)
                    show(invocation);
                if (list->empty() && !options().follow)
                    output().note(QStringLiteral("No invocation is kept yet."));
                follow(true);
            });
    }

    void onHappened(const Happening &happening) override
    {
        if (happening.kind == Happening::Kind::Invocation)
            show(happening.invocation);
    }

    void show(const Invocation &invocation)
    {
        if (output().isJson())
            return output().json(objectOf(invocation));
        const bool isWell = invocation.outcome == runtime::Outcome::Result;
        const std::string what = isWell
                                     ? invocation.result
                                     : std::string(runtime::wireName(invocation.outcome)) + ' ' +
                                           invocation.fault.type + ": " + invocation.fault.message;
        output().line(QStringLiteral("%1 %2 %3  %4  %5  %6")
                          .arg(clockText(invocation.startUs),
                               QLatin1String(isWell ? "ok  " : "FAIL"),
                               durationText(invocation.durationMs).rightJustified(9),
                               QString::fromStdString(invocation.trigger).leftJustified(6),
                               QString::fromStdString(invocation.function + ' ' +
                                                      runtime::shortDigest(invocation.bundle)),
                               QString::fromStdString(what.substr(0, 200))));
    }
};

template<typename Kind> void addRecordCommand(CommandList &list, const char *name,
                                              const char *description, const char *examples)
{
    const auto options = std::make_shared<RecordOptions>();
    const CommandOptions command = list.add(name, description, examples, [options](Output &output) {
        return std::make_unique<Kind>(output, *options);
    });
    command.addOption("FUNCTION", options->function, "Only of this function").typeName("");
    command.addOption("--on", options->on, "Where it runs: a device or a controller; else here")
        .typeName("TARGET");
    command.addOption("--limit", options->limit, "How many of the last ones")
        .between(0, 10'000)
        .typeName("N");
    command.addFlag("--follow,-f", options->follow, "Go on with those that come, until Ctrl+C");
}

} // namespace

void addRecordCommands(CommandList &list)
{
    addRecordCommand<LogsCommand>(list, "logs", "What functions printed",
                                  "logs night-light --follow\n"
                                  "logs --limit 20 --json");
    addRecordCommand<InvocationsCommand>(list, "invocations", "What was invoked, and how it ended",
                                         "invocations night-light --limit 10\n"
                                         "invocations --follow --json");
}

} // namespace app
