#pragma once

#include <QList>
#include <QString>

namespace device {

/// A network that this computer is on, by one interface and one IPv4 address of it.
struct NetworkInterface {
    QString name; ///< "eth0"
    unsigned index = 0;
    quint32 address = 0; ///< In this computer's byte order.
    int prefixLength = 24;

    bool operator==(const NetworkInterface &) const = default;
};

/// Every interface that is up and reaches others by multicast, without loopback and tunnels.
[[nodiscard]] QList<NetworkInterface> networkInterfaces();

/// The addresses beside our own that a sweep asks for: those of the interface's network, and of a
/// larger one than a /24 the /24 around its own address.
[[nodiscard]] QList<quint32> sweepAddresses(const NetworkInterface &interface);

/// "10.77.0.0/24": what sweepAddresses() covers.
[[nodiscard]] QString sweepText(const NetworkInterface &interface);

/// "10.77.0.11"
[[nodiscard]] QString addressText(quint32 address);

} // namespace device
