#include "app/cli/commands/discovercommand.h"

#include "app/cli/commandlist.h"
#include "device-manager/core/deviceregistry.h"

#include <nlohmann/json.hpp>

namespace app {

using device::DeviceSearch;
using device::FoundDevice;
using device::SeenIn;
using nlohmann::json;

namespace {

constexpr std::pair<SeenIn, const char *> seenWords[] = {
    {SeenIn::Known, "known"},
    {SeenIn::SshConfig, "ssh config"},
    {SeenIn::Service, "mdns service"},
    {SeenIn::Name, "mdns name"},
    {SeenIn::NeighbourTable, "neighbour table"},
};

QStringList seenIn(const FoundDevice &device)
{
    QStringList words;
    for (const auto &[source, word] : seenWords)
        if (device.seen & source)
            words.append(QLatin1String(word));
    return words;
}

/// What `device add` takes.
QString addressOf(const FoundDevice &found)
{
    device::Device device;
    device.user = found.user;
    device.host = found.host;
    device.port = found.port;
    const QString address = device::toAddress(device);
    return found.user.isEmpty() ? address.mid(1) : address; // without the "@"
}

json objectOf(const FoundDevice &found)
{
    json addresses = json::array();
    for (const QString &address : found.addresses)
        addresses.push_back(address.toStdString());
    json seen = json::array();
    for (const QString &word : seenIn(found))
        seen.push_back(word.toStdString());
    return {{"name", found.name.toStdString()},
            {"address", addressOf(found).toStdString()},
            {"addresses", std::move(addresses)},
            {"hardware", found.hardware.toStdString()},
            {"raspberry_pi", found.isRaspberryPi()},
            {"known", found.known.isEmpty() ? json() : json(found.known.toStdString())},
            {"seen", std::move(seen)}};
}

} // namespace

DiscoverCommand::DiscoverCommand(Output &output) : Command(output)
{
    connect(&m_search, &DeviceSearch::devicesChanged, this, &DiscoverCommand::tellProgress);
    connect(&m_search, &DeviceSearch::finished, this, &DiscoverCommand::show);
}

void DiscoverCommand::start()
{
    device::DeviceRegistry registry;
    if (const auto loaded = registry.load(); !loaded)
        output().error(loaded.error());
    m_search.start(registry.devices());
}

void DiscoverCommand::tellProgress()
{
    const qsizetype count = m_search.devices().size();
    if (std::exchange(m_told, count) != count)
        output().progress(QStringLiteral("Searching: %1 so far").arg(count));
}

void DiscoverCommand::show()
{
    const QList<FoundDevice> devices = m_search.devices();
    if (output().isJson()) {
        json list = json::array();
        for (const FoundDevice &device : devices)
            list.push_back(objectOf(device));
        output().json(list);
    } else {
        std::vector<QStringList> rows;
        for (const FoundDevice &device : devices)
            rows.push_back({device.name, addressOf(device),
                            device.addresses.join(QStringLiteral(", ")),
                            device.isRaspberryPi() ? QStringLiteral("Raspberry Pi") : QString(),
                            seenIn(device).join(QStringLiteral(", "))});
        output().table({QStringLiteral("NAME"), QStringLiteral("ADDRESS"),
                        QStringLiteral("NETWORK ADDRESS"), QStringLiteral("MAKE"),
                        QStringLiteral("SEEN IN")},
                       rows, QStringLiteral("Nothing was found."));
    }
    tellWhatWasAsked();
    finish(Exit::Done);
}

void DiscoverCommand::tellWhatWasAsked()
{
    QStringList networks;
    for (const DeviceSearch::Asked &asked : m_search.asked()) {
        if (asked.failure.isEmpty())
            networks.append(asked.interface + QStringLiteral(" (") + asked.sweep + u')');
        else
            output().warning(
                QStringLiteral("%1 could not be asked: %2").arg(asked.interface, asked.failure));
    }
    output().note(
        (networks.isEmpty() ? QStringLiteral("No network could be asked. ")
                            : QStringLiteral("Asked %1 by multicast DNS. ")
                                  .arg(networks.join(QStringLiteral(", ")))) +
        QStringLiteral("Looked at the known devices, ~/.ssh/config and the table of neighbours. "
                       "Nobody was connected to.\n"
                       "Next: edgewright device add NAME ADDRESS"));
}

void addDiscoverCommand(CommandList &list)
{
    list.add("discover", "Machines that may be devices", "discover --json",
             [](Output &output) { return std::make_unique<DiscoverCommand>(output); });
}

} // namespace app
