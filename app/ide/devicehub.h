#pragma once

#include "app/ide/targetstate.h"
#include "device-manager/core/deviceregistry.h"
#include "device-manager/core/devicesearch.h"
#include "device-manager/core/fleetpush.h"
#include "device-manager/core/readingexport.h"
#include "device-manager/core/sshquestion.h"
#include "device-manager/core/watchedseries.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <QObject>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

namespace device {
class DeviceHealth;
class DeviceLink;
class SimulatedPi;
struct RuntimeHoldings;
} // namespace device

namespace runtime {
class Client;
}

namespace app {

/// A device as the window shows it.
struct DeviceView {
    QString name;
    QString address;
    TargetState state = TargetState::Off;
    QString note; ///< "0.4 ms", "connecting", "offline".
    bool simulated = false;
    QStringList groups{};
};

/// How a push went.
struct PushOutcome {
    QString device;
    QString function;
    std::uint64_t version = 0;
    std::int64_t bytes = 0;
    double ms = 0;
    bool changed = true;
    QStringList warnings{}; ///< Files that the device cannot load.
};

/// The known devices with their links: connects, pushes, invokes, brings readings home, and runs
/// the simulated Raspberry Pi.
class DeviceHub final : public QObject
{
    Q_OBJECT

public:
    explicit DeviceHub(QObject *parent = nullptr);
    ~DeviceHub() override;

    /// Answers for the user what only the user knows: passwords, passphrases. Before start().
    void setAsk(device::SshAsk ask) { m_ask = std::move(ask); }
    void start();
    [[nodiscard]] std::vector<DeviceView> devices() const;
    [[nodiscard]] bool isOnline(const QString &name) const;
    [[nodiscard]] runtime::Client *client(const QString &name) const;

    /// Looks for machines that may be devices; search() tells what it finds.
    void startSearch();
    [[nodiscard]] device::DeviceSearch &search() { return m_search; }

    /// \a name, or with a number behind it where another device has that name.
    [[nodiscard]] QString freeName(const QString &name, const device::Device &device) const;
    void add(const device::Device &device);
    void remove(const QString &name);
    void connectDevice(const QString &name); ///< Nothing when it is connected or connecting.
    void disconnectDevice(const QString &name);
    /// Accepts the host key that the device \a name showed at its first connection.
    void acceptHostKey(const QString &name, const QString &fingerprint);

    /// What removeRuntime() would take away; answered by runtimeLookedAt() or failed().
    void lookAtRuntime(const QString &name);
    /// Disconnects and takes our runtime off the device; answered by runtimeRemoved() or failed().
    void removeRuntime(const QString &name);

    void push(const QString &name, const runtime::ApplicationFunction &function);
    void invoke(const QString &name, const std::string &function, const std::string &event);
    void cancel(); ///< What runs, pushes to groups too.

    /// The names of the devices of each group.
    [[nodiscard]] const QMap<QString, QStringList> &groups() const { return m_registry.groups(); }
    void addToGroup(const QString &group, const QString &device);
    void removeFromGroup(const QString &group, const QString &device);
    /// How long a canary is watched here.
    static constexpr std::chrono::milliseconds canaryTime = std::chrono::seconds(10);
    /// To all devices of \a group, \a canary first unless it is empty; told by fleetChanged().
    void pushToGroup(const QString &group, const runtime::ApplicationFunction &function,
                     const QString &canary = {});

    /// Starts the device itself again; answered by restarting() or failed().
    void restart(const QString &name);
    // Null where there is no such device; gone with the next changed().
    [[nodiscard]] const device::DeviceLink *link(const QString &name) const;
    [[nodiscard]] const device::DeviceHealth *health(const QString &name) const;
    void watchHealth(const QString &name, bool watched);

    void simulate(); ///< Starts the simulated Pi and connects to it.
    void stopSimulating();
    [[nodiscard]] device::SimulatedPi *simulatedPi() const { return m_simulated.get(); }

    [[nodiscard]] const std::map<std::string, runtime::FunctionState> &
    functions(const QString &name) const;
    /// What is stored of \a name: its series by stored(), versions and the newest readings by
    /// happened(), as the live ones.
    void showStored(const QString &name);
    /// Part of a series; answered by historyRead().
    void readHistory(const QString &name, const device::HistoryQuestion &question);
    /// Answered by figuresRead().
    void readFigures(const QString &name, const device::SeriesKey &key, std::int64_t fromUs,
                     std::int64_t toUs);
    /// Which invocation made a reading; answered by invocationFound(), if it is known.
    void findInvocation(const QString &name, const device::SeriesKey &key, std::int64_t timeUs);
    /// Stored readings of \a name as comma separated values; answered by exported() or failed().
    void exportReadings(const QString &name, const QString &file, const device::ExportRange &range);

Q_SIGNALS:
    void changed();
    void simulatedChanged();
    void happened(const QString &device, const runtime::Happening &happening);
    void pushed(const app::PushOutcome &push);
    /// Of a push to one device: what lasts, as it goes on; empty once it is done.
    void pushStep(const QString &device, const QString &line);
    void fleetChanged(const std::vector<device::FleetRow> &rows, bool isFinished);
    void invoked(const runtime::Invocation &invocation);
    void exported(const QString &file);
    void runtimeLookedAt(const QString &device, const device::RuntimeHoldings &holdings);
    void runtimeRemoved(const QString &device);
    void restarting(const QString &device);
    void stored(const QString &device, const std::vector<device::ReadingSeries> &series);
    void historyRead(const device::HistoryQuestion &question, const device::SeriesPoints &points);
    void figuresRead(const device::SeriesKey &key, std::int64_t fromUs, std::int64_t toUs,
                     const device::ReadingFigures &figures);
    void invocationFound(const QString &device, const QString &id);
    /// The stored readings of a device are put into the present form; \a part of them, 0 to 1, is.
    /// How far the clock of a device is ahead of this computer's.
    void clockRead(const QString &device, std::chrono::microseconds ahead);
    void preparing(const QString &device, double part);
    /// Of a push that takes long: bytes of what the device lacked.
    void sending(const QString &device, const QString &function, quint64 sent, quint64 total);
    void failed(const runtime::Error &error);

private:
    struct Entry;
    Entry *entry(const QString &name) const;
    /// Runs \a work once the device is online, connecting it when it is not; failed() otherwise.
    void whenOnline(const QString &name, std::function<void(Entry &)> work);
    void restartSimulated(const QString &name);
    void addEntry(const device::Device &device);
    void connectLink(Entry &entry);
    void connectFeed(Entry &entry);
    void onState(Entry &entry);
    void tell(const QString &name, const runtime::Happening &happening);
    [[nodiscard]] device::ReadingStore *store(const QString &name) const;
    void tellSwitch(const QString &name, const runtime::Switch &change);

    device::SshAsk m_ask;
    device::DeviceRegistry m_registry;
    device::DeviceSearch m_search;
    std::map<QString, std::unique_ptr<Entry>> m_entries;
    std::unique_ptr<device::SimulatedPi> m_simulated;
    std::unique_ptr<device::FleetPush> m_fleet; ///< The last one; it borrows the links.
    std::stop_source m_stop;
};

} // namespace app
