#include "device-manager/core/devicelink.h"

#include "device-manager/core/sshsession.h"

#include <QtConcurrent>

#include <map>
#include <mutex>
#include <optional>

namespace device {

using namespace std::chrono_literals;
using runtime::Error;
using runtime::ErrorCode;
using runtime::Result;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto heartbeatInterval = 500ms;
constexpr auto heartbeatLimit = 1500ms;
constexpr std::chrono::milliseconds firstDelay = 200ms;
constexpr std::chrono::milliseconds longestDelay = 1s; ///< While the device was here lately.
constexpr std::chrono::milliseconds longestLater = 10s;
constexpr auto lately = 5min;
constexpr auto steadyAfter = 5s; ///< A link that held this long begins with the first delay again.

/// Whether the same attempt may succeed later, with nobody doing anything about it.
bool mayPass(const Error &error)
{
    switch (error.code) {
    case ErrorCode::DeviceUnreachable:
    case ErrorCode::DeviceLost:
    case ErrorCode::RuntimeLost:
    case ErrorCode::RuntimeUnreachable:
    case ErrorCode::RuntimeBusy: return true;
    default: return false;
    }
}

} // namespace

/// What the user answered while the link is open, in memory alone.
class DeviceLink::Answers final
{
public:
    explicit Answers(SshAsk ask) : m_ask(std::move(ask)) {}

    std::optional<QString> ask(const SshQuestion &question, const std::stop_token &stop)
    {
        // A prompt may want another answer each time, such as a code.
        const bool isLasting = question.kind != SshQuestion::Kind::Prompt;
        const auto key = std::pair(question.kind, question.subject);
        {
            const std::lock_guard lock(m_mutex);
            if (const auto it = m_kept.find(key); isLasting && it != m_kept.end())
                return it->second;
        }
        std::optional<QString> answer = m_ask(question, stop);
        const std::lock_guard lock(m_mutex);
        if (isLasting && answer)
            m_kept[key] = *answer;
        return answer;
    }

    void forget()
    {
        const std::lock_guard lock(m_mutex);
        m_kept.clear();
    }

private:
    SshAsk m_ask;
    std::mutex m_mutex;
    std::map<std::pair<SshQuestion::Kind, QString>, QString> m_kept;
};

DeviceLink::DeviceLink(Device device, QObject *parent) : DeviceLink(std::move(device), {}, parent)
{
}

DeviceLink::DeviceLink(Device device, Options options, QObject *parent)
    : QObject(parent), m_device(std::move(device)), m_options(std::move(options))
{
    if (m_options.program.isEmpty())
        m_options.program = findRuntimeProgram();
    if (m_options.ask) {
        m_answers = std::make_shared<Answers>(std::move(m_options.ask));
        m_options.ask = [answers = m_answers](const SshQuestion &question,
                                              const std::stop_token &stop) {
            return answers->ask(question, stop);
        };
    }
    m_worker.setMaxThreadCount(1);
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, &DeviceLink::attempt);
}

DeviceLink::~DeviceLink()
{
    blockSignals(true);
    close();
}

runtime::Client *DeviceLink::client() const
{
    return m_state == State::Online ? m_client.get() : nullptr;
}

SshSession *DeviceLink::session() const
{
    return m_state == State::Online ? m_session.get() : nullptr;
}

QString DeviceLink::runtimeFolder() const
{
    return m_ready.facts.stateFolder + QStringLiteral("/runtime");
}

void DeviceLink::open()
{
    if (m_state != State::Offline)
        return;
    m_delay = firstDelay;
    m_replacing = false;
    setState(State::Connecting);
    attempt();
}

void DeviceLink::close()
{
    m_retry.stop();
    endAttempt(Ending::Now);
    if (m_answers)
        m_answers->forget();
    setState(State::Offline);
}

