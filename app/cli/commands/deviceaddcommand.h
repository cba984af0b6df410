#pragma once

#include "app/cli/command.h"
#include "device-manager/core/sshsession.h"

#include <memory>
#include <string>

namespace app {

class CommandList;

/// Makes a device known after a first session with it: its host key is checked against the one
/// given, or shown and asked for on a terminal. Without either, nothing is kept.
class DeviceAddCommand final : public Command
{
    Q_OBJECT

public:
    struct Options {
        std::string name, address, keyFile, hostKey;
    };

    DeviceAddCommand(Output &output, Options options);
    void start() override;

private:
    void tryOut();
    void onOpened(const runtime::Result<> &opened);
    void askForHostKey(const runtime::Error &error);

    Options m_options;
    device::Device m_device;
    std::unique_ptr<device::SshSession> m_session;
};

void addDeviceAddCommand(CommandList &list);

} // namespace app
