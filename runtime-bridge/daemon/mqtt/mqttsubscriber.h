#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/mqtt/mqttpackets.h"
#include "runtime-bridge/daemon/wake.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>

namespace runtime::mqtt {

struct SubscriberOptions {
    std::string host{};
    int port = 1883;
    ConnectOptions connect{};
    std::string filter{};
    int qos = 1;
};

/// One subscription at a broker: connects, hands messages on, and connects again whenever that
/// ends, sooner at first and then every half a minute. Everything on the runtime's thread.
class Subscriber : public std::enable_shared_from_this<Subscriber>
{
public:
    /// Keeps a message for good. The broker is told so only then; of one that could not be kept it
    /// is not, and sends it again.
    using Keep = std::function<Result<>(const Publication &)>;

    Subscriber(boost::asio::io_context &io, SubscriberOptions options, Keep keep);

    /// Asked before each message is read; while it says no, the broker has to wait. Unset: always.
    std::function<bool()> mayReceive;
    std::function<void()> changed; ///< trouble() or isSubscribed() is another one.

    void start();
    /// Nothing is kept any more.
    void stop();

    [[nodiscard]] bool isSubscribed() const { return m_subscribed; }
    /// Why there is no subscription, in words; empty: there is one, or none yet.
    [[nodiscard]] const std::string &trouble() const { return m_trouble; }

private:
    using Yield = boost::asio::yield_context;
    using Socket = boost::asio::ip::tcp::socket;

    void run(Yield yield);
    /// Until the connection ends: why it did.
    std::string session(Yield yield);
    std::string connect(Yield yield);
    std::string handle(const Packet &packet, Yield yield);
    std::string onPublish(const Packet &packet, Yield yield);
    /// Nothing: the connection ended, or what came is no MQTT.
    std::optional<Packet> receive(Yield yield);
    [[nodiscard]] bool send(const std::string &packet, Yield yield);
    void keepAlive(const std::shared_ptr<Socket> &socket, Yield yield);
    void setState(bool subscribed, std::string trouble);
    void close();

    boost::asio::io_context &m_io;
    SubscriberOptions m_options;
    Keep m_keep;
    std::shared_ptr<Socket> m_socket; ///< A new one for each connection.
    PacketReader m_reader;
    Turnstile m_writing;
    Wake m_wake;
    std::set<std::uint16_t> m_kept; ///< Of QoS 2, kept and not yet released by the broker.
    boost::asio::steady_timer::time_point m_heard{};
    bool m_late = false; ///< The connection was closed because it took too long.
    bool m_subscribed = false;
    bool m_stopped = false;
    std::string m_trouble;
};

} // namespace runtime::mqtt
