#pragma once

#include "app/ide/devicehub.h"
#include "device-manager/core/devicehealth.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/pusher.h"
#include "device-manager/core/readingfeed.h"
#include "device-manager/core/readingstore.h"
#include "device-manager/core/runtimeremoval.h"
#include "runtime-bridge/client/client.h"

namespace app {

/// Everything about one device. What borrows the link comes after it, so that it goes first.
struct DeviceHub::Entry {
    device::Device device;
    std::map<std::string, runtime::FunctionState> functions;
    std::unique_ptr<runtime::Subscription> events;
    std::unique_ptr<device::ReadingStore> store;
    std::unique_ptr<device::ReadingFeed> feed;
    std::unique_ptr<device::DeviceLink> link;
    std::unique_ptr<device::DeviceHealth> health;
    std::unique_ptr<device::Pusher> pusher;
    std::unique_ptr<device::RuntimeRemoval> removal;
    std::vector<std::function<void(Entry &)>> waiting; ///< For the link to come online.
};

} // namespace app
