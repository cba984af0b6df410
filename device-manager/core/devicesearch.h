#pragma once

#include "device-manager/core/founddevices.h"
#include "device-manager/core/knownhosts.h"
#include "device-manager/core/mdnssearch.h"

#include <QObject>

#include <optional>

namespace device {

/// Looks for machines that may be devices: those the user made known, the SSH configuration, the
/// table of neighbours, and whoever answers over multicast DNS. Each machine is told once, whatever
/// saw it, and as soon as it was seen. Connects to none of them.
class DeviceSearch final : public QObject
{
    Q_OBJECT

public:
    /// What one network was asked.
    struct Asked {
        QString interface; ///< "eth0"
        QString sweep;     ///< "10.77.0.0/24": whose addresses were asked for by name.
        int rounds = 0;
        QString failure; ///< Why it could not be asked, in the system's words.
    };

    explicit DeviceSearch(QObject *parent = nullptr);
    ~DeviceSearch() override;

    /// Begins anew, with nothing found. Over after 4.5 s.
    void start(const QList<Device> &known);
    void stop();
    /// The user made \a device known since start().
    void addKnown(const Device &device);
    [[nodiscard]] bool isRunning() const { return m_mdns.isRunning(); }

    /// Known ones first, then Raspberry Pis, then the others.
    [[nodiscard]] QList<FoundDevice> devices() const { return m_found.devices(); }
    /// Every network that was there, in the order in which they were asked.
    [[nodiscard]] const QList<Asked> &asked() const { return m_asked; }

Q_SIGNALS:
    void devicesChanged();
    void askedChanged();
    /// Once for each start(), unless it was stopped.
    void finished();

private:
    void look(Sighting sighting);
    void lookAtNeighbours();
    void onAnswer(const MdnsAnswer &answer);
    [[nodiscard]] Asked &network(const QString &interface);

    MdnsSearch m_mdns;
    FoundDevices m_found;
    std::optional<KnownHosts> m_knownHosts;
    QList<Asked> m_asked;
};

} // namespace device
