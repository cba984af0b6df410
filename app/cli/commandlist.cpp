#include "app/cli/commandlist.h"

#include <sstream>

namespace app {

CLI::App &CommandList::add(const std::string &name, const std::string &description,
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
    return *command;
}

CommandList CommandList::group(const std::string &name, const std::string &description)
{
    CLI::App *group = m_parent.add_subcommand(name, description);
    group->require_subcommand(1);
    return {*group, m_chosen, m_json};
}

} // namespace app
