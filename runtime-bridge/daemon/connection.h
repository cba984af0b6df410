#pragma once

#include "runtime-bridge/daemon/cancellation.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/protocol/frame.h"
#include "runtime-bridge/protocol/messages.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/spawn.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace runtime {

class FeedSubscription;
class RuntimeServer;

/// One client on the management socket: docs/protocol.md.
///
/// What it asks is answered in any order, each in a coroutine of its own. What it does not read in
/// time waits in a bounded queue.
class Connection final : public std::enable_shared_from_this<Connection>
{
public:
    Connection(RuntimeServer &server, boost::asio::local::stream_protocol::socket socket,
               std::uint64_t id);
    ~Connection();

    /// Until the client is gone or breaks the protocol. To be run in a coroutine.
    void serve(boost::asio::yield_context yield);
    void close();

    [[nodiscard]] std::uint64_t id() const { return m_id; }

    /// Bytes that the client has not taken yet.
    [[nodiscard]] std::size_t unsent() const { return m_unsent; }
    void send(const nlohmann::json &message);
    void sendItem(std::uint64_t subscription, const Happening &happening);
    void sendError(std::uint64_t request, const Error &error);
    void endSubscription(std::uint64_t subscription);

private:
    /// False when the protocol was broken.
    bool takeMessage(const nlohmann::json &message);
    void onMessage(const std::string &type, const nlohmann::json &message);
    void onRequest(std::uint64_t id, std::string operation, nlohmann::json arguments);
    void onSubscribe(std::uint64_t id, const nlohmann::json &arguments);
    void onCancel(std::uint64_t id);
    void pushOut();
    void end();

    RuntimeServer &m_server;
    boost::asio::local::stream_protocol::socket m_socket;
    std::uint64_t m_id;
    FrameReader m_reader;
    std::deque<std::string> m_queue;
    std::size_t m_unsent = 0;
    bool m_sending = false;
    bool m_greeted = false;
    bool m_closed = false;
    std::map<std::uint64_t, std::shared_ptr<Cancellation>> m_running;
    std::map<std::uint64_t, std::unique_ptr<FeedSubscription>> m_subscriptions;
};

} // namespace runtime
