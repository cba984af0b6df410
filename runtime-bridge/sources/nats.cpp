#include "runtime-bridge/sources/source.h"

#include <nlohmann/json.hpp>

#include <nats/nats.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>

namespace runtime::sources {

using nlohmann::json;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t openLimit = 10'000; ///< Milliseconds, to connect.
constexpr std::int64_t pingEvery = 10'000; ///< Milliseconds.
/// The server sends a message again that was not acknowledged meanwhile; what only has to wait for
/// room is spoken for more often than that.
constexpr std::chrono::nanoseconds ackWait = 5s;
constexpr auto speakEvery = 2s;

template<typename T, void (*destroy)(T *)> struct Destroy {
    void operator()(T *object) const { destroy(object); }
};
template<typename T, void (*destroy)(T *)> using Owned = std::unique_ptr<T, Destroy<T, destroy>>;
using NatsMessage = Owned<natsMsg, natsMsg_Destroy>;

void check(natsStatus status, jsErrCode jetStream = jsErrCode(0))
{
    if (status == NATS_OK)
        return;
    if (jetStream == JSNotEnabledErr || status == NATS_NO_RESPONDERS)
        throw Trouble("the server has no JetStream");
    if (status == NATS_CONNECTION_AUTH_FAILED)
        throw Trouble("the server refuses the user or the password");
    if (status == NATS_NO_SERVER)
        throw Trouble("no NATS server answers there");
    const char *detail = nats_GetLastError(nullptr);
    const std::string words = detail ? detail : "";
    const std::size_t place = words.find("): "); // "(file.c:7): words"
    throw Trouble(words.empty()                ? natsStatus_GetText(status)
                  : place == std::string::npos ? words
                                               : words.substr(place + 3));
}

/// A plain subject, whose messages come once or never, or a durable consumer of JetStream.
class Nats final : public Source
{
public:
    Nats(const Order &order, Outlet &outlet);
    ~Nats() override;

    [[nodiscard]] int descriptor() const override { return m_wake; }
    void receive(int room) override;
    void acknowledge(std::uint64_t number) override;

private:
    void connect(const Order &order);
    void subscribe(const BrokerTrigger &trigger);
    void subscribeStream(const BrokerTrigger &trigger, const std::string &client);
    void give(NatsMessage message);
    void wake() const { ::eventfd_write(m_wake, 1); }
    static void onMessage(natsConnection *, natsSubscription *, natsMsg *message, void *self);

    Outlet &m_outlet;
    const std::size_t m_window;
    const bool m_hasAcks;
    int m_wake;
    std::mutex m_mutex; ///< Of the next four: the library has threads of its own.
    std::condition_variable m_roomMade;
    std::deque<NatsMessage> m_come;
    bool m_closed = false; ///< By the server.
    bool m_leaving = false;
    std::deque<std::pair<std::uint64_t, NatsMessage>> m_given; ///< Not yet acknowledged.
    Clock::time_point m_spoken = Clock::now();
    Owned<natsConnection, natsConnection_Destroy> m_connection;
    Owned<jsCtx, jsCtx_Destroy> m_jetStream;
    Owned<natsSubscription, natsSubscription_Destroy> m_subscription;
};

Nats::Nats(const Order &order, Outlet &outlet)
    : m_outlet(outlet)
    , m_window(std::size_t(order.trigger.prefetch))
    , m_hasAcks(!order.trigger.stream.empty())
    , m_wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    connect(order);
    if (m_hasAcks)
        subscribeStream(order.trigger, order.client);
    else
        subscribe(order.trigger);
    check(natsConnection_FlushTimeout(m_connection.get(), openLimit));
    m_outlet.tellConnected();
}

Nats::~Nats()
{
    {
        const std::lock_guard lock(m_mutex);
        m_leaving = true;
        m_come.clear();
    }
    m_roomMade.notify_all();
    if (m_connection) // what was acknowledged last is on its way
        natsConnection_FlushTimeout(m_connection.get(), openLimit / 10);
    m_given.clear();
    m_subscription.reset();
    m_jetStream.reset();
    if (m_connection)
        natsConnection_Close(m_connection.get());
    m_connection.reset();
    nats_CloseAndWait(openLimit / 10); // its threads call back no more
    ::close(m_wake);
}

