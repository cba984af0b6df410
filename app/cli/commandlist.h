#pragma once

#include "app/cli/command.h"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// CLI11 is all in its headers and slow to compile: a command's file does without them.
namespace CLI {
class App;
class Option;
} // namespace CLI

namespace app {

/// An argument or an option that takes a value.
class CommandValue final
{
public:
    explicit CommandValue(CLI::Option *option) : m_option(option) {}

    const CommandValue &required() const;
    /// What the help calls the value; nothing: only its name.
    const CommandValue &typeName(const char *name) const;
    const CommandValue &oneOf(std::initializer_list<const char *> words) const;
    const CommandValue &oneOf(std::span<const std::string_view> words) const;
    /// Both ends count.
    const CommandValue &between(int least, int most) const;
    /// One word holds several values; further words are not taken.
    const CommandValue &separatedBy(char separator) const;

private:
    CLI::Option *m_option;
};

/// What may follow a command. The variables must outlive the reading of the command line.
class CommandOptions final
{
public:
    explicit CommandOptions(CLI::App &app) : m_app(app) {}

    /// \a name: "--to" for an option, "FUNCTION" for an argument.
    CommandValue addOption(const char *name, std::string &value, const char *help) const;
    CommandValue addOption(const char *name, std::vector<std::string> &value,
                           const char *help) const;
    CommandValue addOption(const char *name, int &value, const char *help) const;
    void addFlag(const char *name, bool &value, const char *help) const;

    [[nodiscard]] CLI::App &app() const { return m_app; }

private:
    CLI::App &m_app;
};

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
    CommandOptions add(const std::string &name, const std::string &description,
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
void addImportCommand(CommandList &list);
void addInvokeCommand(CommandList &list);
void addRunCommand(CommandList &list);
void addFireCommand(CommandList &list);
void addRecordCommands(CommandList &list);
void addMetricsCommand(CommandList &list);
void addAlarmsCommand(CommandList &list);
void addFailureCommand(CommandList &list);
void addProfileCommand(CommandList &list);
void addTraceCommand(CommandList &list);
void addReplayCommands(CommandList &list);
void addQueueCommands(CommandList &list);
void addTaskCommands(CommandList &list);
void addDeviceCommands(CommandList &list);
void addDiscoverCommand(CommandList &list);
void addPushCommand(CommandList &list);
void addWatchCommand(CommandList &list);
void addTargetCommands(CommandList &list);
void addIdeCommand(CommandList &list);
void addCompletionCommand(CommandList &list);

} // namespace app
