#include "device-manager/core/sshresolve.h"

#include "device-manager/core/mdnssocket.h"

#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr auto mdnsLimit = std::chrono::milliseconds(2500);

/// Shared with a thread that may outlive the question.
struct Lookup {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool done = false;
    int status = 0;
    std::vector<SocketAddress> addresses;
};

void look(const std::string &host, const std::string &port, Lookup &lookup, int flags)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo *list = nullptr;
    const int status = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    const std::lock_guard lock(lookup.mutex);
    lookup.status = status;
    for (const addrinfo *it = status == 0 ? list : nullptr; it; it = it->ai_next) {
        SocketAddress address;
        address.size = it->ai_addrlen;
        std::memcpy(&address.storage, it->ai_addr, it->ai_addrlen);
        lookup.addresses.push_back(address);
    }
    if (status == 0)
        ::freeaddrinfo(list);
    lookup.done = true;
    lookup.changed.notify_all();
}

} // namespace

Result<std::vector<SocketAddress>> resolve(const QString &host, quint16 port,
                                           std::chrono::steady_clock::time_point deadline,
                                           std::stop_token stop)
{
    std::string name = host.toStdString();
    const std::string service = std::to_string(port);
    if (host.endsWith(QLatin1String(".local"), Qt::CaseInsensitive)) {
        // These names are multicast DNS's (RFC 6762 §3); the system's resolver is asked after it,
        // for networks where somebody gave them out otherwise.
        const auto limit = std::min(deadline, std::chrono::steady_clock::now() + mdnsLimit);
        if (const QStringList found = resolveByMdns(host, limit, stop); !found.isEmpty())
            name = found.front().toStdString();
    }
    // Shared: the system's resolver cannot be interrupted, so its thread is left to itself.
    const auto lookup = std::make_shared<Lookup>();
    look(name, service, *lookup, AI_NUMERICHOST);
    if (lookup->status == EAI_NONAME) {
        lookup->done = false;
        std::thread([name, service, lookup] { look(name, service, *lookup, 0); }).detach();
    }
    std::unique_lock lock(lookup->mutex);
    lookup->changed.wait_until(lock, stop, deadline, [&] { return lookup->done; });
    if (!lookup->done)
        return failure(ErrorCode::DeviceUnreachable, name, "the name was not resolved in time");
    if (lookup->status != 0)
        return failure(ErrorCode::DeviceUnreachable, name, ::gai_strerror(lookup->status));
    return lookup->addresses;
}

} // namespace device
