#include "runtime-bridge/client/client.h"

#include <nlohmann/json.hpp>

#include <QMetaObject>
#include <QPromise>

#include <optional>
#include <type_traits>

namespace runtime {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

/// A request on its way. The stop callback may run on any thread, so it only posts.
struct Client::Pending {
    Answer answer;
    std::optional<std::stop_callback<std::function<void()>>> onStop;
};

Subscription::~Subscription()
{
    if (m_client) {
        m_client->m_subscriptions.erase(m_id);
        m_client->cancel(m_id);
    }
}

Client::Client(std::unique_ptr<Channel> channel, QObject *parent)
    : QObject(parent), m_channel(std::move(channel))
{
    connect(m_channel.get(), &Channel::opened, this, [this] {
        send({{"t", "hello"}, {"protocol", protocolVersion}});
    });
    connect(m_channel.get(), &Channel::received, this, &Client::onReceived);
    connect(m_channel.get(), &Channel::progressed, this, [this] { m_lastHeard = Clock::now(); });
    connect(m_channel.get(), &Channel::closed, this, &Client::onClosed);
    connect(&m_pingTimer, &QTimer::timeout, this, &Client::onPing);
}

Client::~Client()
{
    m_channel->disconnect(this);
    m_channel->close();
    blockSignals(true);
    onClosed({ErrorCode::Cancelled, {}, "the client was closed"});
}

void Client::open()
{
    m_lastHeard = Clock::now();
    m_channel->open();
}

void Client::setHeartbeat(std::chrono::milliseconds interval, std::chrono::milliseconds limit)
{
    m_pingLimit = limit;
    m_lastTick = Clock::now();
    m_pingTimer.start(interval);
}

template<typename T, typename Convert> Client::Reply<T>
Client::request(const char *operation, json arguments, std::stop_token stop, Convert convert)
{
    auto promise = std::make_shared<QPromise<Result<T>>>();
    promise->start();
    QFuture<Result<T>> future = promise->future();
    const auto finish = [promise](Result<T> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    if (!m_ready) {
        finish(failure(ErrorCode::RuntimeUnreachable, "runtime", "not connected"));
        return future;
    }
    if (stop.stop_requested()) {
        finish(failure(ErrorCode::Cancelled, operation));
        return future;
    }
    const std::uint64_t id =
        sendRequest(operation, std::move(arguments), [finish, convert](Result<json> answer) {
            if (!answer)
                finish(tl::unexpected(answer.error()));
            else
                finish(convert(*answer));
        });
    if (stop.stop_possible())
        m_pending.at(id)->onStop.emplace(std::move(stop), [this, id] {
            QMetaObject::invokeMethod(
                this,
                [this, id] {
                    const auto it = m_pending.find(id);
                    if (it == m_pending.end())
                        return;
                    cancel(id);
                    const std::unique_ptr<Pending> pending = std::move(it->second);
                    m_pending.erase(it);
                    pending->answer(failure(ErrorCode::Cancelled, {}));
                },
                Qt::QueuedConnection);
        });
    return future;
}

std::uint64_t Client::sendRequest(const char *operation, json arguments, Answer answer)
{
    const std::uint64_t id = ++m_lastId;
    auto pending = std::make_unique<Pending>();
    pending->answer = std::move(answer);
    m_pending.emplace(id, std::move(pending));
    send({{"t", "request"}, {"id", id}, {"op", operation}, {"args", std::move(arguments)}});
    return id;
}

namespace {

template<typename T> Result<T> value(const json &answer)
{
    return fromJson<T>(answer);
}

Result<> nothing(const json &)
{
    return {};
}

template<typename T> Result<std::vector<T>> list(const json &answer)
{
    std::vector<T> values;
    for (const json &item : answer) {
        Result<T> value = fromJson<T>(item);
        if (!value)
            return tl::unexpected(value.error());
        values.push_back(std::move(*value));
    }
    return values;
}

} // namespace

Client::Reply<PutResult> Client::put(const PutRequest &r, std::stop_token stop)
{
    return request<PutResult>("put", toJson(r), std::move(stop), value<PutResult>);
}

Client::Reply<Invocation> Client::invoke(const InvokeRequest &r, std::stop_token stop)
{
    return request<Invocation>("invoke", toJson(r), std::move(stop), value<Invocation>);
}

Client::Reply<Invocation> Client::fire(const std::string &function, int index)
{
    return request<Invocation>("fire", {{"function", function}, {"trigger", index}}, {},
                               value<Invocation>);
}

Client::Reply<> Client::remove(const std::string &function)
{
    return request<void>("remove", {{"function", function}}, {}, nothing);
}

Client::Reply<PutResult> Client::rollback(const std::string &function, const std::string &bundle)
{
    return request<PutResult>("rollback", {{"function", function}, {"bundle", bundle}}, {},
                              value<PutResult>);
}

Client::Reply<> Client::arm(const std::string &function, bool armed)
{
    return request<void>("arm", {{"function", function}, {"armed", armed}}, {}, nothing);
}

Client::Reply<> Client::freeze(const std::string &function, bool frozen)
{
    return request<void>("freeze", {{"function", function}, {"frozen", frozen}}, {}, nothing);
}

Client::Reply<> Client::debug(const DebugRequest &r)
{
    return request<void>("debug", toJson(r), {}, nothing);
}

Client::Reply<std::string> Client::gateway(int port)
{
    return request<std::string>("gateway", {{"port", port}}, {},
                                [](const json &answer) -> Result<std::string> {
                                    return answer.value("address", std::string());
                                });
}

Client::Reply<std::vector<FunctionState>> Client::functions()
{
    return request<std::vector<FunctionState>>("functions", json::object(), {},
                                               list<FunctionState>);
}

Client::Reply<std::vector<Invocation>> Client::invocations(const std::string &function, int limit)
{
    return request<std::vector<Invocation>>(
        "invocations", {{"function", function}, {"limit", limit}}, {}, list<Invocation>);
}

Client::Reply<Invocation> Client::invocation(const std::string &id)
{
    return request<Invocation>("invocation", {{"id", id}}, {}, value<Invocation>);
}

Client::Reply<Failure> Client::capturedFailure(const std::string &id)
{
    return request<Failure>("failure", {{"id", id}}, {}, value<Failure>);
}

Client::Reply<Profile> Client::profile(const std::string &function,
                                       std::chrono::milliseconds duration, std::stop_token stop)
{
    return request<Profile>("profile", {{"function", function}, {"duration_ms", duration.count()}},
                            std::move(stop), value<Profile>);
}

Client::Reply<std::vector<Invocation>> Client::trace(const std::string &id)
{
    return request<std::vector<Invocation>>("trace", {{"id", id}}, {}, list<Invocation>);
}

Client::Reply<std::vector<LogLine>> Client::logs(const std::string &function, int limit)
{
    return request<std::vector<LogLine>>("logs", {{"function", function}, {"limit", limit}}, {},
                                         list<LogLine>);
}

Client::Reply<std::vector<FunctionMetrics>> Client::metrics(const std::string &function)
{
    return request<std::vector<FunctionMetrics>>("metrics", {{"function", function}}, {},
                                                 list<FunctionMetrics>);
}

namespace {

Result<std::string> idOf(const json &answer)
{
    return answer.value("id", std::string());
}

Result<int> countOf(const json &answer)
{
    return answer.value("count", 0);
}

} // namespace

Client::Reply<std::string> Client::submit(const InvokeRequest &r)
{
    return request<std::string>("submit", toJson(r), {}, idOf);
}

Client::Reply<TaskState> Client::task(const std::string &id)
{
    return request<TaskState>("task", {{"id", id}}, {}, value<TaskState>);
}

Client::Reply<std::vector<TaskState>> Client::tasks(const std::string &function, int limit)
{
    return request<std::vector<TaskState>>("tasks", {{"function", function}, {"limit", limit}}, {},
                                           list<TaskState>);
}

Client::Reply<std::string> Client::sample(const std::string &function, int index)
{
    return request<std::string>("sample", {{"function", function}, {"trigger", index}}, {},
                                [](const json &answer) -> Result<std::string> {
                                    return answer.value("event", std::string());
                                });
}

Client::Reply<std::string> Client::sendToQueue(const std::string &queue, const std::string &body)
{
    return request<std::string>("queue_send", {{"queue", queue}, {"body", body}}, {}, idOf);
}

Client::Reply<std::vector<QueueState>> Client::queues()
{
    return request<std::vector<QueueState>>("queues", json::object(), {}, list<QueueState>);
}

Client::Reply<std::vector<QueueMessage>> Client::deadLetters(const std::string &queue, int limit)
{
    return request<std::vector<QueueMessage>>("queue_dead", {{"queue", queue}, {"limit", limit}},
                                              {}, list<QueueMessage>);
}

Client::Reply<int> Client::reviveQueue(const std::string &queue)
{
    return request<int>("queue_revive", {{"queue", queue}}, {}, countOf);
}

Client::Reply<int> Client::purgeQueue(const std::string &queue)
{
    return request<int>("queue_purge", {{"queue", queue}}, {}, countOf);
}

Client::Reply<> Client::shutdown()
{
    return request<void>("shutdown", json::object(), {}, nothing);
}

std::unique_ptr<Subscription> Client::subscribe(const SubscribeRequest &r)
{
    const std::uint64_t id = ++m_lastId;
    std::unique_ptr<Subscription> subscription(new Subscription(this, id));
    m_subscriptions.emplace(id, subscription.get());
    send({{"t", "request"}, {"id", id}, {"op", "subscribe"}, {"args", toJson(r)}});
    return subscription;
}

void Client::send(const json &message)
{
    const std::string frame = encodeFrame(message);
    m_channel->send(QByteArray(frame.data(), qsizetype(frame.size())));
}

void Client::cancel(std::uint64_t id)
{
    if (!m_closed)
        send({{"t", "cancel"}, {"id", id}});
}

void Client::onReceived(const QByteArray &bytes)
{
    m_lastHeard = Clock::now();
    m_reader.feed({bytes.constData(), std::size_t(bytes.size())});
    while (!m_closed) {
        const std::optional<Result<json>> message = m_reader.next();
        if (!message)
            return;
        if (*message) {
            onMessage(**message);
        } else {
            m_channel->close();
            onClosed(message->error());
        }
    }
}

void Client::onMessage(const json &message)
{
    const std::string type = message.value("t", "");
    const std::uint64_t id = message.value("id", std::uint64_t(0));
    if (type == "hello") {
        const Result<Hello> hello = fromJson<Hello>(message);
        if (!hello || hello->protocol != protocolVersion) {
            m_channel->close();
            onClosed(
                {ErrorCode::RuntimeIncompatible, "runtime",
                 hello ? "protocol " + std::to_string(hello->protocol) : hello.error().detail});
            return;
        }
        m_hello = *hello;
        m_ready = true;
        Q_EMIT ready();
    } else if (type == "response") {
        const auto it = m_pending.find(id);
        if (it == m_pending.end()) {
            // A refused subscription is answered like a request; an unknown id was cancelled.
            if (const auto sub = m_subscriptions.find(id);
                sub != m_subscriptions.end() && message.contains("error")) {
                Subscription *subscription = sub->second;
                m_subscriptions.erase(sub);
                subscription->m_client = nullptr;
                Q_EMIT subscription->ended(errorFromJson(message["error"]));
            }
            return;
        }
        // Taken out first: the answer's receiver may send the next request.
        const std::unique_ptr<Pending> pending = std::move(it->second);
        m_pending.erase(it);
        if (const auto error = message.find("error"); error != message.end())
            pending->answer(tl::unexpected(errorFromJson(*error)));
        else
            pending->answer(message.value("value", json()));
    } else if (type == "item") {
        const auto it = m_subscriptions.find(id);
        if (it == m_subscriptions.end())
            return;
        if (const Result<Happening> happening = fromJson<Happening>(message.at("item")))
            Q_EMIT it->second->happened(*happening);
    } else if (type == "pong") {
        m_pingOpen = false;
        m_latency =
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - m_pingSent);
        if (const auto time = message.find("time_us");
            time != message.end() && time->is_number_integer())
            m_clock.add(m_pingSentUs, m_latency, time->get<std::int64_t>());
        Q_EMIT latencyChanged();
    }
}

void Client::onPing()
{
    if (m_closed)
        return;
    // When this thread itself stood still, answers may lie unread: they get another interval.
    const auto now = Clock::now();
    const bool wasStalled =
        now - std::exchange(m_lastTick, now) > 2 * m_pingTimer.intervalAsDuration();
    if (!wasStalled && now - m_lastHeard > m_pingLimit) {
        m_channel->close();
        onClosed({m_ready ? ErrorCode::RuntimeLost : ErrorCode::RuntimeUnreachable, "runtime",
                  "no answer for " + std::to_string(m_pingLimit.count()) + " ms"});
        return;
    }
    if (m_ready && !m_pingOpen) {
        m_pingOpen = true;
        m_pingSent = Clock::now();
        m_pingSentUs = std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
        send({{"t", "ping"}});
    }
}

void Client::onClosed(const Error &error)
{
    if (m_closed)
        return;
    m_closed = true;
    m_ready = false;
    m_pingTimer.stop();
    for (auto pendings = std::exchange(m_pending, {}); auto &[id, pending] : pendings)
        pending->answer(tl::unexpected(error));
    for (auto subscriptions = std::exchange(m_subscriptions, {});
         auto &[id, subscription] : subscriptions) {
        subscription->m_client = nullptr;
        Q_EMIT subscription->ended(error);
    }
    Q_EMIT lost(error);
}

} // namespace runtime
