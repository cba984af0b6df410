#pragma once

#include "app/ide/targetstate.h"
#include "device-manager/core/deviceregistry.h"
#include "device-manager/core/devicesearch.h"
#include "device-manager/core/sshquestion.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <QObject>

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

namespace device {
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
};

/// How a push went.
struct PushOutcome {
    QString device;
    QString function;
    std::uint64_t version = 0;
    std::int64_t bytes = 0;
    double ms = 0;
    bool changed = true;
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
    void cancel();

    void simulate(); ///< Starts the simulated Pi and connects to it.
    void stopSimulating();
    [[nodiscard]] device::SimulatedPi *simulatedPi() const { return m_simulated.get(); }

    [[nodiscard]] const std::map<std::string, runtime::FunctionState> &
    functions(const QString &name) const;
    /// What is stored of the last \a seconds of \a name comes by happened(), as the live ones do.
    void showStored(const QString &name, int seconds);
    /// Every stored reading of \a name as comma separated values; answered by exported() or
    /// failed().
    void exportReadings(const QString &name, const QString &file);

Q_SIGNALS:
    void changed();
    void simulatedChanged();
    void happened(const QString &device, const runtime::Happening &happening);
    void pushed(const app::PushOutcome &push);
    void invoked(const runtime::Invocation &invocation);
    void exported(const QString &file);
    void runtimeLookedAt(const QString &device, const device::RuntimeHoldings &holdings);
    void runtimeRemoved(const QString &device);
    void failed(const runtime::Error &error);

private:
    struct Entry;
    Entry *entry(const QString &name) const;
    /// Runs \a work once the device is online, connecting it when it is not; failed() otherwise.
    void whenOnline(const QString &name, std::function<void(Entry &)> work);
    void addEntry(const device::Device &device);
    void connectLink(Entry &entry);
    void connectFeed(Entry &entry);
    void onState(Entry &entry);
    void tell(const QString &name, const runtime::Happening &happening);
    void tellSwitch(const QString &name, const runtime::Switch &change);

    device::SshAsk m_ask;
    device::DeviceRegistry m_registry;
    device::DeviceSearch m_search;
    std::map<QString, std::unique_ptr<Entry>> m_entries;
    std::unique_ptr<device::SimulatedPi> m_simulated;
    std::stop_source m_stop;
};

} // namespace app
