#include "app/ide/devicevisit.h"

#include "device-manager/core/devicehealth.h"
#include "device-manager/core/devicelink.h"
#include "runtime-bridge/client/client.h"

namespace app {

using runtime::Happening;
using runtime::Result;

namespace {

constexpr int visitPaceMs = 40;
constexpr int recentInvocations = 200;
constexpr int recentLines = 100;

} // namespace

DeviceVisit::DeviceVisit(DeviceHub *hub, QString name, QObject *parent)
    : QObject(parent), m_hub(hub), m_name(std::move(name))
{
    for (auto [timer, signal] : {std::pair(&m_change, &DeviceVisit::changed),
                                 std::pair(&m_results, &DeviceVisit::resultsChanged)}) {
        timer->setSingleShot(true);
        timer->setInterval(visitPaceMs);
        connect(timer, &QTimer::timeout, this, signal);
    }
    connect(m_hub, &DeviceHub::changed, this, &DeviceVisit::follow);
    connect(m_hub, &DeviceHub::happened, this,
            [this](const QString &device, const Happening &happening) {
                if (device == m_name)
                    onHappened(happening);
            });
    follow();
}

DeviceVisit::~DeviceVisit()
{
    m_hub->watchHealth(m_name, false);
}

void DeviceVisit::setSeen(bool seen)
{
    m_seen = seen;
    m_hub->watchHealth(m_name, seen);
}

void DeviceVisit::follow()
{
    const device::DeviceHealth *health = m_hub->health(m_name);
    if (!health) {
        Q_EMIT ended();
        return;
    }
    // The hub makes a device anew when its address changed.
    connect(health, &device::DeviceHealth::sampled, this, &DeviceVisit::sampled,
            Qt::UniqueConnection);
    m_hub->watchHealth(m_name, m_seen);
    runtime::Client *client = m_hub->client(m_name);
    const bool isOnline = client != nullptr;
    if (std::exchange(m_online, isOnline) != isOnline && isOnline)
        fetch(*client);
    if (!m_change.isActive())
        m_change.start();
}

void DeviceVisit::fetch(runtime::Client &client)
{
    client.invocations({}, recentInvocations)
        .then(this, [this](const Result<std::vector<runtime::Invocation>> &newestFirst) {
            if (!newestFirst)
                return; // a lost link is told by the hub
            for (const runtime::Invocation &invocation : *newestFirst)
                keep(invocation);
        });
    if (std::exchange(m_logFetched, true))
        return;
    client.logs({}, recentLines)
        .then(this, [this](const Result<std::vector<runtime::LogLine>> &lines) {
            if (lines)
                for (const runtime::LogLine &line : *lines)
                    Q_EMIT logged(line);
        });
}

void DeviceVisit::onHappened(const Happening &happening)
{
    switch (happening.kind) {
    case Happening::Kind::Invocation: keep(happening.invocation); break;
    case Happening::Kind::Log: Q_EMIT logged(happening.log); break;
    case Happening::Kind::Function:
        if (!m_change.isActive())
            m_change.start();
        break;
    default: break;
    }
}

void DeviceVisit::keep(const runtime::Invocation &invocation)
{
    runtime::Invocation &last = m_last[invocation.function];
    if (last.startUs > invocation.startUs)
        return;
    last = invocation;
    if (!m_results.isActive())
        m_results.start();
}

DeviceView DeviceVisit::view() const
{
    for (DeviceView &view : m_hub->devices())
        if (view.name == m_name)
            return std::move(view);
    return {};
}

const device::DeviceFacts *DeviceVisit::facts() const
{
    const device::DeviceLink *link = m_hub->link(m_name);
    return link && !link->facts().home.isEmpty() ? &link->facts() : nullptr;
}

QString DeviceVisit::runtimeVersion() const
{
    const runtime::Client *client = m_hub->client(m_name);
    return client ? QString::fromStdString(client->hello().version) : QString();
}

std::vector<device::TestPoint> DeviceVisit::test() const
{
    const device::DeviceFacts *known = facts();
    if (!known)
        return {};
    const runtime::Client *client = m_hub->client(m_name);
    return device::deviceTest(*known, client ? client->clock().offset() : std::nullopt);
}

const std::deque<device::HealthSample> &DeviceVisit::history() const
{
    static const std::deque<device::HealthSample> none;
    const device::DeviceHealth *health = m_hub->health(m_name);
    return health ? health->history() : none;
}

const std::map<std::string, runtime::FunctionState> &DeviceVisit::functions() const
{
    return m_hub->functions(m_name);
}

const runtime::Invocation *DeviceVisit::lastOf(const std::string &function) const
{
    const auto found = m_last.find(function);
    return found == m_last.end() ? nullptr : &found->second;
}

} // namespace app
