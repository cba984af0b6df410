#include "app/cli/commandlist.h"

#include <CLI/CLI.hpp>

#include <sstream>

namespace app {

const CommandValue &CommandValue::required() const
{
    m_option->required();
    return *this;
}

const CommandValue &CommandValue::typeName(const char *name) const
{
    m_option->type_name(name);
    return *this;
}

const CommandValue &CommandValue::oneOf(std::initializer_list<const char *> words) const
{
    m_option->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end())));
    return *this;
}

const CommandValue &CommandValue::oneOf(std::span<const std::string_view> words) const
{
    m_option->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end())));
    return *this;
}

const CommandValue &CommandValue::between(int least, int most) const
{
    m_option->check(CLI::Range(least, most));
    return *this;
}

const CommandValue &CommandValue::separatedBy(char separator) const
{
    m_option->delimiter(separator)->allow_extra_args(false);
    return *this;
}

CommandValue CommandOptions::addOption(const char *name, std::string &value, const char *help) const
{
    return CommandValue(m_app.add_option(name, value, help));
}

CommandValue CommandOptions::addOption(const char *name, std::vector<std::string> &value,
                                       const char *help) const
{
    return CommandValue(m_app.add_option(name, value, help));
}

CommandValue CommandOptions::addOption(const char *name, int &value, const char *help) const
{
    return CommandValue(m_app.add_option(name, value, help));
}

void CommandOptions::addFlag(const char *name, bool &value, const char *help) const
{
    m_app.add_flag(name, value, help);
}

CommandOptions CommandList::add(const std::string &name, const std::string &description,
                                const std::string &examples, CreateCommand create)
{
    CLI::App *command = m_parent.add_subcommand(name, description);
    command->add_flag("--json", m_json, "Results as JSON");
    std::string footer = "Examples:\n";
    std::istringstream lines(examples);
    for (std::string line; std::getline(lines, line);)
        footer +=
            (line.find("edgewright ") == std::string::npos ? "  edgewright " : "  ") + line + '\n';
    command->footer(footer);
    command->callback([&chosen = m_chosen, create = std::move(create)] { chosen = create; });
    return CommandOptions(*command);
}

CommandList CommandList::group(const std::string &name, const std::string &description)
{
    CLI::App *group = m_parent.add_subcommand(name, description);
    group->require_subcommand(1);
    return {*group, m_chosen, m_json};
}

} // namespace app
