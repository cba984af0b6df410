#pragma once

#include "device-manager/core/devicepackages.h"

#include <filesystem>
#include <stop_token>

namespace device {

/// Runs pip or npm for \a wish, so that its packages lie in \a target, which is empty before.
/// \a work: a folder for files beside them. "own" in it lists what is left to the device, when
/// anything is. Blocks; errors as DevicePackages::make().
[[nodiscard]] runtime::Result<> installPackages(const PackageWish &wish, const QByteArray &own,
                                                const std::filesystem::path &work,
                                                const std::filesystem::path &target,
                                                const DevicePackages::Tell &tell,
                                                std::stop_token stop);

} // namespace device
