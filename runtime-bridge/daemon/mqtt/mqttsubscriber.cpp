#include "runtime-bridge/daemon/mqtt/mqttsubscriber.h"

#include "runtime-bridge/daemon/coroutine.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace runtime::mqtt {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = asio::steady_timer::clock_type;

namespace {
constexpr auto openLimit = 10s; ///< To connect, log in and subscribe.
constexpr auto firstPause = 500ms;
constexpr auto longestPause = 30s;
constexpr std::uint16_t subscription = 1; ///< Number of the only SUBSCRIBE.
constexpr auto fullPause = 100ms;         ///< Between two looks whether there is room again.
const char *const ended = "the connection ended";
} // namespace

Subscriber::Subscriber(asio::io_context &io, SubscriberOptions options, Keep keep)
    : m_io(io), m_options(std::move(options)), m_keep(std::move(keep)), m_writing(io), m_wake(io)
{
}

void Subscriber::start()
{
    startCoroutine(m_io, [self = shared_from_this()](Yield yield) { self->run(yield); });
}

void Subscriber::stop()
{
    m_stopped = true;
    changed = {};
    if (m_socket && m_subscribed) { // politely; what does not fit into the socket's buffer is left
        boost::system::error_code ignored;
        m_socket->non_blocking(true, ignored);
        m_socket->write_some(asio::buffer(emptyPacket(PacketType::Disconnect)), ignored);
    }
    close();
    m_wake.notify();
}

void Subscriber::run(Yield yield)
{
    std::chrono::milliseconds pause = firstPause;
    while (!m_stopped) {
        m_socket = std::make_shared<Socket>(m_io);
        m_reader = {};
        m_late = false;
        const std::string why = session(yield);
        if (m_subscribed)
            pause = firstPause;
        close();
        setState(false, why);
        if (!m_stopped)
            m_wake.waitFor(pause, yield);
        pause = std::min<std::chrono::milliseconds>(2 * pause, longestPause);
    }
}

std::string Subscriber::session(Yield yield)
{
    // Closing the socket ends whatever waits for it.
    asio::steady_timer limit(m_io, openLimit);
    limit.async_wait(
        [self = shared_from_this(), socket = m_socket](const boost::system::error_code &error) {
            if (error || self->m_subscribed)
                return;
            self->m_late = true;
            boost::system::error_code ignored;
            socket->close(ignored);
        });
    const std::string refused = connect(yield);
    if (!refused.empty() || m_stopped)
        return m_late ? "no answer within 10 s" : refused;
    while (!m_stopped) {
        if (mayReceive && !mayReceive()) {
            m_wake.waitFor(fullPause, yield);
            continue;
        }
        const std::optional<Packet> packet = receive(yield);
        if (!packet)
            return m_late                ? "no answer within 10 s"
                   : m_reader.isBroken() ? "what answers is no MQTT broker"
                                         : ended;
        const std::string wrong = handle(*packet, yield);
        if (!wrong.empty())
            return wrong;
        if (m_subscribed)
            limit.cancel();
    }
    return {};
}

std::string Subscriber::connect(Yield yield)
{
    boost::system::error_code error;
    tcp::resolver resolver(m_io);
    const auto places =
        resolver.async_resolve(m_options.host, std::to_string(m_options.port), yield[error]);
    if (error)
        return "there is no host of that name (" + error.message() + ")";
    if (m_stopped || m_late)
        return ended;
    asio::async_connect(*m_socket, places, yield[error]);
    if (error)
        return error.message();
    m_socket->set_option(tcp::no_delay(true), error);
    if (!send(connectPacket(m_options.connect), yield))
        return ended;
    const std::optional<Packet> answer = receive(yield);
    if (!answer)
        return m_reader.isBroken() ? "what answers is no MQTT broker" : ended;
    if (const std::string refused = refusalOf(*answer); !refused.empty())
        return refused;
    if (!hasSession(*answer))
        m_kept.clear(); // numbers begin anew: the same one is another message
    if (!send(subscribePacket(subscription, m_options.filter, m_options.qos), yield))
        return ended;
    startCoroutine(m_io, [self = shared_from_this(), socket = m_socket](Yield own) {
        self->keepAlive(socket, own);
    });
    return {};
}

std::string Subscriber::handle(const Packet &packet, Yield yield)
{
    const std::optional<std::uint16_t> id = idOf(packet);
    switch (packet.type) {
    case PacketType::Publish: return onPublish(packet, yield);
    case PacketType::Pubrel:
        if (!id)
            return "the broker broke the protocol";
        m_kept.erase(*id);
        return send(answerPacket(PacketType::Pubcomp, *id), yield) ? "" : ended;
    case PacketType::Suback:
        if (packet.body.size() != 3 || std::uint8_t(packet.body[2]) > 2)
            return "it does not let us subscribe to " + m_options.filter;
        setState(true, {});
        return {};
    default: return {};
    }
}

std::string Subscriber::onPublish(const Packet &packet, Yield yield)
{
    const std::optional<Publication> message = publicationOf(packet);
    if (!message)
        return "the broker broke the protocol";
    if (!(message->qos == 2 && m_kept.contains(message->id)))
        if (const Result<> kept = m_keep(*message); !kept)
            return "a message could not be kept: " + kept.error().detail;
    if (message->qos == 0)
        return {};
    if (message->qos == 2)
        m_kept.insert(message->id);
    const PacketType answer = message->qos == 1 ? PacketType::Puback : PacketType::Pubrec;
    return send(answerPacket(answer, message->id), yield) ? "" : ended;
}

std::optional<Packet> Subscriber::receive(Yield yield)
{
    std::array<char, 16 << 10> buffer;
    for (;;) {
        if (m_stopped)
            return std::nullopt;
        if (std::optional<Packet> packet = m_reader.next())
            return packet;
        if (m_reader.isBroken())
            return std::nullopt;
        boost::system::error_code error;
        const std::size_t count = m_socket->async_read_some(asio::buffer(buffer), yield[error]);
        if (error)
            return std::nullopt;
        m_heard = Clock::now();
        m_reader.feed({buffer.data(), count});
    }
}

bool Subscriber::send(const std::string &packet, Yield yield)
{
    const auto self = shared_from_this();
    const std::shared_ptr<Socket> socket = m_socket;
    const Turnstile::Pass pass(m_writing, yield);
    boost::system::error_code error;
    asio::async_write(*socket, asio::buffer(packet), yield[error]);
    return !error && !m_stopped;
}

void Subscriber::keepAlive(const std::shared_ptr<Socket> &socket, Yield yield)
{
    const auto interval = std::chrono::seconds(m_options.connect.keepAliveSec) / 2;
    while (socket == m_socket && socket->is_open() && !m_stopped) {
        m_wake.waitFor(interval, yield);
        if (socket != m_socket || !socket->is_open() || m_stopped)
            return;
        if (Clock::now() - m_heard > 3 * interval)
            return close(); // the reader's end
        if (!send(emptyPacket(PacketType::Pingreq), yield))
            return;
    }
}

void Subscriber::setState(bool subscribed, std::string trouble)
{
    const bool isSame = m_subscribed == subscribed && m_trouble == trouble;
    m_subscribed = subscribed;
    m_trouble = std::move(trouble);
    if (!isSame && changed)
        changed();
}

void Subscriber::close()
{
    boost::system::error_code ignored;
    if (m_socket)
        m_socket->close(ignored);
    m_wake.notify();
}

} // namespace runtime::mqtt
