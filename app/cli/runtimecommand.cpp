#include "app/cli/runtimecommand.h"

namespace app {

RuntimeCommand::RuntimeCommand(Output &output) : Command(output)
{
    using runtime::LocalRuntime;
    connect(&m_runtime, &LocalRuntime::ready, this, [this] { onReady(*m_runtime.client()); });
    connect(&m_runtime, &LocalRuntime::lost, this, &RuntimeCommand::onLost);
    connect(&m_runtime, &LocalRuntime::failed, this,
            [this](const runtime::Error &error) { fail(error); });
}

void RuntimeCommand::start()
{
    m_runtime.start();
}

void RuntimeCommand::onLost(const runtime::Error &error)
{
    fail(error);
}

} // namespace app
