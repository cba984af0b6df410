#pragma once

#include "device-manager/core/device.h"
#include "runtime-bridge/function/applicationfile.h"

#include <optional>
#include <string>
#include <vector>

namespace app {

/// A target by its name, resolved.
struct Place {
    enum class Kind { Here, Device, Controller };
    Kind kind = Kind::Here;
    std::string name;
    device::Device device;             ///< Kind::Device
    runtime::ApplicationTarget target; ///< Kind::Controller
};

inline constexpr std::string_view here = "here";
inline constexpr std::string_view ownEndpoint = "edgewright";

/// "here" or nothing, a known device, a target of the application in the current folder, or
/// "edgewright", this computer's own controller. ErrorCode::TargetUnknown lists what there is.
[[nodiscard]] runtime::Result<Place> placeNamed(const std::string &name);

/// The known device of that name, or the one that the application names so.
/// ErrorCode::DeviceUnknown.
[[nodiscard]] runtime::Result<device::Device> deviceNamed(const std::string &name);

/// The devices that \a names (of devices, else of groups) and \a groups mean, each once.
/// ErrorCode::DeviceUnknown; ErrorCode::TargetUnknown for a group, with those that there are.
[[nodiscard]] runtime::Result<std::vector<device::Device>>
devicesNamed(const std::vector<std::string> &names, const std::vector<std::string> &groups = {});

/// "porch-pi,shed-pi" taken apart.
[[nodiscard]] std::vector<std::string> namesOfList(const std::string &list);

/// Everything that placeNamed() knows, in the order in which it is shown.
[[nodiscard]] std::vector<Place> allPlaces();

} // namespace app