void DeviceLink::attempt()
{
    endAttempt(Ending::Soon);
    const std::uint64_t number = m_attempt;
    m_stop = {};
    m_session = std::make_unique<SshSession>(m_device, m_options.ask);
    connect(m_session.get(), &SshSession::lost, this, &DeviceLink::onLost);
    const auto tell = [this, number](LinkStep step) {
        QMetaObject::invokeMethod(
            this,
            [this, number, step] {
                if (number == m_attempt)
                    Q_EMIT stepChanged(step);
            },
            Qt::QueuedConnection);
    };
    DeviceSetup setup(m_device.name, m_options.program, tell);
    setup.setSimulated(!m_device.simulated.isEmpty());
    // Coming back from a cut it takes what it finds: another program of another build may have
    // opened a link meanwhile, and the two must not replace each other's runtime in turn.
    setup.setKeepsOthers(m_state == State::Lost);
    QtConcurrent::run(&m_worker, [setup, session = m_session.get(),
                                  stop = m_stop.get_token()]() mutable {
        return setup.run(*session, stop);
    }).then(this, [this, number](const Result<ReadyDevice> &ready) {
        if (number == m_attempt)
            onPrepared(ready);
    });
}

void DeviceLink::endAttempt(Ending ending)
{
    ++m_attempt;
    m_stop.request_stop();
    if (m_client) {
        m_client->disconnect(this);
        m_client.release()->deleteLater(); // this may be one of its signals
    }
    SshSession *session = m_session.release();
    if (session)
        session->disconnect(this);
    const auto end = [session] {
        if (!session)
            return;
        session->close();
        session->deleteLater(); // this may be one of its signals
    };
    // The worker does one thing after the other: the next attempt waits for the end of this one.
    if (ending == Ending::Soon && session) {
        (void)QtConcurrent::run(&m_worker, end);
        return;
    }
    end();
    m_worker.waitForDone(); // its requests have ended with the session
}

void DeviceLink::onPrepared(const Result<ReadyDevice> &ready)
{
    if (!ready) {
        retryOrFail(ready.error());
        return;
    }
    m_ready = *ready;
    Q_EMIT stepChanged(LinkStep::Talk);
    talk();
}

void DeviceLink::talk()
{
    m_client =
        std::make_unique<runtime::Client>(m_session->openUnix(m_ready.socket, m_ready.relay));
    m_client->setHeartbeat(heartbeatInterval, heartbeatLimit);
    connect(m_client.get(), &runtime::Client::ready, this, &DeviceLink::onReady);
    connect(m_client.get(), &runtime::Client::lost, this, &DeviceLink::onLost);
    m_client->open();
}

void DeviceLink::onReady()
{
    if (m_client->hello().program != m_ready.programDigest.toStdString() && !m_replacing) {
        // The runtime of another build still runs. Once it is gone, the next attempt starts ours.
        m_replacing = true;
        (void)m_client->shutdown();
        return;
    }
    m_replacing = false;
    m_onlineSince = Clock::now();
    setState(State::Online);
}

void DeviceLink::onLost(const Error &error)
{
    if (m_state == State::Online && Clock::now() - m_onlineSince > steadyAfter)
        m_delay = firstDelay;
    retryOrFail(error);
}

void DeviceLink::retryOrFail(const Error &error)
{
    const bool wasOnline = m_state == State::Online;
    endAttempt(Ending::Soon);
    const bool tryAgain = mayPass(error) && (m_state != State::Connecting || m_replacing);
    if (!tryAgain) {
        if (m_answers)
            m_answers->forget();
        setState(State::Offline);
        Q_EMIT failed(error);
        return;
    }
    m_retry.start(m_delay);
    if (wasOnline)
        m_lostSince = Clock::now();
    m_delay =
        std::min(m_delay * 2, Clock::now() - m_lostSince < lately ? longestDelay : longestLater);
    if (!wasOnline)
        return;
    setState(State::Lost);
    Q_EMIT lost(error);
}

void DeviceLink::setState(State state)
{
    if (std::exchange(m_state, state) != state)
        Q_EMIT stateChanged(state);
}

} // namespace device
