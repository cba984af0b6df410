#pragma once

#include "runtime-bridge/base/error.h"

#include <QString>

#include <sys/socket.h>

#include <chrono>
#include <stop_token>
#include <vector>

namespace device {

/// An address that connect() takes.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    [[nodiscard]] const sockaddr *get() const
    {
        return reinterpret_cast<const sockaddr *>(&storage);
    }
    [[nodiscard]] int family() const { return storage.ss_family; }
};

/// Every address of \a host, in the system's order; of a name that ends with ".local" the one that
/// answers to it over multicast DNS, where one does. Ends at \a deadline or soon after \a stop,
/// though the system's own resolver would not.
[[nodiscard]] runtime::Result<std::vector<SocketAddress>>
resolve(const QString &host, quint16 port, std::chrono::steady_clock::time_point deadline,
        std::stop_token stop);

} // namespace device
