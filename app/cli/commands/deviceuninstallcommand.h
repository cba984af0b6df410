#pragma once

#include "app/cli/command.h"
#include "device-manager/core/runtimeremoval.h"

#include <memory>
#include <string>

namespace app {

class CommandList;

/// Takes our runtime off a device, after it said what goes with it and was told yes.
class DeviceUninstallCommand final : public Command
{
    Q_OBJECT

public:
    struct Options {
        std::string name;
        bool yes = false; ///< Asked already.
    };

    DeviceUninstallCommand(Output &output, Options options);

    void start() override;

private:
    void onLooked(const device::RuntimeHoldings &holdings);
    [[nodiscard]] bool isConfirmed(const device::RuntimeHoldings &holdings);
    void remove(const device::RuntimeHoldings &holdings);

    Options m_options;
    std::unique_ptr<device::RuntimeRemoval> m_removal;
};

void addDeviceUninstallCommand(CommandList &list);

} // namespace app
