#include "device-manager/core/founddevices.h"

#include "runtime-bridge/function/functionspec.h"

#include <QHash>

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

namespace device {

namespace {

constexpr quint16 usualPort = 22;

/// Machines may share an address, told apart by their ports alone.
QString portKey(quint16 port)
{
    return port == usualPort ? QString() : QLatin1Char(':') + QString::number(port);
}

QString nameKey(const Sighting &sighting)
{
    return sighting.host.isEmpty()
               ? QString()
               : QStringLiteral("name ") + sighting.host.toLower() + portKey(sighting.port);
}

QString addressKey(const QString &address, quint16 port)
{
    return QStringLiteral("address ") + address + portKey(port);
}

QSet<QString> keysOf(const Sighting &sighting)
{
    QSet<QString> keys;
    if (!sighting.address.isEmpty())
        keys.insert(addressKey(sighting.address, sighting.port));
    if (!sighting.hardware.isEmpty() && sighting.port == usualPort)
        keys.insert(QStringLiteral("hardware ") + sighting.hardware.toLower());
    if (!sighting.alias.isEmpty())
        keys.insert(QStringLiteral("name ") + sighting.alias.toLower());
    for (const QString &key : sighting.hostKeys)
        keys.insert(QStringLiteral("key ") + key);
    if (const QString name = nameKey(sighting); !name.isEmpty())
        keys.insert(sighting.interface.isEmpty() ? name
                                                 : name + QLatin1Char('%') + sighting.interface);
    return keys;
}

/// A name of one network and the same name without a network: the first machine that has it.
bool sharesName(const QSet<QString> &keys, const Sighting &sighting)
{
    const QString name = nameKey(sighting);
    if (name.isEmpty())
        return false;
    const bool isOnNetwork = std::ranges::any_of(
        keys, [&](const QString &key) { return key.startsWith(name + QLatin1Char('%')); });
    return sighting.interface.isEmpty() ? isOnNetwork : keys.contains(name) && !isOnNetwork;
}

QSet<QString> keysBeginning(const QSet<QString> &keys, QLatin1String start)
{
    QSet<QString> some;
    for (const QString &key : keys)
        if (key.startsWith(start))
            some.insert(key);
    return some;
}

QSet<QString> hardwareOf(const QSet<QString> &keys)
{
    return keysBeginning(keys, QLatin1String("hardware "));
}

/// Both have names, and none in common.
bool haveOtherNames(const QSet<QString> &a, const QSet<QString> &b)
{
    const QSet<QString> names = keysBeginning(a, QLatin1String("name "));
    const QSet<QString> others = keysBeginning(b, QLatin1String("name "));
    return !names.isEmpty() && !others.isEmpty() && !names.intersects(others);
}

QString firstLabel(const QString &host)
{
    const bool isAddress = host.contains(QLatin1Char(':')) ||
                           (!host.isEmpty() && host.back().isDigit() && host.count(u'.') == 3);
    QString label = isAddress ? host : host.section(QLatin1Char('.'), 0, 0);
    for (QChar &c : label)
        if (!runtime::isFunctionName('a' + std::string(1, c.toLatin1())))
            c = QLatin1Char('-');
    return label;
}

int rankOf(const FoundDevice &device)
{
    if (!device.known.isEmpty())
        return 0;
    if (device.isRaspberryPi())
        return 1;
    return (device.seen & (SeenIn::Service | SeenIn::SshConfig)) ? 2 : 3;
}

} // namespace

bool isRaspberryPiHardware(const QString &hardware)
{
    static const QSet<QString> makers{QStringLiteral("b8:27:eb"), QStringLiteral("dc:a6:32"),
                                      QStringLiteral("e4:5f:01"), QStringLiteral("28:cd:c1"),
                                      QStringLiteral("d8:3a:dd"), QStringLiteral("2c:cf:67")};
    return makers.contains(hardware.left(8).toLower());
}

bool FoundDevice::isRaspberryPi() const
{
    return isRaspberryPiHardware(hardware);
}

bool FoundDevices::add(const Sighting &sighting)
{
    const QList<FoundDevice> before = devices();
    Entry fresh;
    fresh.keys = keysOf(sighting);
    const bool isNamed = !sighting.name.isEmpty();
    FoundDevice &device = fresh.device;
    device.host = !sighting.host.isEmpty() ? sighting.host : sighting.address;
    device.name = isNamed ? sighting.name : firstLabel(device.host);
    device.user = sighting.user;
    device.port = sighting.port;
    if (!sighting.alias.isEmpty()) { // the configuration knows the rest
        device.host = sighting.alias;
        device.port = usualPort;
    }
    device.hardware = sighting.hardware.toLower();
    device.seen = sighting.source;
    if (!sighting.address.isEmpty())
        device.addresses = {sighting.address};
    if (sighting.source == SeenIn::Known)
        device.known = sighting.name;
    fresh.isNamedByUser = isNamed;

    // Two machines that were seen before may turn out to be one.
    const QSet<QString> hardware = hardwareOf(fresh.keys);
    const QSet<QString> certain = fresh.keys - hardware;
    bool isNameUsed = false;
    take(fresh, [&](const Entry &entry) {
        if (entry.keys.intersects(certain))
            return true;
        const bool isNamesake = !isNameUsed && sharesName(entry.keys, sighting);
        isNameUsed |= isNamesake;
        return isNamesake;
    });
    // Behind a repeater several machines show its hardware address.
    take(fresh, [&](const Entry &entry) {
        return entry.keys.intersects(hardware) && !haveOtherNames(entry.keys, fresh.keys);
    });
    m_entries.append(fresh);
    return devices() != before;
}

void FoundDevices::take(Entry &fresh, const std::function<bool(const Entry &)> &isSame)
{
    // What was seen first says most: the fresh one is merged into it.
    QList<Entry> apart;
    std::optional<Entry> one;
    for (const Entry &entry : m_entries) {
        if (!isSame(entry))
            apart.append(entry);
        else if (!one)
            one = entry;
        else
            merge(*one, entry);
    }
    if (!one)
        return;
    merge(*one, fresh);
    fresh = *one;
    m_entries = apart;
}

bool FoundDevices::addHardware(const QString &address, const QString &hardware)
{
    const QString key = addressKey(address, usualPort);
    const bool isSeen = std::ranges::any_of(
        m_entries, [&](const Entry &entry) { return entry.keys.contains(key); });
    if (!isSeen)
        return false;
    Sighting sighting;
    sighting.source = SeenIn::NeighbourTable;
    sighting.address = address;
    sighting.hardware = hardware;
    return add(sighting);
}

void FoundDevices::merge(Entry &into, const Entry &from)
{
    into.keys |= from.keys;
    FoundDevice &device = into.device;
    const FoundDevice &other = from.device;
    const bool otherIsKnown = !other.known.isEmpty();
    // What the user wrote says how to reach it; else a name outlasts an address.
    const auto isName = [](const FoundDevice &which) {
        return !which.host.isEmpty() && !which.addresses.contains(which.host);
    };
    const bool takesOther = (otherIsKnown && device.known.isEmpty()) ||
                            (from.isNamedByUser && !into.isNamedByUser) ||
                            (!into.isNamedByUser && isName(other) && !isName(device));
    if (takesOther) {
        device.name = other.name;
        device.host = other.host;
        device.port = other.port;
        into.isNamedByUser = from.isNamedByUser;
    }
    if (takesOther ? !other.user.isEmpty() : device.user.isEmpty())
        device.user = other.user;
    if (device.known.isEmpty())
        device.known = other.known;
    if (device.hardware.isEmpty())
        device.hardware = other.hardware;
    device.seen |= other.seen;
    for (const QString &address : other.addresses)
        if (!device.addresses.contains(address))
            device.addresses.append(address);
    std::ranges::sort(device.addresses);
}

QList<FoundDevice> FoundDevices::devices() const
{
    QHash<QString, int> hosts;
    for (const Entry &entry : m_entries)
        ++hosts[entry.device.host.toLower() + portKey(entry.device.port)];
    QList<FoundDevice> devices;
    for (const Entry &entry : m_entries) {
        FoundDevice device = entry.device;
        // The same name on two networks leads to one of them only.
        if (hosts[device.host.toLower() + portKey(device.port)] > 1 && !entry.isNamedByUser &&
            !device.addresses.isEmpty())
            device.host = device.addresses.front();
        devices.append(device);
    }
    std::ranges::sort(devices, [](const FoundDevice &a, const FoundDevice &b) {
        return std::tuple(rankOf(a), a.name.toLower(), a.host) <
               std::tuple(rankOf(b), b.name.toLower(), b.host);
    });
    return devices;
}

} // namespace device
