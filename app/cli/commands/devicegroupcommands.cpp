#include "app/cli/commands/devicegroupcommands.h"

#include "app/cli/commandlist.h"
#include "device-manager/core/deviceregistry.h"

#include <nlohmann/json.hpp>

namespace app {

using nlohmann::json;
using runtime::Result;

namespace {

struct GroupOptions {
    std::string group;
    std::vector<std::string> devices;
};

QStringList namesIn(const std::vector<std::string> &texts)
{
    QStringList names;
    for (const std::string &text : texts)
        names << QString::fromStdString(text);
    return names;
}

json membersOf(const QStringList &devices)
{
    json list = json::array();
    for (const QString &device : devices)
        list.push_back(device.toStdString());
    return list;
}

Result<Exit> listGroups(Output &output)
{
    device::DeviceRegistry registry;
    if (const Result<> loaded = registry.load(); !loaded)
        return tl::unexpected(loaded.error());
    const QMap<QString, QStringList> &groups = registry.groups();
    json list = json::array();
    std::vector<QStringList> rows;
    for (auto it = groups.begin(); it != groups.end(); ++it) {
        list.push_back({{"group", it.key().toStdString()}, {"devices", membersOf(*it)}});
        rows.push_back({it.key(), it->join(QStringLiteral(", "))});
    }
    if (output.isJson())
        output.json(list);
    else
        output.table({QStringLiteral("GROUP"), QStringLiteral("DEVICES")}, rows,
                     QStringLiteral("There is no group yet. Make one with \"edgewright device "
                                    "group add GROUP DEVICE...\"."));
    return Exit::Done;
}

/// Tells who belongs to the group after it was changed.
Result<Exit> changeGroup(Output &output, const GroupOptions &options, bool add)
{
    device::DeviceRegistry registry;
    if (const Result<> loaded = registry.load(); !loaded)
        return tl::unexpected(loaded.error());
    const QString group = QString::fromStdString(options.group);
    const QStringList devices = namesIn(options.devices);
    const Result<> changed =
        add ? registry.addToGroup(group, devices) : registry.removeFromGroup(group, devices);
    if (!changed)
        return tl::unexpected(changed.error());
    const QStringList members = registry.groups().value(group);
    if (output.isJson())
        output.json(json{{"group", options.group}, {"devices", membersOf(members)}});
    else if (members.isEmpty())
        output.note(
            QStringLiteral("The group \"%1\" is gone; its devices are still known.").arg(group));
    else
        output.line(group + QStringLiteral("  ") + members.join(QStringLiteral(", ")));
    return Exit::Done;
}

CommandOptions addChange(CommandList &list, const char *name, const char *description,
                         const char *examples, const std::shared_ptr<GroupOptions> &options,
                         bool add)
{
    const CommandOptions command = list.add(
        name, description, examples,
        immediate([options, add](Output &output) { return changeGroup(output, *options, add); }));
    command.addOption("GROUP", options->group, "Its name").required().typeName("");
    return command;
}

} // namespace

void addDeviceGroupCommands(CommandList &list)
{
    CommandList group = list.group("group", "Name several devices at once");
    const auto added = std::make_shared<GroupOptions>(), removed = std::make_shared<GroupOptions>();
    addChange(group, "add", "Put devices into a group, which is made when it is not there",
              "device group add greenhouse porch-pi shed-pi", added, true)
        .addOption("DEVICE", added->devices, "Known devices")
        .required()
        .typeName("");
    addChange(group, "remove", "Take devices out of a group",
              "device group remove greenhouse shed-pi\n"
              "device group remove greenhouse     all of them: the group is gone",
              removed, false)
        .addOption("DEVICE", removed->devices, "Its members; none: all")
        .typeName("");
    group.add("list", "The groups and who belongs to them", "device group list --json",
              immediate(listGroups));
}

} // namespace app
