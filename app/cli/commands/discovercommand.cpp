#include "app/cli/commandlist.h"
#include "device-manager/core/deviceregistry.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>

#include <nlohmann/json.hpp>

#include <set>

namespace app {

using nlohmann::json;
using runtime::Result;

namespace {

/// A machine that may be a device, and where it was seen.
struct Candidate {
    QString name;
    QString address;
    QString source; ///< "known", "ssh config", "neighbour"
};

QByteArray contentsOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Hosts that ~/.ssh/config names; patterns are rules, not hosts.
std::vector<Candidate> sshConfigHosts()
{
    static const QRegularExpression space(QStringLiteral("[\\s=]+"));
    std::vector<Candidate> found;
    const QString text =
        QString::fromUtf8(contentsOf(QDir::home().filePath(QStringLiteral(".ssh/config"))));
    std::size_t first = 0; // of the present block
    for (const QString &line : text.split(u'\n')) {
        QStringList words = line.trimmed().split(space, Qt::SkipEmptyParts);
        if (words.size() < 2 || words.first().startsWith(u'#'))
            continue;
        const QString key = words.takeFirst().toLower();
        if (key == QStringLiteral("host")) {
            first = found.size();
            for (const QString &name : words)
                if (!name.contains(u'*') && !name.contains(u'?') && !name.startsWith(u'!'))
                    found.push_back({name, name, QStringLiteral("ssh config")});
        } else if (key == QStringLiteral("match")) {
            first = found.size();
        } else if (key == QStringLiteral("hostname")) {
            for (std::size_t i = first; i < found.size(); ++i)
                found[i].address = words.first();
        } else if (key == QStringLiteral("user")) {
            for (std::size_t i = first; i < found.size(); ++i)
                if (!found[i].address.contains(u'@'))
                    found[i].address.prepend(words.first() + u'@');
        }
    }
    return found;
}

/// Raspberry Pi hardware addresses (IEEE registry) that this computer spoke with lately.
std::vector<Candidate> neighbours()
{
    static const std::set<QByteArray> makers{"b8:27:eb", "dc:a6:32", "e4:5f:01",
                                             "28:cd:c1", "d8:3a:dd", "2c:cf:67"};
    std::vector<Candidate> found;
    for (const QByteArray &line : contentsOf(QStringLiteral("/proc/net/arp")).split('\n')) {
        const QByteArrayList fields = line.simplified().split(' ');
        if (fields.size() >= 4 && makers.contains(fields[3].left(8).toLower()))
            found.push_back({QString(), QString::fromUtf8(fields[0]), QStringLiteral("neighbour")});
    }
    return found;
}

Result<Exit> discover(Output &output)
{
    std::vector<Candidate> all;
    device::DeviceRegistry registry;
    (void)registry.load();
    for (const device::Device &device : registry.devices())
        all.push_back({device.name, device::toAddress(device), QStringLiteral("known")});
    for (const auto &source : {sshConfigHosts(), neighbours()})
        all.insert(all.end(), source.begin(), source.end());
    if (output.isJson()) {
        json list = json::array();
        for (const Candidate &candidate : all)
            list.push_back({{"name", candidate.name.toStdString()},
                            {"address", candidate.address.toStdString()},
                            {"source", candidate.source.toStdString()}});
        output.json(list);
        return Exit::Done;
    }
    std::vector<QStringList> rows;
    for (const Candidate &candidate : all)
        rows.push_back({candidate.name, candidate.address, candidate.source});
    output.table({QStringLiteral("NAME"), QStringLiteral("ADDRESS"), QStringLiteral("SEEN IN")},
                 rows, QStringLiteral("Nothing was found."));
    output.note(
        QStringLiteral("Looked at known devices, ~/.ssh/config and the table of neighbours; "
                       "the network was not asked. Add one with \"edgewright device add\"."));
    return Exit::Done;
}

} // namespace

void addDiscoverCommand(CommandList &list)
{
    list.add("discover", "Machines that may be devices", "discover --json", immediate(discover));
}

} // namespace app
