#pragma once

#include "device-manager/core/device.h"

#include <QFlags>
#include <QList>
#include <QMetaType>
#include <QSet>
#include <QString>
#include <QStringList>

#include <functional>

namespace device {

/// Where a machine was seen.
enum class SeenIn {
    Known = 1,           ///< The user made it known here.
    SshConfig = 2,       ///< ~/.ssh/config names it.
    Service = 4,         ///< It publishes an SSH server over multicast DNS.
    Name = 8,            ///< It answered over multicast DNS.
    NeighbourTable = 16, ///< This computer spoke with it lately.
};
Q_DECLARE_FLAGS(Seen, SeenIn)
Q_DECLARE_OPERATORS_FOR_FLAGS(Seen)

/// One sign of a machine, from one place. What the place does not tell is empty.
struct Sighting {
    SeenIn source = SeenIn::Name;
    QString name;      ///< Of a known device or of the SSH configuration.
    QString host;      ///< A name or an address to reach it by.
    QString address;   ///< IPv4 or IPv6, where it is known.
    QString alias;     ///< Of the SSH configuration, by which alone it may be reached.
    QString interface; ///< Of this computer; names of multicast DNS are unique on one network only.
    QString hardware;  ///< "b8:27:eb:12:34:56"
    QString user;
    quint16 port = 22;
    QStringList hostKeys; ///< "SHA256:…", as far as this computer knows them.
};

/// A machine that may be a device.
struct FoundDevice {
    QString name; ///< What to call it; safe as a device's name.
    QString host; ///< A name or an address to reach it by, the most lasting one.
    QString user;
    quint16 port = 22;
    QStringList addresses;
    QString hardware;
    QString known; ///< The name under which the user made it known; empty: it is not.
    Seen seen;

    /// Its hardware address is one of Raspberry Pi's.
    [[nodiscard]] bool isRaspberryPi() const;
    bool operator==(const FoundDevice &) const = default;
};

/// Gathers sightings into machines: each machine once, whatever saw it. Sightings belong together
/// when they share an address, a host key, a name on the same network, or a hardware address
/// though not two names.
class FoundDevices final
{
public:
    /// Whether anything changed.
    bool add(const Sighting &sighting);
    /// Attaches the hardware address of an address that was seen; adds no machine.
    bool addHardware(const QString &address, const QString &hardware);
    void clear() { m_entries.clear(); }

    /// Known ones first, then Raspberry Pis, then what has SSH, each by name.
    [[nodiscard]] QList<FoundDevice> devices() const;

private:
    struct Entry {
        FoundDevice device;
        QSet<QString> keys;
        bool isNamedByUser = false;
    };
    /// Moves every entry that \a isSame into \a fresh.
    void take(Entry &fresh, const std::function<bool(const Entry &)> &isSame);
    static void merge(Entry &into, const Entry &from);

    QList<Entry> m_entries;
};

/// Whether \a hardware ("b8:27:eb:…") was given out by Raspberry Pi, by the registry of the IEEE.
[[nodiscard]] bool isRaspberryPiHardware(const QString &hardware);

} // namespace device

Q_DECLARE_METATYPE(device::FoundDevice)
