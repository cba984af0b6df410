#pragma once

#include "device-manager/core/networkinterfaces.h"

#include <QByteArray>

#include <chrono>
#include <optional>
#include <stop_token>

namespace device {

/// A socket for one-shot questions of multicast DNS on one interface (RFC 6762 §5.1): what is sent
/// goes to everybody there, what is received was sent to us alone. IPv4.
class MdnsSocket final
{
public:
    explicit MdnsSocket(const NetworkInterface &interface);
    ~MdnsSocket();
    MdnsSocket(const MdnsSocket &) = delete;
    MdnsSocket &operator=(const MdnsSocket &) = delete;

    [[nodiscard]] bool isOpen() const { return m_error == 0; }
    [[nodiscard]] int handle() const { return m_handle; }
    /// 0, or the system's error code.
    [[nodiscard]] int send(const QByteArray &message);

    struct Message {
        QByteArray bytes;
        QString sender; ///< Its address.
    };
    /// What has come, without waiting.
    [[nodiscard]] std::optional<Message> receive();

private:
    int m_handle = -1;
    int m_error = 0;
};

/// The IPv4 addresses of \a host, a name that ends with ".local", asked for on every network by
/// ourselves: few computers have a resolver for these names. Blocks until the first answer, at most
/// until \a deadline or soon after \a stop; empty: nobody answered.
[[nodiscard]] QStringList resolveByMdns(const QString &host,
                                        std::chrono::steady_clock::time_point deadline,
                                        const std::stop_token &stop);

} // namespace device
