#include "app/cli/commandline.h"

#include "app/cli/commandlist.h"
#include "runtime-bridge/base/suggestion.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>

namespace app {

namespace {

constexpr auto addAll = {
    addNewCommand,     addCheckCommand,      addImportCommand,  addInvokeCommand, addRunCommand,
    addFireCommand,    addRecordCommands,    addMetricsCommand, addTraceCommand,  addFailureCommand,
    addAlarmsCommand,  addProfileCommand,    addReplayCommands, addQueueCommands, addTaskCommands,
    addDeviceCommands, addDiscoverCommand,   addPushCommand,    addWatchCommand,  addTargetCommands,
    addIdeCommand,     addCompletionCommand,
};

const CLI::App &deepest(const CLI::App &app)
{
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : deepest(*chosen.front());
}

std::string pathOf(const CLI::App &app)
{
    const CLI::App *parent = app.get_parent();
    return parent ? pathOf(*parent) + ' ' + app.get_name() : app.get_name();
}

/// The option or command of \a app that looks most like \a word, in a sentence.
std::string suggestion(const CLI::App &app, const std::string &word)
{
    std::vector<std::string> known;
    if (word.starts_with('-')) {
        for (const CLI::Option *option : app.get_options())
            for (const std::string &name : option->get_lnames())
                known.push_back("--" + name);
    } else {
        for (const CLI::App *command : app.get_subcommands(nullptr))
            known.push_back(command->get_name());
    }
    const std::vector<std::string_view> views(known.begin(), known.end());
    const std::optional<std::string> closest = runtime::closestWord(word, views);
    return closest ? " (did you mean \"" + *closest + "\"?)" : std::string();
}

/// CLI11's objection as part of a sentence.
std::string objection(const CLI::App &app, const CLI::ParseError &error)
{
    std::vector<std::string> extra = app.remaining();
    if (const CLI::App *parent = app.get_parent(); extra.empty() && parent)
        extra = parent->remaining();
    if (!extra.empty()) {
        const std::string &word = extra.front();
        const char *kind = word.starts_with('-')                  ? "option"
                           : app.get_subcommands(nullptr).empty() ? "argument"
                                                                  : "command";
        return std::string("there is no ") + kind + " \"" + word + '"' + suggestion(app, word);
    }
    std::string text = error.what();
    if (const auto required = text.find(" is required"); required != std::string::npos)
        return text.substr(0, required) + " is missing";
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

CommandLine wrongUse(const CLI::App &root, const CLI::ParseError &error, bool json)
{
    const CLI::App &app = deepest(root);
    Output output(json);
    output.error({runtime::ErrorCode::UsageInvalid, pathOf(app), objection(app, error)});
    return {{}, json, Exit::Usage};
}

} // namespace

CommandLine readCommandLine(int argc, char **argv)
{
    CommandLine result;
    CLI::App root("Serverless functions: here, on devices, and on controllers.", "edgewright");
    root.set_version_flag("--version", std::string("edgewright ") + EDGEWRIGHT_VERSION);
    root.require_subcommand(1);
    root.get_formatter()->column_width(32);
    root.footer("Every command has its own --help with examples.\n"
                "Exit codes: 0 done; 1 the function or the operation failed; 2 wrong use;\n"
                "3 a target cannot be reached or refuses; 130 cancelled.");
    CommandList list(root, result.create, result.json);
    for (const auto add : addAll)
        add(list);
    root.set_help_all_flag("--help-all", "The help of every command");
    if (argc < 2) {
        std::fputs(root.help().c_str(), stderr);
        result.exit = Exit::Usage;
        return result;
    }
    try {
        root.parse(argc, argv);
    } catch (const CLI::Success &wish) { // --help, --version
        root.exit(wish);
        result.exit = Exit::Done;
    } catch (const CLI::ParseError &error) {
        const bool json = std::any_of(
            argv + 1, argv + argc, [](const char *word) { return std::string("--json") == word; });
        return wrongUse(root, error, json);
    }
    return result;
}

} // namespace app
