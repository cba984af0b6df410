#pragma once

#include "device-manager/core/devicelink.h"
#include "device-manager/core/fleetpush.h"
#include "runtime-bridge/client/client.h"

#include <QPointer>
#include <QTimer>

#include <map>

namespace device {

/// One member on its way.
struct FleetPush::Work {
    enum class Phase {
        Waiting,
        Connecting,
        Asking,
        Pushing,
        Settling,
        Watching,
        Judged,
        Undoing,
        Ended
    };

    QPointer<DeviceLink> link;
    QPointer<Pusher> pusher;
    bool isCanary = false;
    std::size_t firstRow = 0;
    Phase phase = Phase::Waiting;
    std::size_t open = 0;  ///< Requests that have no answer yet.
    bool isSecond = false; ///< What had no answer was asked for once more.
    std::map<std::string, runtime::FunctionState> before;
    std::unique_ptr<runtime::Subscription> subscription;
    /// The first of each bundle: they may come before it is known which one was pushed.
    std::map<std::string, runtime::Invocation> failures;
    QTimer limit;
    QObject context; ///< Ends the connections to the link.

    /// Null also where the link is about to say that it is lost.
    [[nodiscard]] runtime::Client *client() const
    {
        runtime::Client *client = link ? link->client() : nullptr;
        return client && client->isReady() ? client : nullptr;
    }
};

template<typename Visit> void FleetPush::eachRow(const Work &work, Visit visit)
{
    for (std::size_t i = 0; i < m_plan.functions.size(); ++i)
        visit(m_rows[work.firstRow + i]);
}

} // namespace device
