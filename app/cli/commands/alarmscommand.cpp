#include "app/cli/commandlist.h"
#include "app/cli/runtimecommand.h"

#include <nlohmann/json.hpp>

namespace app {

using nlohmann::json;
using runtime::AlarmChange;
using runtime::AlarmState;
using runtime::FunctionState;
using runtime::Happening;
using runtime::Result;

namespace {

struct AlarmsOptions {
    std::string function, on;
    bool follow = false;
};

/// How the alarms of functions stand, then what is raised and cleared as long as it is followed.
class AlarmsCommand final : public RuntimeCommand
{
public:
    AlarmsCommand(Output &output, AlarmsOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        connectTo(m_options.on, "edgewright alarms",
                  "is a controller, which has alarms of its own");
    }

private:
    void onReady(runtime::Client &client) override
    {
        if (m_options.follow) {
            m_subscription = client.subscribe({.invocations = false,
                                               .log = false,
                                               .functions = true,
                                               .readings = false,
                                               .afterCursor = 0,
                                               .readingsFromNow = true,
                                               .function = m_options.function});
            connect(m_subscription.get(), &runtime::Subscription::happened, this,
                    [this](const Happening &happening) {
                        if (happening.kind == Happening::Kind::Alarm)
                            onAlarm(happening.alarm);
                    });
        }
        client.functions().then(this, [this](const Result<std::vector<FunctionState>> &states) {
            if (!states)
                return fail(states.error());
            show(*states);
            if (!m_options.follow)
                finish(Exit::Done);
        });
    }

    void show(const std::vector<FunctionState> &states)
    {
        std::vector<QStringList> rows;
        for (const FunctionState &state : states) {
            if (!m_options.function.empty() && state.spec.name != m_options.function)
                continue;
            for (const AlarmState &alarm : state.alarms) {
                json object = runtime::toJson(alarm);
                object["function"] = state.spec.name;
                if (output().isJson())
                    output().json(object);
                rows.push_back({QString::fromStdString(state.spec.name),
                                QString::fromStdString(alarm.words),
                                alarm.isRaised ? QStringLiteral("raised") : QStringLiteral("ok"),
                                alarm.sinceUs ? clockText(alarm.sinceUs) : QString(),
                                QString::fromStdString(alarm.figure)});
            }
        }
        if (!output().isJson())
            output().table({QStringLiteral("FUNCTION"), QStringLiteral("ALARM"),
                            QStringLiteral("STATE"), QStringLiteral("SINCE"),
                            QStringLiteral("FIGURE")},
                           rows, QStringLiteral("No function that is served has an alarm."));
    }

    void onAlarm(const AlarmChange &change)
    {
        if (output().isJson())
            output().json(runtime::toJson(change));
        else
            output().line(alarmLine(change));
    }

    AlarmsOptions m_options;
    std::unique_ptr<runtime::Subscription> m_subscription;
};

} // namespace

void addAlarmsCommand(CommandList &list)
{
    const auto options = std::make_shared<AlarmsOptions>();
    const CommandOptions command = list.add(
        "alarms", "How the alarms of functions stand",
        "alarms\n"
        "alarms shop --on porch-pi --json\n"
        "alarms --follow                     then every one that is raised or over",
        [options](Output &output) { return std::make_unique<AlarmsCommand>(output, *options); });
    command.addOption("FUNCTION", options->function, "Only of this function").typeName("");
    command.addOption("--on", options->on, "A device; else here").typeName("DEVICE");
    command.addFlag("--follow,-f", options->follow, "Go on until Ctrl+C");
}

} // namespace app
