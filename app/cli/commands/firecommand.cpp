#include "app/cli/commandlist.h"
#include "app/cli/commands/invokecommand.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace app {

using runtime::ErrorCode;
using runtime::FunctionState;
using runtime::Invocation;
using runtime::Result;

namespace {

struct FireOptions {
    std::string trigger;
    std::string event;
    bool isShown = false; ///< The event is only told.
};

/// Fires a trigger of a function that runs on this computer, as if its time had come.
class FireCommand final : public RuntimeCommand
{
public:
    FireCommand(Output &output, FireOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        if (!m_options.event.empty()) {
            Result<std::string> event = readEvent(m_options.event);
            if (!event)
                return fail(event.error());
            m_options.event = std::move(*event);
        }
        connectHere();
    }

private:
    void onReady(runtime::Client &client) override
    {
        client.functions().then(this, [this](const Result<std::vector<FunctionState>> &states) {
            if (states)
                fire(*states);
            else
                fail(states.error());
        });
    }

    void fire(const std::vector<FunctionState> &states)
    {
        const std::string name = m_options.trigger.substr(0, m_options.trigger.find(':'));
        const auto state = std::ranges::find_if(
            states, [&](const FunctionState &state) { return state.spec.name == name; });
        if (state == states.end())
            return fail({ErrorCode::FunctionUnknown, name,
                         "nothing of that name is served here; start it with edgewright run"});
        const Result<int> index = indexOf(state->spec);
        if (!index)
            return fail(index.error());
        const auto show = [this](const Result<Invocation> &invocation) {
            if (invocation)
                finish(showInvocation(output(), *invocation));
            else
                fail(invocation.error());
        };
        if (m_options.isShown)
            return showSample(name, *index);
        if (m_options.event.empty()) {
            client()->fire(name, *index).then(this, show);
            return;
        }
        const std::string kind = runtime::kindOf(state->spec.triggers[std::size_t(*index)]);
        client()
            ->invoke({.function = name, .event = m_options.event, .trigger = kind, .id = {}},
                     stopToken())
            .then(this, show);
    }

    void showSample(const std::string &name, int index)
    {
        client()->sample(name, index).then(this, [this](const Result<std::string> &event) {
            if (!event)
                return fail(event.error());
            output().line(QString::fromStdString(nlohmann::ordered_json::parse(*event).dump(2)));
            finish(Exit::Done);
        });
    }

    /// "night-light": its first trigger; "night-light:http": the first of that kind;
    /// "night-light:1": the second.
    [[nodiscard]] Result<int> indexOf(const runtime::FunctionSpec &spec) const
    {
        const std::size_t colon = m_options.trigger.find(':');
        const std::string which =
            colon == std::string::npos ? "0" : m_options.trigger.substr(colon + 1);
        int index = -1;
        const auto parsed = std::from_chars(which.data(), which.data() + which.size(), index);
        if (parsed.ec != std::errc() || parsed.ptr != which.data() + which.size()) {
            const auto it = std::ranges::find(spec.triggers, which, runtime::kindOf);
            index = it == spec.triggers.end() ? -1 : int(it - spec.triggers.begin());
        }
        if (index >= 0 && std::size_t(index) < spec.triggers.size())
            return index;
        std::string known;
        for (std::size_t i = 0; i < spec.triggers.size(); ++i)
            known += (i ? ", " : "") + std::to_string(i) + " (" +
                     runtime::describe(spec.triggers[i]) + ')';
        return runtime::failure(ErrorCode::UsageInvalid, "edgewright fire",
                                '"' + spec.name + "\" has " +
                                    (known.empty() ? "no trigger" : "the triggers " + known));
    }

    FireOptions m_options;
};

} // namespace

void addFireCommand(CommandList &list)
{
    const auto options = std::make_shared<FireOptions>();
    const CommandOptions command = list.add(
        "fire", "Fire a trigger of a function that runs here, now",
        "fire night-light                   its first trigger\n"
        "fire night-light:http --event @events/dusk.json\n"
        "fire night-light:1                 its second trigger\n"
        "fire thumbnails:object --show > upload.json     its event, to be edited",
        [options](Output &output) { return std::make_unique<FireCommand>(output, *options); });
    command
        .addOption("TRIGGER", options->trigger,
                   "Function, or function:kind, or function:number (from 0)")
        .required()
        .typeName("");
    command.addOption("--event", options->event, "JSON, @FILE, or -; else what the trigger gives")
        .typeName("JSON|@FILE|-");
    command.addFlag("--show", options->isShown, "Only print the event that the trigger gives");
}

} // namespace app
