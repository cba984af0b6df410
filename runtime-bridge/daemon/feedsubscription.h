#pragma once

#include "runtime-bridge/daemon/hub.h"

namespace runtime {

class Connection;
class RuntimeServer;

/// What one client wants to hear. Readings come from the records, each once and in order: directly
/// as they are stored while the client keeps up, else from the file once it does again. Other
/// happenings cannot be had later: a client too slow for them is told so and its subscription ends.
class FeedSubscription final : public Listener
{
public:
    FeedSubscription(Connection &connection, RuntimeServer &server, std::uint64_t id,
                     SubscribeRequest request);
    ~FeedSubscription() override;

    void begin();
    /// The client took something.
    void onSent();

    void onHappening(const Happening &happening) override;
    void onStored(const std::vector<Reading> &readings) override;

private:
    [[nodiscard]] bool isWanted(const std::string &function) const;
    void catchUp();
    void sendReadings(std::vector<Reading> readings);

    Connection &m_connection;
    RuntimeServer &m_server;
    std::uint64_t m_id;
    SubscribeRequest m_request;
    std::uint64_t m_cursor = 0; ///< The last one sent, or passed over as not wanted.
    bool m_behind = false;      ///< There are stored readings after m_cursor to fetch.
};

} // namespace runtime
