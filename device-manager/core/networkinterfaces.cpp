#include "device-manager/core/networkinterfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace device {

namespace {

constexpr int sweepPrefix = 24;

quint32 ipv4From(const sockaddr *address)
{
    return ntohl(reinterpret_cast<const sockaddr_in *>(address)->sin_addr.s_addr);
}

quint32 maskOf(int prefixLength)
{
    return prefixLength == 0 ? 0 : ~quint32(0) << (32 - prefixLength);
}

} // namespace

QList<NetworkInterface> networkInterfaces()
{
    ifaddrs *list = nullptr;
    if (::getifaddrs(&list) != 0)
        return {};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    QList<NetworkInterface> interfaces;
    for (const ifaddrs *it = list; it; it = it->ifa_next) {
        constexpr unsigned wanted = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
        if (!it->ifa_addr || it->ifa_addr->sa_family != AF_INET || !it->ifa_netmask ||
            (it->ifa_flags & wanted) != wanted ||
            (it->ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) != 0)
            continue;
        interfaces.append({QString::fromLocal8Bit(it->ifa_name), ::if_nametoindex(it->ifa_name),
                           ipv4From(it->ifa_addr), std::popcount(ipv4From(it->ifa_netmask))});
    }
    return interfaces;
}

QList<quint32> sweepAddresses(const NetworkInterface &interface)
{
    const quint32 mask = maskOf(std::max(interface.prefixLength, sweepPrefix));
    const quint32 first = interface.address & mask;
    const quint32 last = first | ~mask;
    QList<quint32> addresses;
    // The ends are the network's own and that of all; a /31 or /32 has none to ask for.
    for (quint32 address = first + 1; address < last; ++address)
        if (address != interface.address)
            addresses.append(address);
    return addresses;
}

QString sweepText(const NetworkInterface &interface)
{
    const int length = std::max(interface.prefixLength, sweepPrefix);
    return addressText(interface.address & maskOf(length)) + QLatin1Char('/') +
           QString::number(length);
}

QString addressText(quint32 address)
{
    QStringList parts;
    for (int shift = 24; shift >= 0; shift -= 8)
        parts.append(QString::number((address >> shift) & 0xff));
    return parts.join(QLatin1Char('.'));
}

} // namespace device
