#pragma once

#include "app/cli/command.h"

#include <CLI/App.hpp>

#include <string>

namespace app {

/// Where each group of commands puts what it offers.
class CommandList final
{
public:
    /// \a chosen gets the command that stands on the command line, \a json whether --json does.
    CommandList(CLI::App &parent, CreateCommand &chosen, bool &json)
        : m_parent(parent), m_chosen(chosen), m_json(json)
    {
    }

    /// Adds the command \a name; its options are then added to what is returned. \a examples: one a
    /// line, without the program's name.
    CLI::App &add(const std::string &name, const std::string &description,
                  const std::string &examples, CreateCommand create);

    /// A word that is followed by one of its own commands: "device add".
    [[nodiscard]] CommandList group(const std::string &name, const std::string &description);

    [[nodiscard]] CLI::App &parent() const { return m_parent; }

private:
    CLI::App &m_parent;
    CreateCommand &m_chosen;
    bool &m_json;
};

// One file each in commands/.
void addNewCommand(CommandList &list);
void addCheckCommand(CommandList &list);
void addInvokeCommand(CommandList &list);
void addRunCommand(CommandList &list);
void addFireCommand(CommandList &list);
void addRecordCommands(CommandList &list);
void addDeviceCommands(CommandList &list);
void addDiscoverCommand(CommandList &list);
void addPushCommand(CommandList &list);
void addWatchCommand(CommandList &list);
void addTargetCommands(CommandList &list);
void addIdeCommand(CommandList &list);
void addCompletionCommand(CommandList &list);

} // namespace app
