#pragma once

#include "app/cli/command.h"
#include "runtime-bridge/client/client.h"
#include "runtime-bridge/client/localruntime.h"

namespace app {

/// A command that speaks with this computer's runtime, which is started where it does not run.
class RuntimeCommand : public Command
{
    Q_OBJECT

public:
    explicit RuntimeCommand(Output &output);
    void start() override;

protected:
    /// The runtime answers. Again after lost() where the command went on.
    virtual void onReady(runtime::Client &client) = 0;
    /// It went away. Ends the command, unless overridden.
    virtual void onLost(const runtime::Error &error);
    [[nodiscard]] runtime::Client *client() const { return m_runtime.client(); }

private:
    runtime::LocalRuntime m_runtime;
};

} // namespace app