void Nats::connect(const Order &order)
{
    natsOptions *made = nullptr;
    check(natsOptions_Create(&made));
    const Owned<natsOptions, natsOptions_Destroy> options(made);
    const BrokerPlace place = *brokerPlace(order.trigger);
    const std::string &host = place.addresses.front().host;
    const std::string url = "nats://" +
                            (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' +
                            std::to_string(place.addresses.front().port);
    check(natsOptions_SetURL(made, url.c_str()));
    check(natsOptions_SetName(made, order.client.c_str()));
    check(natsOptions_SetTimeout(made, openLimit));
    check(natsOptions_SetPingInterval(made, pingEvery));
    check(natsOptions_SetAllowReconnect(made, false)); // the runtime starts another one
    if (!order.trigger.user.empty())
        check(natsOptions_SetUserInfo(made, order.trigger.user.c_str(), order.password.c_str()));
    const auto onClosed = [](natsConnection *, void *self) {
        auto *nats = static_cast<Nats *>(self);
        {
            const std::lock_guard lock(nats->m_mutex);
            nats->m_closed = true;
        }
        nats->m_roomMade.notify_all();
        nats->wake();
    };
    check(natsOptions_SetClosedCB(made, onClosed, this));
    natsConnection *connection = nullptr;
    check(natsConnection_Connect(&connection, made));
    m_connection.reset(connection);
}

void Nats::subscribe(const BrokerTrigger &trigger)
{
    natsSubscription *made = nullptr;
    check(trigger.group.empty()
              ? natsConnection_Subscribe(&made, m_connection.get(), trigger.from.c_str(), onMessage,
                                         this)
              : natsConnection_QueueSubscribe(&made, m_connection.get(), trigger.from.c_str(),
                                              trigger.group.c_str(), onMessage, this));
    m_subscription.reset(made);
}

void Nats::subscribeStream(const BrokerTrigger &trigger, const std::string &client)
{
    jsCtx *jetStream = nullptr;
    check(natsConnection_JetStream(&jetStream, m_connection.get(), nullptr));
    m_jetStream.reset(jetStream);
    const std::string durable = trigger.group.empty() ? client : trigger.group;
    const std::string place = "_INBOX.edgewright." + durable;
    jsConsumerConfig consumer;
    jsConsumerConfig_Init(&consumer);
    consumer.Durable = durable.c_str();
    consumer.DeliverSubject = place.c_str();
    consumer.DeliverGroup = trigger.group.empty() ? nullptr : trigger.group.c_str();
    consumer.FilterSubject = trigger.from.c_str();
    consumer.AckPolicy = js_AckExplicit;
    consumer.AckWait = ackWait.count();
    consumer.MaxAckPending = trigger.prefetch;
    jsErrCode error = jsErrCode(0);
    check(js_AddConsumer(nullptr, jetStream, trigger.stream.c_str(), &consumer, nullptr, &error),
          error);
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = trigger.stream.c_str();
    options.Consumer = durable.c_str();
    options.Queue = consumer.DeliverGroup;
    options.ManualAck = true;
    natsSubscription *made = nullptr;
    check(js_Subscribe(&made, jetStream, trigger.from.c_str(), onMessage, this, nullptr, &options,
                       &error),
          error);
    m_subscription.reset(made);
}

void Nats::onMessage(natsConnection *, natsSubscription *, natsMsg *message, void *self)
{
    NatsMessage owned(message);
    auto *nats = static_cast<Nats *>(self);
    std::unique_lock lock(nats->m_mutex);
    nats->m_roomMade.wait(
        lock, [nats] { return nats->m_leaving || nats->m_come.size() < nats->m_window; });
    if (nats->m_leaving)
        return;
    nats->m_come.push_back(std::move(owned));
    nats->wake();
}

void Nats::receive(int room)
{
    eventfd_t count = 0;
    ::eventfd_read(m_wake, &count);
    std::deque<NatsMessage> come;
    bool closed = false;
    {
        const std::lock_guard lock(m_mutex);
        for (; room > 0 && !m_come.empty(); --room) {
            come.push_back(std::move(m_come.front()));
            m_come.pop_front();
        }
        if (!m_come.empty())
            wake();
        closed = m_closed && m_come.empty();
    }
    m_roomMade.notify_all();
    for (NatsMessage &message : come)
        give(std::move(message));
    if (closed)
        throw Trouble("the connection ended");
    if (m_hasAcks && Clock::now() - m_spoken > speakEvery) {
        m_spoken = Clock::now();
        for (const auto &[number, message] : m_given)
            natsMsg_InProgress(message.get(), nullptr);
    }
}

void Nats::give(NatsMessage message)
{
    json told{{"subject", natsMsg_GetSubject(message.get())}};
    if (const char *reply = natsMsg_GetReply(message.get()); reply && !m_hasAcks)
        told["reply"] = reply;
    const char **keys = nullptr;
    int count = 0;
    told["headers"] = json::object();
    if (natsMsgHeader_Keys(message.get(), &keys, &count) == NATS_OK) {
        for (int i = 0; i < count; ++i)
            if (const char *value = nullptr;
                natsMsgHeader_Get(message.get(), keys[i], &value) == NATS_OK)
                told["headers"][keys[i]] = value;
        std::free(keys);
    }
    if (jsMsgMetaData *data = nullptr;
        m_hasAcks && natsMsg_GetMetaData(&data, message.get()) == NATS_OK) {
        told["stream"] = data->Stream;
        told["sequence"] = data->Sequence.Stream;
        told["time_us"] = data->Timestamp / 1'000;
        jsMsgMetaData_Destroy(data);
    }
    addBytes(told,
             {natsMsg_GetData(message.get()), std::size_t(natsMsg_GetDataLength(message.get()))});
    const std::uint64_t number = m_outlet.give(told);
    if (m_hasAcks)
        m_given.emplace_back(number, std::move(message));
}

void Nats::acknowledge(std::uint64_t number)
{
    for (; !m_given.empty() && m_given.front().first <= number; m_given.pop_front())
        check(natsMsg_Ack(m_given.front().second.get(), nullptr));
}

} // namespace

std::unique_ptr<Source> createNats(const Order &order, Outlet &outlet)
{
    return std::make_unique<Nats>(order, outlet);
}

} // namespace runtime::sources
