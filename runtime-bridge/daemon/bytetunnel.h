#pragma once

#include "runtime-bridge/daemon/wake.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/spawn.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace runtime {

/// How many bytes went which way.
struct TunnelCount {
    std::uint64_t toService = 0;
    std::uint64_t toClient = 0;
};

using TunnelSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Changes bytes on their way; may take them all.
using ByteFilter = std::function<void(std::string &bytes)>;

/// Carries bytes both ways until both sides have ended. An end on one side is passed on to the
/// other; a failure ends both. \a toService and \a toClient go first. \a filter sees what the
/// client sends, those first bytes included; may be empty.
TunnelCount runTunnel(boost::asio::io_context &io, TunnelSocket &client, TunnelSocket &service,
                      std::string toService, std::string toClient, const ByteFilter &filter,
                      boost::asio::yield_context yield);

} // namespace runtime
