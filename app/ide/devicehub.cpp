#include "app/ide/devicehubentry.h"
#include "device-manager/core/simulatedpi.h"

#include <cmath>

namespace app {

using device::DeviceLink;
using runtime::ErrorCode;
using runtime::Happening;
using runtime::Result;

namespace {

const QString simulatedName = QStringLiteral("simulated-pi");

TargetState stateOf(DeviceLink::State state)
{
    switch (state) {
    case DeviceLink::State::Online: return TargetState::On;
    case DeviceLink::State::Connecting: return TargetState::Half;
    case DeviceLink::State::Lost: return TargetState::Attention;
    case DeviceLink::State::Offline: return TargetState::Off;
    }
    return TargetState::Off;
}

/// Its latency, or what matters more: a clock that is off by more than the device test lets pass.
QString onlineNote(const DeviceLink &link)
{
    using namespace std::chrono_literals;
    const runtime::Client *client = link.client();
    const auto ahead = client ? client->clock().offset() : std::nullopt;
    if (ahead && std::chrono::abs(*ahead) >= 2s) {
        const double seconds = std::abs(double(ahead->count())) / 1e6;
        return (*ahead > 0s ? DeviceHub::tr("clock %1 s ahead")
                            : DeviceHub::tr("clock %1 s behind"))
            .arg(seconds, 0, 'f', seconds < 10 ? 1 : 0);
    }
    return DeviceHub::tr("%1 ms").arg(client ? double(client->latency().count()) / 1000 : 0, 0, 'f',
                                      1);
}

QString noteOf(const DeviceLink &link)
{
    switch (link.state()) {
    case DeviceLink::State::Online: return onlineNote(link);
    case DeviceLink::State::Connecting: return DeviceHub::tr("connecting");
    case DeviceLink::State::Lost: return DeviceHub::tr("connection lost");
    case DeviceLink::State::Offline: return DeviceHub::tr("offline");
    }
    return {};
}

} // namespace

DeviceHub::DeviceHub(QObject *parent) : QObject(parent)
{
    connect(&m_registry, &device::DeviceRegistry::added, this, [this](const device::Device &added) {
        addEntry(added);
        m_search.addKnown(added);
        Q_EMIT changed();
    });
    connect(&m_registry, &device::DeviceRegistry::changed, this,
            [this](const device::Device &changedDevice) {
                addEntry(changedDevice);
                Q_EMIT changed();
            });
    connect(&m_registry, &device::DeviceRegistry::removed, this, [this](const QString &name) {
        m_entries.erase(name);
        Q_EMIT changed();
    });
    connect(&m_registry, &device::DeviceRegistry::groupsChanged, this, &DeviceHub::changed);
    connect(&m_registry, &device::DeviceRegistry::damaged, this, &DeviceHub::failed);
}

DeviceHub::~DeviceHub()
{
    m_stop.request_stop();
}

void DeviceHub::start()
{
    if (const Result<> loaded = m_registry.load(); !loaded)
        Q_EMIT failed(loaded.error());
    for (const device::Device &known : m_registry.devices())
        if (!m_entries.contains(known.name))
            addEntry(known);
    Q_EMIT changed();
}

void DeviceHub::addEntry(const device::Device &device)
{
    auto entry = std::make_unique<Entry>();
    entry->device = device;
    entry->store = std::make_unique<device::ReadingStore>(device.name);
    entry->store->onPreparing([this, name = device.name](double part) {
        QMetaObject::invokeMethod(
            this, [this, name, part] { Q_EMIT preparing(name, part); }, Qt::QueuedConnection);
    });
    entry->feed = std::make_unique<device::ReadingFeed>(entry->store.get());
    entry->link = std::make_unique<DeviceLink>(device, DeviceLink::Options{{}, m_ask});
    entry->health = std::make_unique<device::DeviceHealth>(entry->link.get());
    entry->pusher = std::make_unique<device::Pusher>(entry->link.get());
    connect(entry->pusher.get(), &device::Pusher::progressed, this,
            [this, name = device.name](const QString &function, quint64 sent, quint64 total) {
                Q_EMIT sending(name, function, sent, total);
            });
    connect(entry->pusher.get(), &device::Pusher::packagesStep, this,
            [this, name = device.name](const QString &, const QString &line) {
                Q_EMIT pushStep(name, line);
            });
    connectLink(*entry);
    connectFeed(*entry);
    m_entries[device.name] = std::move(entry);
}

void DeviceHub::connectLink(Entry &entry)
{
    connect(entry.link.get(), &DeviceLink::stateChanged, this, [this, &entry] { onState(entry); });
    connect(entry.link.get(), &DeviceLink::failed, this, [this, &entry](runtime::Error error) {
        entry.waiting.clear();
        if (error.subject.empty())
            error.subject = entry.device.name.toStdString();
        Q_EMIT failed(error);
    });
    connect(entry.link.get(), &DeviceLink::lost, this, [this, &entry](runtime::Error error) {
        Q_EMIT failed({ErrorCode::DeviceLost, entry.device.name.toStdString(), error.detail});
    });
}

void DeviceHub::connectFeed(Entry &entry)
{
    const QString name = entry.device.name;
    device::ReadingFeed *feed = entry.feed.get();
    connect(feed, &device::ReadingFeed::readingsCame, this,
            [this, name](const std::vector<runtime::Reading> &readings) {
                Happening happening;
                happening.kind = Happening::Kind::Readings;
                happening.readings = readings;
                tell(name, happening);
            });
    connect(feed, &device::ReadingFeed::switched, this,
            [this, name](const runtime::Switch &change) { tellSwitch(name, change); });
    connect(feed, &device::ReadingFeed::functionChanged, this,
            [this, &entry](const runtime::FunctionState &state) {
                entry.functions[state.spec.name] = state;
                Happening happening;
                happening.kind = Happening::Kind::Function;
                happening.function = state;
                tell(entry.device.name, happening);
            });
    connect(feed, &device::ReadingFeed::functionRemoved, this,
            [this, &entry](const QString &function) {
                entry.functions.erase(function.toStdString());
                Q_EMIT changed();
            });
    connect(feed, &device::ReadingFeed::failed, this, &DeviceHub::failed);
}

void DeviceHub::tell(const QString &name, const Happening &happening)
{
    Q_EMIT happened(name, happening);
}

void DeviceHub::tellSwitch(const QString &name, const runtime::Switch &change)
{
    Happening happening;
    happening.kind = Happening::Kind::Switch;
    happening.switched = change;
    tell(name, happening);
}

void DeviceHub::onState(Entry &entry)
{
    entry.events.reset();
    runtime::Client *client = entry.link->client();
    if (client) {
        entry.feed->attach(client);
        entry.events = client->subscribe({.invocations = true,
                                          .log = true,
                                          .functions = false,
                                          .readings = false,
                                          .afterCursor = 0,
                                          .readingsFromNow = true,
                                          .function = {}});
        connect(entry.events.get(), &runtime::Subscription::happened, this,
                [this, name = entry.device.name](const Happening &happening) {
                    tell(name, happening);
                });
        connect(client, &runtime::Client::latencyChanged, this,
                [this, client, name = entry.device.name] {
                    Q_EMIT changed();
                    if (const auto ahead = client->clock().offset())
                        Q_EMIT clockRead(name, *ahead);
                });
        for (const auto &work : std::exchange(entry.waiting, {}))
            work(entry);
    } else {
        entry.feed->detach();
    }
    Q_EMIT changed();
}

DeviceHub::Entry *DeviceHub::entry(const QString &name) const
{
    const auto it = m_entries.find(name);
    return it == m_entries.end() ? nullptr : it->second.get();
}

device::ReadingStore *DeviceHub::store(const QString &name) const
{
    const Entry *found = entry(name);
    return found ? found->store.get() : nullptr;
}

void DeviceHub::whenOnline(const QString &name, std::function<void(Entry &)> work)
{
    Entry *found = entry(name);
    if (!found) {
        Q_EMIT failed({ErrorCode::DeviceUnknown, name.toStdString(), {}});
    } else if (found->link->client()) {
        work(*found);
    } else {
        found->waiting.push_back(std::move(work));
        connectDevice(name);
    }
}

std::vector<DeviceView> DeviceHub::devices() const
{
    std::vector<DeviceView> views;
    for (const auto &[name, entry] : m_entries)
        views.push_back({name, toAddress(entry->device), stateOf(entry->link->state()),
                         noteOf(*entry->link), !entry->device.simulated.isEmpty(),
                         m_registry.groupsOf(name)});
    return views;
}

bool DeviceHub::isOnline(const QString &name) const
{
    return client(name) != nullptr;
}

runtime::Client *DeviceHub::client(const QString &name) const
{
    const Entry *found = entry(name);
    return found ? found->link->client() : nullptr;
}

const std::map<std::string, runtime::FunctionState> &DeviceHub::functions(const QString &name) const
{
    static const std::map<std::string, runtime::FunctionState> none;
    const Entry *found = entry(name);
    return found ? found->functions : none;
}

void DeviceHub::startSearch()
{
    m_search.start(m_registry.devices());
}

QString DeviceHub::freeName(const QString &name, const device::Device &device) const
{
    QString free = name;
    for (int number = 2;; ++number) {
        const std::optional<device::Device> other = m_registry.device(free);
        if (!other || (other->host == device.host && other->port == device.port))
            return free;
        free = name + QLatin1Char('-') + QString::number(number);
    }
}

void DeviceHub::add(const device::Device &device)
{
    if (const Result<> saved = m_registry.save(device); !saved)
        Q_EMIT failed(saved.error());
}

void DeviceHub::remove(const QString &name)
{
    if (const Result<> removed = m_registry.remove(name); !removed)
        Q_EMIT failed(removed.error());
}

void DeviceHub::connectDevice(const QString &name)
{
    if (Entry *found = entry(name); found && found->link->state() == DeviceLink::State::Offline)
        found->link->open();
}

void DeviceHub::disconnectDevice(const QString &name)
{
    if (Entry *found = entry(name))
        found->link->close();
}

void DeviceHub::acceptHostKey(const QString &name, const QString &fingerprint)
{
    std::optional<device::Device> known = m_registry.device(name);
    if (!known)
        return;
    known->hostKey = fingerprint;
    add(*known);
    connectDevice(name);
}

void DeviceHub::lookAtRuntime(const QString &name)
{
    Entry *found = entry(name);
    if (!found)
        return;
    found->removal = std::make_unique<device::RuntimeRemoval>(found->device);
    found->removal->look().then(this,
                                [this, name](const Result<device::RuntimeHoldings> &holdings) {
                                    if (holdings)
                                        Q_EMIT runtimeLookedAt(name, *holdings);
                                    else
                                        Q_EMIT failed(holdings.error());
                                });
}

void DeviceHub::removeRuntime(const QString &name)
{
    Entry *found = entry(name);
    if (!found)
        return;
    disconnectDevice(name); // it would install the runtime again
    found->functions.clear();
    found->removal = std::make_unique<device::RuntimeRemoval>(found->device);
    found->removal->remove().then(this, [this, name](const Result<> &removed) {
        if (removed)
            Q_EMIT runtimeRemoved(name);
        else
            Q_EMIT failed(removed.error());
        Q_EMIT changed();
    });
}

static QStringList warningsOf(const device::PushReport &report)
{
    QStringList warnings;
    for (const runtime::Problem &problem : report.warnings)
        warnings << QString::fromStdString(problem.file + ": " + problem.message);
    return warnings;
}

void DeviceHub::push(const QString &name, const runtime::ApplicationFunction &function)
{
    whenOnline(name, [this, name, function](Entry &online) {
        online.pusher->push(function, m_stop.get_token())
            .then(this, [this, name](const Result<device::PushReport> &report) {
                if (!report)
                    Q_EMIT failed(report.error());
                else if (report->error)
                    Q_EMIT failed(*report->error);
                else
                    Q_EMIT pushed({name, QString::fromStdString(report->function), report->version,
                                   std::int64_t(report->bytesSent), report->ms, report->changed,
                                   warningsOf(*report)});
            });
    });
}

void DeviceHub::invoke(const QString &name, const std::string &function, const std::string &event)
{
    whenOnline(name, [this, function, event](Entry &online) {
        online.link->client()
            ->invoke({.function = function, .event = event, .trigger = "manual", .id = {}},
                     m_stop.get_token())
            .then(this, [this](const Result<runtime::Invocation> &invocation) {
                if (invocation)
                    Q_EMIT invoked(*invocation);
                else
                    Q_EMIT failed(invocation.error());
            });
    });
}

void DeviceHub::cancel()
{
    std::exchange(m_stop, {}).request_stop();
    if (m_fleet)
        m_fleet->cancel();
    for (const auto &[name, entry] : m_entries)
        entry->waiting.clear();
}

void DeviceHub::simulate()
{
    if (!m_simulated) {
        m_simulated = std::make_unique<device::SimulatedPi>(simulatedName);
        connect(m_simulated.get(), &device::SimulatedPi::started, this,
                [this](const device::Device &device) {
                    add(device);
                    // The same address as before is no change for the registry.
                    if (Entry *found = entry(device.name); !found || found->device != device)
                        addEntry(device);
                    connectDevice(device.name);
                    Q_EMIT simulatedChanged();
                    Q_EMIT changed();
                });
        connect(m_simulated.get(), &device::SimulatedPi::failed, this, &DeviceHub::failed);
        connect(m_simulated.get(), &device::SimulatedPi::stopped, this,
                [this] { Q_EMIT simulatedChanged(); });
    }
    m_simulated->start();
}

void DeviceHub::stopSimulating()
{
    disconnectDevice(simulatedName);
    m_simulated.reset();
    Q_EMIT simulatedChanged();
}

} // namespace app
