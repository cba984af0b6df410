#pragma once

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "device-manager/core/simulatedpi.h"

#include <memory>

namespace app {

/// Runs the simulated Raspberry Pi until Ctrl+C, known to every command as "simulated-pi".
class SimulateCommand final : public Command
{
    Q_OBJECT

public:
    explicit SimulateCommand(Output &output);
    void start() override;
    void interrupt() override;

private:
    void onStarted(const device::Device &device);
    void onKey(char key);

    device::SimulatedPi m_pi;
    std::unique_ptr<Keys> m_keys;
};

} // namespace app
