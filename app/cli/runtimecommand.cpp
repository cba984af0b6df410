#include "app/cli/runtimecommand.h"

#include "app/cli/terminal.h"
#include "device-manager/core/devicelink.h"
#include "runtime-bridge/client/localruntime.h"

namespace app {

using device::DeviceLink;
using runtime::Error;
using runtime::LocalRuntime;
using runtime::Result;

RuntimeCommand::RuntimeCommand(Output &output) : Command(output) {}
RuntimeCommand::~RuntimeCommand() = default;

void RuntimeCommand::connectTo(const Place &place)
{
    if (place.kind == Place::Kind::Device) {
        m_link = createLink(place.device);
        connect(m_link.get(), &DeviceLink::stateChanged, this, [this](DeviceLink::State state) {
            if (state == DeviceLink::State::Online)
                onReady(*m_link->client());
        });
        connect(m_link.get(), &DeviceLink::lost, this, &RuntimeCommand::onLost);
        connect(m_link.get(), &DeviceLink::failed, this,
                [this](const Error &error) { fail(error); });
        m_link->open();
        return;
    }
    m_runtime = std::make_unique<LocalRuntime>();
    connect(m_runtime.get(), &LocalRuntime::ready, this, [this] { onReady(*m_runtime->client()); });
    connect(m_runtime.get(), &LocalRuntime::lost, this, &RuntimeCommand::onLost);
    connect(m_runtime.get(), &LocalRuntime::failed, this,
            [this](const Error &error) { fail(error); });
    m_runtime->start();
}

void RuntimeCommand::connectTo(const std::string &name, const char *command, const char *reason)
{
    const Result<Place> place = placeNamed(name);
    if (!place)
        return fail(place.error());
    if (place->kind == Place::Kind::Controller)
        return fail({runtime::ErrorCode::UsageInvalid, command, place->name + ' ' + reason});
    connectTo(*place);
}

runtime::Client *RuntimeCommand::client() const
{
    return m_link ? m_link->client() : m_runtime ? m_runtime->client() : nullptr;
}

void RuntimeCommand::onLost(const Error &error)
{
    fail(error);
}

std::unique_ptr<DeviceLink> createLink(const device::Device &device)
{
    DeviceLink::Options options;
    if (isInteractive())
        options.ask = askOnTerminal;
    return std::make_unique<DeviceLink>(device, std::move(options));
}

} // namespace app
