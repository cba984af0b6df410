#include "runtime-bridge/daemon/connection.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/feedsubscription.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/operations.h"
#include "runtime-bridge/daemon/runtimeserver.h"

#include <nlohmann/json.hpp>

#include <boost/asio/write.hpp>

namespace runtime {

using nlohmann::json;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {
constexpr auto greetingLimit = 10s;
constexpr std::size_t mostRequests = 1'000; ///< Open at one time, on one connection.
constexpr std::size_t mostUnsent = 256u << 20;
} // namespace

Connection::Connection(RuntimeServer &server, asio::local::stream_protocol::socket socket,
                       std::uint64_t id)
    : m_server(server), m_socket(std::move(socket)), m_id(id)
{
}

Connection::~Connection() = default;

void Connection::serve(asio::yield_context yield)
{
    const auto self = shared_from_this();
    json hello = toJson(m_server.hello());
    hello["t"] = "hello";
    send(hello);
    asio::steady_timer greeting(m_server.io(), greetingLimit);
    greeting.async_wait([self](const boost::system::error_code &error) {
        if (!error)
            self->close();
    });
    std::string buffer(64 << 10, '\0');
    while (!m_closed) {
        boost::system::error_code error;
        const std::size_t got =
            m_socket.async_read_some(asio::buffer(buffer.data(), buffer.size()), yield[error]);
        if (error)
            break;
        m_reader.feed({buffer.data(), got});
        while (!m_closed) {
            const std::optional<Result<json>> message = m_reader.next();
            if (!message)
                break;
            if (!*message || !takeMessage(**message))
                close();
            else
                greeting.cancel();
        }
    }
    end();
}

void Connection::end()
{
    close();
    for (const auto &[id, running] : std::exchange(m_running, {}))
        running->request();
    m_subscriptions.clear();
    m_server.onConnectionEnded(*this);
}

void Connection::close()
{
    if (std::exchange(m_closed, true))
        return;
    boost::system::error_code ignored;
    m_socket.close(ignored);
}

bool Connection::takeMessage(const json &message)
try {
    const auto type = message.value("t", std::string());
    if (!m_greeted && type != "hello")
        return false;
    m_greeted = true;
    onMessage(type, message);
    return true;
} catch (const json::exception &) {
    return false; // a field of the envelope has another type than it must
}

void Connection::onMessage(const std::string &type, const json &message)
{
    if (type == "ping")
        send({{"t", "pong"}, {"time_us", std::int64_t(nowUs())}});
    else if (type == "cancel")
        onCancel(message.at("id").get<std::uint64_t>());
    else if (type == "request")
        onRequest(message.at("id").get<std::uint64_t>(), message.at("op").get<std::string>(),
                  message.value("args", json::object()));
}

void Connection::onRequest(std::uint64_t id, std::string operation, json arguments)
{
    if (operation == "subscribe")
        return onSubscribe(id, arguments);
    if (m_running.size() >= mostRequests)
        return sendError(id, {ErrorCode::RuntimeBusy, operation, "too many open requests"});
    const auto cancellation = std::make_shared<Cancellation>();
    m_running[id] = cancellation;
    startCoroutine(m_server.io(), [self = shared_from_this(), id, operation = std::move(operation),
                                   arguments = std::move(arguments),
                                   cancellation](asio::yield_context yield) {
        Result<json> answer =
            perform(self->m_server, self->m_id, operation, arguments, *cancellation, yield);
        self->m_running.erase(id);
        if (answer)
            self->send({{"t", "response"}, {"id", id}, {"value", std::move(*answer)}});
        else
            self->sendError(id, answer.error());
        if (operation == "shutdown")
            self->m_server.stop();
    });
}

void Connection::onSubscribe(std::uint64_t id, const json &arguments)
{
    const Result<SubscribeRequest> request = fromJson<SubscribeRequest>(arguments);
    if (!request)
        return sendError(id, request.error());
    if (m_subscriptions.size() >= mostRequests)
        return sendError(id, {ErrorCode::RuntimeBusy, "subscribe", "too many subscriptions"});
    auto subscription = std::make_unique<FeedSubscription>(*this, m_server, id, *request);
    FeedSubscription &added = *subscription;
    m_subscriptions[id] = std::move(subscription);
    added.begin();
}

void Connection::onCancel(std::uint64_t id)
{
    m_subscriptions.erase(id);
    if (const auto it = m_running.find(id); it != m_running.end()) {
        const std::shared_ptr<Cancellation> running = it->second;
        running->request();
    }
}

void Connection::endSubscription(std::uint64_t subscription)
{
    m_subscriptions.erase(subscription);
}

void Connection::sendItem(std::uint64_t subscription, const Happening &happening)
{
    send({{"t", "item"}, {"id", subscription}, {"item", toJson(happening)}});
}

void Connection::sendError(std::uint64_t request, const Error &error)
{
    send({{"t", "response"}, {"id", request}, {"error", toJson(error)}});
}

void Connection::send(const json &message)
{
    if (m_closed)
        return;
    std::string frame = encodeFrame(message);
    if (frame.size() - 4 > maxFrame) {
        const std::uint64_t id = message.value("id", std::uint64_t(0));
        return sendError(id, {ErrorCode::RequestInvalid, "answer",
                              std::to_string(frame.size()) + " bytes are too many for one frame"});
    }
    m_unsent += frame.size();
    if (m_unsent > mostUnsent)
        return close(); // it asks and does not read
    m_queue.push_back(std::move(frame));
    pushOut();
}

void Connection::pushOut()
{
    if (m_sending || m_queue.empty() || m_closed)
        return;
    m_sending = true;
    asio::async_write(
        m_socket, asio::buffer(m_queue.front()),
        [self = shared_from_this()](const boost::system::error_code &error, std::size_t) {
            self->m_sending = false;
            if (error)
                return self->close();
            self->m_unsent -= self->m_queue.front().size();
            self->m_queue.pop_front();
            self->pushOut();
            for (const auto &[id, subscription] : self->m_subscriptions)
                subscription->onSent();
        });
}

} // namespace runtime
