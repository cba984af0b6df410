#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>

#include <sys/types.h>

namespace runtime {

/// The user whose socket is the other end of a connection over loopback, \a peer of our \a own,
/// from the kernel's table /proc/net/tcp (proc(5)). Nothing when it is not found: the other end has
/// gone, or is not on this machine.
[[nodiscard]] std::optional<uid_t> ownerOfPeer(const boost::asio::ip::tcp::endpoint &own,
                                               const boost::asio::ip::tcp::endpoint &peer);

} // namespace runtime
