#include "runtime-bridge/daemon/peerowner.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

namespace runtime {

namespace {

using Endpoint = boost::asio::ip::tcp::endpoint;

/// "0100007F:1F90": each four bytes of the address as a number of this machine, and the port.
std::string tableName(const Endpoint &endpoint)
{
    std::string text;
    const auto append = [&text](const auto &bytes) {
        for (std::size_t i = 0; i < bytes.size(); i += 4) {
            std::uint32_t word = 0;
            std::memcpy(&word, bytes.data() + i, sizeof word);
            char digits[9];
            std::snprintf(digits, sizeof digits, "%08X", word);
            text += digits;
        }
    };
    if (endpoint.address().is_v4())
        append(endpoint.address().to_v4().to_bytes());
    else
        append(endpoint.address().to_v6().to_bytes());
    char port[8];
    std::snprintf(port, sizeof port, ":%04X", unsigned(endpoint.port()));
    return text + port;
}

} // namespace

std::optional<uid_t> ownerOfPeer(const Endpoint &own, const Endpoint &peer)
{
    const std::string mine = tableName(own), theirs = tableName(peer);
    std::ifstream table(own.address().is_v4() ? "/proc/net/tcp" : "/proc/net/tcp6");
    for (std::string line; std::getline(table, line);) {
        std::istringstream fields(line);
        std::string number, local, remote, state, queues, timer, retransmits;
        uid_t owner = 0;
        fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> owner;
        if (fields && local == theirs && remote == mine)
            return owner;
    }
    return std::nullopt;
}

} // namespace runtime
