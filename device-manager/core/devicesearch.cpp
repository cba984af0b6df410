#include "device-manager/core/devicesearch.h"

#include "device-manager/core/sshconfig.h"

#include <QDir>
#include <QFile>

#include <algorithm>

#include <arpa/inet.h>

namespace device {

namespace {

bool isAddress(const QString &host)
{
    in6_addr ignored{};
    const QByteArray text = host.section(QLatin1Char('%'), 0, 0).toLatin1();
    return ::inet_pton(AF_INET, text.constData(), &ignored) == 1 ||
           ::inet_pton(AF_INET6, text.constData(), &ignored) == 1;
}

struct Neighbour {
    QString address;
    QString hardware;
    QString interface;
};

/// Those that this computer spoke with lately.
QList<Neighbour> neighbours()
{
    constexpr int complete = 0x2; // ATF_COM
    QList<Neighbour> found;
    QFile table(QStringLiteral("/proc/net/arp"));
    if (!table.open(QIODevice::ReadOnly))
        return found;
    // Address, type, flags, hardware address, mask, interface.
    for (const QByteArray &line : table.readAll().split('\n').mid(1)) {
        const QByteArrayList fields = line.simplified().split(' ');
        if (fields.size() >= 6 && (fields[2].toInt(nullptr, 16) & complete) != 0)
            found.append({QString::fromLatin1(fields[0]), QString::fromLatin1(fields[3]),
                          QString::fromLocal8Bit(fields[5])});
    }
    return found;
}

} // namespace

DeviceSearch::DeviceSearch(QObject *parent) : QObject(parent)
{
    connect(&m_mdns, &MdnsSearch::answered, this, &DeviceSearch::onAnswer);
    connect(&m_mdns, &MdnsSearch::asked, this,
            [this](const QString &interface, const QString &sweep) {
                Asked &asked = network(interface);
                asked.sweep = sweep;
                asked.failure.clear();
                ++asked.rounds;
                lookAtNeighbours();
                Q_EMIT askedChanged();
            });
    connect(&m_mdns, &MdnsSearch::failed, this,
            [this](const QString &interface, const QString &why) {
                network(interface).failure = why;
                Q_EMIT askedChanged();
            });
    connect(&m_mdns, &MdnsSearch::finished, this, [this] {
        lookAtNeighbours();
        Q_EMIT finished();
    });
}

DeviceSearch::~DeviceSearch() = default;

void DeviceSearch::start(const QList<Device> &known)
{
    stop();
    m_found.clear();
    m_asked.clear();
    m_knownHosts.emplace(QDir::homePath() + QStringLiteral("/.ssh/known_hosts"));
    for (const Device &device : known)
        addKnown(device);
    for (const SshConfigHost &host : sshConfigHosts()) {
        Sighting sighting;
        sighting.source = SeenIn::SshConfig;
        sighting.name = host.alias;
        sighting.host = host.hostName.isEmpty() ? host.alias : host.hostName;
        sighting.alias = host.alias;
        sighting.user = host.user;
        sighting.port = host.port;
        look(sighting);
    }
    lookAtNeighbours();
    Q_EMIT devicesChanged();
    Q_EMIT askedChanged();
    m_mdns.start();
}

void DeviceSearch::addKnown(const Device &device)
{
    if (!m_knownHosts)
        return; // there was no search yet
    Sighting sighting;
    sighting.source = SeenIn::Known;
    sighting.name = device.name;
    sighting.host = device.host;
    sighting.user = device.user;
    sighting.port = device.port;
    if (!device.hostKey.isEmpty())
        sighting.hostKeys.append(device.hostKey);
    look(sighting);
}

void DeviceSearch::stop()
{
    m_mdns.stop();
}

DeviceSearch::Asked &DeviceSearch::network(const QString &interface)
{
    const auto it = std::ranges::find(m_asked, interface, &Asked::interface);
    if (it != m_asked.end())
        return *it;
    m_asked.append({interface, {}, 0, {}});
    return m_asked.back();
}

void DeviceSearch::look(Sighting sighting)
{
    if (sighting.address.isEmpty() && isAddress(sighting.host))
        sighting.address = sighting.host;
    for (const QString &host : {sighting.host, sighting.address})
        if (!host.isEmpty())
            sighting.hostKeys += m_knownHosts->fingerprints(host, sighting.port);
    if (m_found.add(sighting))
        Q_EMIT devicesChanged();
}

void DeviceSearch::lookAtNeighbours()
{
    bool hasChanged = false;
    for (const Neighbour &neighbour : neighbours()) {
        hasChanged |= m_found.addHardware(neighbour.address, neighbour.hardware);
        if (!isRaspberryPiHardware(neighbour.hardware))
            continue;
        Sighting sighting;
        sighting.source = SeenIn::NeighbourTable;
        sighting.address = neighbour.address;
        sighting.hardware = neighbour.hardware;
        sighting.interface = neighbour.interface;
        look(sighting);
    }
    if (hasChanged)
        Q_EMIT devicesChanged();
}

void DeviceSearch::onAnswer(const MdnsAnswer &answer)
{
    Sighting sighting;
    sighting.source = answer.hasSsh ? SeenIn::Service : SeenIn::Name;
    sighting.host = answer.host;
    sighting.address = answer.address;
    sighting.interface = answer.interface;
    sighting.port = answer.port;
    look(sighting);
}

} // namespace device
