#include "app/ide/devicehub.h"
#include "app/ide/devicehubentry.h"

namespace app {

using device::FleetPush;
using runtime::ErrorCode;
using runtime::Result;

void DeviceHub::addToGroup(const QString &group, const QString &device)
{
    if (const Result<> added = m_registry.addToGroup(group, {device}); !added)
        Q_EMIT failed(added.error());
}

void DeviceHub::removeFromGroup(const QString &group, const QString &device)
{
    if (const Result<> removed = m_registry.removeFromGroup(group, {device}); !removed)
        Q_EMIT failed(removed.error());
}

void DeviceHub::pushToGroup(const QString &group, const runtime::ApplicationFunction &function,
                            const QString &canary)
{
    FleetPush::Plan plan;
    plan.functions = {function};
    plan.watch = canary.isEmpty() ? std::chrono::milliseconds(0) : canaryTime;
    for (const QString &name : groups().value(group))
        if (Entry *found = entry(name))
            plan.members.push_back({found->link.get(), found->pusher.get(), name == canary});
    if (plan.members.empty()) {
        Q_EMIT failed({ErrorCode::TargetUnknown, group.toStdString(),
                       "no device belongs to a group of that name"});
        return;
    }
    m_fleet = std::make_unique<FleetPush>(std::move(plan)); // one before it is cancelled
    const auto tell = [this] { Q_EMIT fleetChanged(m_fleet->rows(), m_fleet->isFinished()); };
    connect(m_fleet.get(), &FleetPush::rowChanged, this, tell);
    connect(m_fleet.get(), &FleetPush::finished, this, tell);
    m_fleet->start();
}

} // namespace app
