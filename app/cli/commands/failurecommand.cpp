#include "app/cli/commandlist.h"
#include "app/cli/runtimecommand.h"

#include <nlohmann/json.hpp>

namespace app {

using nlohmann::json;
using runtime::CapturedFrame;
using runtime::Failure;
using runtime::Invocation;
using runtime::Result;

namespace {

struct FailureOptions {
    std::string id, on;
    bool eventOnly = false;
};

/// Why an invocation ended as it did: its event, its stack with the variables, its log.
class FailureCommand final : public RuntimeCommand
{
public:
    FailureCommand(Output &output, FailureOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        connectTo(m_options.on, "edgewright failure", "is a controller, which tells its logs only");
    }

private:
    void onReady(runtime::Client &client) override
    {
        client.capturedFailure(m_options.id).then(this, [this](const Result<Failure> &failure) {
            if (!failure)
                return fail(failure.error());
            if (m_options.eventOnly)
                output().json(failure->invocation.event);
            else if (output().isJson())
                output().json(objectOf(*failure));
            else
                show(*failure);
            finish(Exit::Done);
        });
    }

    static json objectOf(const Failure &failure)
    {
        json object = runtime::toJson(failure);
        json &invocation = object["invocation"];
        invocation["event"] = valueOf(failure.invocation.event);
        invocation["result"] = nullptr;
        for (json &frame : object["frames"]) {
            json locals = json::object();
            for (const json &variable : frame["locals"])
                locals[variable[0].get<std::string>()] = variable[1];
            frame["locals"] = std::move(locals);
        }
        return object;
    }

    void show(const Failure &failure)
    {
        const Invocation &v = failure.invocation;
        const auto text = [](const std::string &utf8) { return QString::fromStdString(utf8); };
        output().line(QStringLiteral("%1, %2, %3 after %4")
                          .arg(text(v.function), clockText(v.startUs),
                               QString::fromLatin1(runtime::wireName(v.outcome).data()),
                               durationText(v.durationMs)));
        output().line(text(v.fault.type + ": " + v.fault.message));
        output().line(text("event " + v.event));
        if (failure.framesLeftOut > 0)
            output().line(
                QStringLiteral("(%1 outer frames are not kept)").arg(failure.framesLeftOut));
        for (const CapturedFrame &frame : failure.frames)
            show(frame);
        if (failure.frames.empty())
            for (const std::string &line : v.fault.stack)
                output().line(text("  " + line));
        for (const runtime::LogLine &line : v.log)
            output().log(line, true);
        if (!failure.note.empty())
            output().note(text(failure.note));
    }

    void show(const CapturedFrame &frame)
    {
        const auto text = [](const std::string &utf8) { return QString::fromStdString(utf8); };
        output().line(
            QStringLiteral("  %1:%2 in %3")
                .arg(text(frame.file), QString::number(frame.line), text(frame.function)));
        if (!frame.source.empty())
            output().line(QStringLiteral("    > ") + text(frame.source));
        for (const runtime::CapturedVariable &variable : frame.locals)
            output().line(
                QStringLiteral("      %1 = %2").arg(text(variable.name), text(variable.value)));
        if (frame.localsLeftOut > 0)
            output().line(QStringLiteral("      (%1 more)").arg(frame.localsLeftOut));
    }

    FailureOptions m_options;
};

} // namespace

void addFailureCommand(CommandList &list)
{
    const auto options = std::make_shared<FailureOptions>();
    const CommandOptions command = list.add(
        "failure", "What a failed invocation had: event, stack, variables",
        "failure 4f1d…\n"
        "failure 4f1d… --event > event.json   and again:\n"
        "invoke night-light --event @event.json",
        [options](Output &output) { return std::make_unique<FailureCommand>(output, *options); });
    command.addOption("ID", options->id, "Of an invocation, as edgewright invocations tells it")
        .required()
        .typeName("");
    command.addFlag("--event", options->eventOnly, "Its event alone, as JSON");
    command.addOption("--on", options->on, "A device; else here").typeName("DEVICE");
}

} // namespace app
