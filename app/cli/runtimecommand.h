#pragma once

#include "app/cli/command.h"
#include "app/cli/place.h"
#include "runtime-bridge/client/client.h"

#include <memory>

namespace device {
class DeviceLink;
}
namespace runtime {
class LocalRuntime;
}

namespace app {

/// A command that speaks with a runtime: this computer's, which is started where it does not run,
/// or a device's, which is brought online.
class RuntimeCommand : public Command
{
    Q_OBJECT

public:
    explicit RuntimeCommand(Output &output);
    ~RuntimeCommand() override;

protected:
    /// Answered by onReady(), or the command fails. \a place is Here or a Device.
    void connectTo(const Place &place);
    /// The same with the place that is called \a name; \a command fails on controllers, because
    /// such a one \a reason: "is a controller, which …".
    void connectTo(const std::string &name, const char *command, const char *reason);
    void connectHere() { connectTo({}); }

    /// The runtime answers. Again after onLost() where the command went on.
    virtual void onReady(runtime::Client &client) = 0;
    /// It went away and is being brought back. Ends the command, unless overridden.
    virtual void onLost(const runtime::Error &error);

    [[nodiscard]] runtime::Client *client() const;
    /// Null for this computer.
    [[nodiscard]] device::DeviceLink *link() const { return m_link.get(); }

private:
    std::unique_ptr<runtime::LocalRuntime> m_runtime;
    std::unique_ptr<device::DeviceLink> m_link;
};

/// A link whose questions (passphrases, passwords) are asked on the terminal, where there is one.
[[nodiscard]] std::unique_ptr<device::DeviceLink> createLink(const device::Device &device);

} // namespace app
