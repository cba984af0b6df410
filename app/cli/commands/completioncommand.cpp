#include "app/cli/commandlist.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace app {

namespace {

/// One command with the words that may follow it.
struct Completion {
    std::string path; ///< "", "device", "device add"
    std::vector<const CLI::App *> commands;
    std::vector<const CLI::Option *> options;
};

void collect(const CLI::App &app, const std::string &path, std::vector<Completion> &out)
{
    Completion completion{path, {}, {}};
    for (const CLI::Option *option : app.get_options())
        if (option->nonpositional() && !option->get_lnames().empty())
            completion.options.push_back(option);
    std::vector<const CLI::App *> children = app.get_subcommands(nullptr);
    completion.commands = children;
    out.push_back(std::move(completion));
    for (const CLI::App *child : children)
        collect(*child, path.empty() ? child->get_name() : path + ' ' + child->get_name(), out);
}

std::string wordsOf(const Completion &completion)
{
    std::string words;
    for (const CLI::App *command : completion.commands)
        words += command->get_name() + ' ';
    for (const CLI::Option *option : completion.options)
        for (const std::string &name : option->get_lnames())
            words += "--" + name + ' ';
    if (!words.empty())
        words.pop_back();
    return words;
}

std::string forBash(const std::vector<Completion> &all)
{
    std::string script = "# edgewright completion bash > "
                         "~/.local/share/bash-completion/completions/edgewright\n"
                         "_edgewright() {\n"
                         "    local word=${COMP_WORDS[COMP_CWORD]} path= next words=\n"
                         "    for next in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                         "        [[ $next == -* ]] && continue\n"
                         "        case \"${path:+$path }$next\" in\n            ";
    std::string known;
    for (const Completion &completion : all)
        if (!completion.path.empty())
            known += (known.empty() ? "\"" : "|\"") + completion.path + '"';
    script += known + ") path=\"${path:+$path }$next\" ;;\n        esac\n    done\n"
                      "    case \"$path\" in\n";
    for (const Completion &completion : all)
        script += "        \"" + completion.path + "\") words=\"" + wordsOf(completion) + "\" ;;\n";
    return script + "    esac\n"
                    "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                    "}\n"
                    "complete -o default -F _edgewright edgewright\n";
}

std::string forZsh(const std::vector<Completion> &all)
{
    return "#compdef edgewright\n"
           "# edgewright completion zsh > a folder of $fpath, as _edgewright\n"
           "autoload -U +X bashcompinit && bashcompinit\n" +
           forBash(all);
}

std::string quoted(std::string text)
{
    std::string out = "'";
    for (const char c : text)
        out += c == '\'' ? std::string("\\'") : std::string(1, c);
    return out + '\'';
}

std::string forFish(const std::vector<Completion> &all)
{
    std::string script = "# edgewright completion fish > "
                         "~/.config/fish/completions/edgewright.fish\n";
    for (const Completion &completion : all) {
        std::string condition = "__fish_use_subcommand";
        if (!completion.path.empty()) {
            condition.clear();
            for (std::size_t begin = 0; begin != std::string::npos;) {
                const std::size_t end = completion.path.find(' ', begin);
                condition += (condition.empty() ? "" : "; and ") +
                             std::string("__fish_seen_subcommand_from ") +
                             completion.path.substr(begin, end - begin);
                begin = end == std::string::npos ? end : end + 1;
            }
        }
        const std::string head = "complete -c edgewright -n " + quoted(condition);
        for (const CLI::App *command : completion.commands)
            script += head + " -f -a " + command->get_name() + " -d " +
                      quoted(command->get_description()) + '\n';
        for (const CLI::Option *option : completion.options)
            for (const std::string &name : option->get_lnames())
                script += head + " -l " + name + (option->get_items_expected() > 0 ? " -r" : "") +
                          " -d " + quoted(option->get_description()) + '\n';
    }
    return script;
}

} // namespace

void addCompletionCommand(CommandList &list)
{
    const auto shell = std::make_shared<std::string>();
    const CLI::App *root = &list.parent();
    // The words are taken while the commands are known: they are gone when the command runs.
    const auto script = std::make_shared<std::string>();
    const CommandOptions command =
        list.add("completion", "The completion script of a shell",
                 "completion bash > "
                 "~/.local/share/bash-completion/completions/edgewright\n"
                 "completion fish > ~/.config/fish/completions/edgewright.fish",
                 immediate([script](Output &output) -> runtime::Result<Exit> {
                     output.line(QString::fromStdString(*script).trimmed());
                     return Exit::Done;
                 }));
    command.addOption("SHELL", *shell, "bash, zsh or fish")
        .required()
        .oneOf({"bash", "zsh", "fish"})
        .typeName("");
    command.app().parse_complete_callback([root, shell, script] {
        std::vector<Completion> all;
        collect(*root, {}, all);
        *script = *shell == "bash" ? forBash(all) : *shell == "zsh" ? forZsh(all) : forFish(all);
    });
}

} // namespace app
