#pragma once

#include "runtime-bridge/client/channel.h"
#include "runtime-bridge/client/clockoffset.h"
#include "runtime-bridge/protocol/failure.h"
#include "runtime-bridge/protocol/frame.h"
#include "runtime-bridge/protocol/functionmetrics.h"
#include "runtime-bridge/protocol/messages.h"
#include "runtime-bridge/protocol/profile.h"
#include "runtime-bridge/protocol/queuemessages.h"

#include <QFuture>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <unordered_map>
#include <vector>

namespace runtime {

class Client;

/// What a runtime has to tell, as it happens. Destroying it ends the subscription.
class Subscription final : public QObject
{
    Q_OBJECT

public:
    ~Subscription() override;

Q_SIGNALS:
    void happened(const runtime::Happening &happening);
    /// The channel was lost or the runtime refused; nothing more comes.
    void ended(const runtime::Error &error);

private:
    friend class Client;
    Subscription(Client *client, std::uint64_t id) : m_client(client), m_id(id) {}
    Client *m_client; ///< Null after the end.
    std::uint64_t m_id;
};

/// Speaks the bridge protocol with one runtime over one channel.
///
/// Every request delivers exactly one result, on this object's thread; after its stop token fired
/// it is ErrorCode::Cancelled, and when the channel is lost it is the channel's error. Requests
/// before ready() fail with ErrorCode::RuntimeUnreachable. Attach one continuation, with a context.
class Client final : public QObject
{
    Q_OBJECT

public:
    explicit Client(std::unique_ptr<Channel> channel, QObject *parent = nullptr);
    ~Client() override;

    void open();
    [[nodiscard]] bool isReady() const { return m_ready; }
    [[nodiscard]] const Hello &hello() const { return m_hello; }

    /// Asks for an answer each \a interval and gives the channel up when none came for \a limit.
    void setHeartbeat(std::chrono::milliseconds interval, std::chrono::milliseconds limit);

    template<typename T = void> using Reply = QFuture<Result<T>>;

    [[nodiscard]] Reply<PutResult> put(const PutRequest &request, std::stop_token stop = {});
    [[nodiscard]] Reply<Invocation> invoke(const InvokeRequest &request, std::stop_token stop = {});
    /// Fires the trigger at \a index of the function's list now, as if its time had come.
    [[nodiscard]] Reply<Invocation> fire(const std::string &function, int index);
    [[nodiscard]] Reply<> remove(const std::string &function);
    /// Brings \a bundle back, or the one before the present when empty.
    [[nodiscard]] Reply<PutResult> rollback(const std::string &function,
                                            const std::string &bundle = {});
    [[nodiscard]] Reply<> arm(const std::string &function, bool armed);
    [[nodiscard]] Reply<> freeze(const std::string &function, bool frozen);
    [[nodiscard]] Reply<> debug(const DebugRequest &request);
    /// Starts the HTTP gateway on loopback (0: any free port); its address,
    /// "http://127.0.0.1:43211".
    [[nodiscard]] Reply<std::string> gateway(int port = 0);
    [[nodiscard]] Reply<std::vector<FunctionState>> functions();
    /// Newest first, without their logs. \a function empty: of all.
    [[nodiscard]] Reply<std::vector<Invocation>> invocations(const std::string &function,
                                                             int limit);
    [[nodiscard]] Reply<Invocation> invocation(const std::string &id); ///< With its log.
    /// What is kept of an invocation that failed; ErrorCode::RequestInvalid for one that did not.
    [[nodiscard]] Reply<Failure> capturedFailure(const std::string &id);
    /// Where the function's workers spend the next \a duration.
    [[nodiscard]] Reply<Profile> profile(const std::string &function,
                                         std::chrono::milliseconds duration,
                                         std::stop_token stop = {});
    /// The chain of calls that an invocation belongs to, oldest first, without events, results and
    /// logs. \a id: an invocation's or the chain's.
    [[nodiscard]] Reply<std::vector<Invocation>> trace(const std::string &id);
    /// Oldest first, the last \a limit.
    [[nodiscard]] Reply<std::vector<LogLine>> logs(const std::string &function, int limit);
    /// Since the runtime started, by name. \a function empty: of all.
    [[nodiscard]] Reply<std::vector<FunctionMetrics>> metrics(const std::string &function);
    /// Accepted as a task: its id.
    [[nodiscard]] Reply<std::string> submit(const InvokeRequest &request);
    [[nodiscard]] Reply<TaskState> task(const std::string &id);
    /// Newest first. \a function empty: of all.
    [[nodiscard]] Reply<std::vector<TaskState>> tasks(const std::string &function, int limit);
    /// The event that fire() would give: JSON text.
    [[nodiscard]] Reply<std::string> sample(const std::string &function, int index);
    [[nodiscard]] Reply<std::string> sendToQueue(const std::string &queue, const std::string &body);
    [[nodiscard]] Reply<std::vector<QueueState>> queues();
    [[nodiscard]] Reply<std::vector<QueueMessage>> deadLetters(const std::string &queue, int limit);
    /// Dead letters are tried again: how many.
    [[nodiscard]] Reply<int> reviveQueue(const std::string &queue);
    /// What nobody has just now is forgotten: how many.
    [[nodiscard]] Reply<int> purgeQueue(const std::string &queue);
    [[nodiscard]] Reply<> shutdown();

    [[nodiscard]] std::unique_ptr<Subscription> subscribe(const SubscribeRequest &request);

    /// Time from a ping to its answer; 0 before the first.
    [[nodiscard]] std::chrono::microseconds latency() const { return m_latency; }
    /// How far the runtime's machine's clock is ahead; known after the first answer to a ping of a
    /// runtime that tells it.
    [[nodiscard]] const ClockOffset &clock() const { return m_clock; }

Q_SIGNALS:
    void ready();
    void latencyChanged();
    /// The channel could not be opened or was lost. Every open request has its answer by then.
    void lost(const runtime::Error &error);

private:
    friend class Subscription;
    /// Gets the answer's value, or the error.
    using Answer = std::function<void(Result<nlohmann::json>)>;
    struct Pending;

    template<typename T, typename Convert> Reply<T>
    request(const char *operation, nlohmann::json arguments, std::stop_token stop, Convert convert);
    std::uint64_t sendRequest(const char *operation, nlohmann::json arguments, Answer answer);
    void send(const nlohmann::json &message);
    void onReceived(const QByteArray &bytes);
    void onMessage(const nlohmann::json &message);
    void onClosed(const Error &error);
    void onPing();
    void cancel(std::uint64_t id);

    std::unique_ptr<Channel> m_channel;
    FrameReader m_reader;
    Hello m_hello;
    bool m_ready = false;
    bool m_closed = false;
    std::uint64_t m_lastId = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<Pending>> m_pending;
    std::unordered_map<std::uint64_t, Subscription *> m_subscriptions;
    QTimer m_pingTimer;
    std::chrono::milliseconds m_pingLimit{};
    std::chrono::steady_clock::time_point m_pingSent, m_lastHeard, m_lastTick;
    bool m_pingOpen = false;
    std::int64_t m_pingSentUs = 0; ///< By this machine's clock.
    ClockOffset m_clock;
    std::chrono::microseconds m_latency{};
};

} // namespace runtime
