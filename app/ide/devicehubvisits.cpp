#include "app/ide/devicehubentry.h"
#include "device-manager/core/devicerestart.h"
#include "device-manager/core/simulatedpi.h"

// What the hub does for whoever visits a device: tells of it, measures it, restarts it.
namespace app {

using runtime::ErrorCode;
using runtime::Result;

const device::DeviceLink *DeviceHub::link(const QString &name) const
{
    const Entry *found = entry(name);
    return found ? found->link.get() : nullptr;
}

const device::DeviceHealth *DeviceHub::health(const QString &name) const
{
    const Entry *found = entry(name);
    return found ? found->health.get() : nullptr;
}

void DeviceHub::watchHealth(const QString &name, bool watched)
{
    if (const Entry *found = entry(name))
        found->health->setWatched(watched);
}

void DeviceHub::restart(const QString &name)
{
    const Entry *found = entry(name);
    if (!found)
        return;
    if (!found->device.simulated.isEmpty()) {
        restartSimulated(name);
        return;
    }
    device::SshSession *session = found->link->session();
    if (!session) {
        Q_EMIT failed({ErrorCode::DeviceLost, name.toStdString(), "it is not connected"});
        return;
    }
    session->exec(device::restartScript())
        .then(this, [this, name](const Result<device::ExecResult> &done) {
            if (const Result<> restarted = device::restartOutcome(name, done))
                Q_EMIT restarting(name);
            else
                Q_EMIT failed(restarted.error());
        });
}

void DeviceHub::restartSimulated(const QString &name)
{
    if (!m_simulated || m_simulated->device().name != name || !m_simulated->isOwner()) {
        Q_EMIT failed({ErrorCode::DeviceUnsuitable, name.toStdString(),
                       "this simulated device is run by another program"});
        return;
    }
    m_simulated->stop();
    m_simulated->start();
    Q_EMIT restarting(name);
}

} // namespace app
