#include "app/cli/commands/simulatecommand.h"

#include "device-manager/core/deviceregistry.h"

#include <nlohmann/json.hpp>

namespace app {

using device::SimulatedPi;

SimulateCommand::SimulateCommand(Output &output) : Command(output)
{
    connect(&m_pi, &SimulatedPi::started, this, &SimulateCommand::onStarted);
    connect(&m_pi, &SimulatedPi::failed, this,
            [this](const runtime::Error &error) { fail(error); });
    connect(&m_pi, &SimulatedPi::stopped, this, [this] {
        this->output().note(QStringLiteral("The simulated Raspberry Pi ended."));
        finish(Exit::Failed);
    });
}

void SimulateCommand::start()
{
    m_pi.start();
}

void SimulateCommand::interrupt()
{
    m_pi.stop();
    Command::interrupt();
}

void SimulateCommand::onStarted(const device::Device &device)
{
    device::DeviceRegistry registry;
    if (const runtime::Result<> loaded = registry.load(); !loaded)
        output().error(loaded.error());
    if (const runtime::Result<> saved = registry.save(device); !saved)
        return fail(saved.error());
    const QString address = device::toAddress(device);
    if (output().isJson())
        output().json(nlohmann::json{{"device", device.name.toStdString()},
                                     {"address", address.toStdString()},
                                     {"host_key", device.hostKey.toStdString()}});
    else
        output().line(address);
    if (!m_pi.isOwner())
        output().note(QStringLiteral("It runs already; this one joins it."));
    output().note(QStringLiteral("In another terminal: edgewright push --to %1, then edgewright "
                                 "watch %1. Ctrl+C ends it.")
                      .arg(device.name));
    m_keys = std::make_unique<Keys>();
    connect(m_keys.get(), &Keys::pressed, this, &SimulateCommand::onKey);
    if (m_keys->isListening())
        output().note(QStringLiteral("c covers the light sensor, and uncovers it."));
    connect(&m_pi, &SimulatedPi::ledChanged, this, [this](bool on) {
        this->output().note(on ? QStringLiteral("The lamp is on.")
                               : QStringLiteral("The lamp is off."));
    });
}

void SimulateCommand::onKey(char key)
{
    if (key != 'c')
        return;
    m_pi.setCovered(!m_pi.isCovered());
    output().note(m_pi.isCovered() ? QStringLiteral("The sensor is covered.")
                                   : QStringLiteral("The sensor is uncovered."));
}

} // namespace app
