#include "app/cli/place.h"

#include "device-manager/core/deviceregistry.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace app {

using runtime::ApplicationTarget;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

QList<device::Device> knownDevices()
{
    device::DeviceRegistry registry;
    (void)registry.load(); // a damaged one is set aside and is an empty list
    return registry.devices();
}

std::vector<ApplicationTarget> applicationTargets()
{
    std::error_code error;
    const Result<runtime::Application> application =
        runtime::loadApplication(std::filesystem::current_path(error));
    return application ? application->targets : std::vector<ApplicationTarget>();
}

/// The devices of a group; none when there is no such group.
std::vector<device::Device> devicesOfGroup(const device::DeviceRegistry &registry,
                                           const std::string &group)
{
    std::vector<device::Device> devices;
    for (const QString &name : registry.groups().value(QString::fromStdString(group)))
        devices.push_back(*registry.device(name));
    return devices;
}

/// The known device that the application means by an address.
Result<device::Device> deviceOf(const ApplicationTarget &target)
{
    const auto address = target.settings.find("address");
    const QString wanted =
        QString::fromStdString(address == target.settings.end() ? std::string() : address->second);
    if (Result<device::Device> parsed = device::deviceFromAddress(wanted))
        for (const device::Device &known : knownDevices())
            if (device::toAddress(known) == device::toAddress(*parsed))
                return known;
    return failure(ErrorCode::DeviceUnknown, target.name,
                   "add it with edgewright device add " + target.name + ' ' + wanted.toStdString());
}

} // namespace

Result<device::Device> deviceNamed(const std::string &name)
{
    for (const device::Device &known : knownDevices())
        if (known.name.toStdString() == name)
            return known;
    for (const ApplicationTarget &target : applicationTargets())
        if (target.name == name && target.kind == "device")
            return deviceOf(target);
    return failure(ErrorCode::DeviceUnknown, name);
}

Result<std::vector<device::Device>> devicesNamed(const std::vector<std::string> &names,
                                                 const std::vector<std::string> &groups)
{
    device::DeviceRegistry registry;
    (void)registry.load();
    std::vector<device::Device> devices;
    const auto add = [&devices](const device::Device &device) {
        if (std::ranges::find(devices, device.name, &device::Device::name) == devices.end())
            devices.push_back(device);
    };
    for (const std::string &name : names) {
        const std::vector<device::Device> members = devicesOfGroup(registry, name);
        const Result<device::Device> device = deviceNamed(name);
        if (device)
            add(*device);
        else if (members.empty())
            return tl::unexpected(device.error());
        else
            std::ranges::for_each(members, add);
    }
    for (const std::string &group : groups) {
        const std::vector<device::Device> members = devicesOfGroup(registry, group);
        if (members.empty())
            return failure(ErrorCode::TargetUnknown, group,
                           "no device belongs to a group of that name; the groups are: " +
                               (registry.groups().isEmpty() ? std::string("none")
                                                            : QStringList(registry.groups().keys())
                                                                  .join(QStringLiteral(", "))
                                                                  .toStdString()));
        std::ranges::for_each(members, add);
    }
    if (devices.empty())
        return failure(ErrorCode::DeviceUnknown, {}, "no name is given");
    return devices;
}

std::vector<std::string> namesOfList(const std::string &list)
{
    std::vector<std::string> names;
    std::istringstream all(list);
    for (std::string name; std::getline(all, name, ',');)
        if (!name.empty())
            names.push_back(name);
    return names;
}

std::vector<Place> allPlaces()
{
    std::vector<Place> places{{Place::Kind::Here, std::string(here), {}, {}}};
    for (const device::Device &known : knownDevices())
        places.push_back({Place::Kind::Device, known.name.toStdString(), known, {}});
    const auto isThere = [&](const std::string &name) {
        return std::ranges::find(places, name, &Place::name) != places.end();
    };
    for (const ApplicationTarget &target : applicationTargets()) {
        if (isThere(target.name))
            continue;
        if (target.kind != "device")
            places.push_back({Place::Kind::Controller, target.name, {}, target});
        else if (const Result<device::Device> known = deviceOf(target))
            places.push_back({Place::Kind::Device, target.name, *known, {}});
    }
    if (const std::string own(ownEndpoint); !isThere(own))
        places.push_back({Place::Kind::Controller, own, {}, {own, own, {}}});
    return places;
}

Result<Place> placeNamed(const std::string &name)
{
    if (name.empty())
        return Place{};
    std::string names;
    for (Place &place : allPlaces()) {
        if (place.name == name)
            return std::move(place);
        names += (names.empty() ? "" : ", ") + place.name;
    }
    return failure(ErrorCode::TargetUnknown, name, "known here: " + names);
}

} // namespace app
