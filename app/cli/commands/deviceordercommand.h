#pragma once

#include "app/cli/command.h"
#include "device-manager/core/device.h"

#include <memory>
#include <string>
#include <vector>

namespace device {
class DeviceLink;
}

namespace app {

/// Removes functions from devices, or brings their versions of before back: function by function,
/// on all devices at a time. What fails on one device ends its orders only.
class DeviceOrderCommand final : public Command
{
    Q_OBJECT

public:
    enum class What { Remove, RollBack };

    /// \a functions empty: those of the application in the current folder.
    DeviceOrderCommand(Output &output, What what, std::vector<device::Device> devices,
                       std::vector<std::string> functions);
    ~DeviceOrderCommand() override;
    void start() override;

private:
    struct Receiver;

    void next(Receiver &receiver);
    void onDone(Receiver &receiver, const runtime::Result<> &done, const std::string &bundle);
    void onFailed(Receiver &receiver, runtime::Error error);
    void end();

    What m_what;
    std::vector<device::Device> m_devices;
    std::vector<std::string> m_functions;
    std::vector<std::unique_ptr<Receiver>> m_receivers;
    std::size_t m_open = 0; ///< Receivers that are not done.
    Exit m_exit = Exit::Done;
};

} // namespace app
