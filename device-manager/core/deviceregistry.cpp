#include "device-manager/core/deviceregistry.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/function/functionspec.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLockFile>

#include <algorithm>
#include <functional>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr int fileVersion = 1;
constexpr int lockWaitMs = 2000;
const QLatin1String devicesKey("devices");
const QLatin1String groupsKey("groups"); ///< Of a device: it takes them along when it goes.

Device deviceFromJson(const QString &name, const QJsonObject &json)
{
    Device device;
    device.name = name;
    device.user = json[QLatin1String("user")].toString();
    device.host = json[QLatin1String("host")].toString();
    device.port = quint16(json[QLatin1String("port")].toInt(22));
    device.keyFile = json[QLatin1String("key_file")].toString();
    device.hostKey = json[QLatin1String("host_key")].toString();
    device.simulated = json[QLatin1String("simulated")].toString();
    return device;
}

/// Writes into what was there, so that keys of other versions stay.
void toJson(const Device &device, QJsonObject &json)
{
    json[QLatin1String("user")] = device.user;
    json[QLatin1String("host")] = device.host;
    json[QLatin1String("port")] = device.port;
    json[QLatin1String("key_file")] = device.keyFile;
    json[QLatin1String("host_key")] = device.hostKey;
    json[QLatin1String("simulated")] = device.simulated;
}

QStringList groupsIn(const QJsonObject &device)
{
    QStringList groups;
    for (const QJsonValue &group : device[groupsKey].toArray())
        if (group.isString())
            groups << group.toString();
    return groups;
}

QMap<QString, QStringList> groupsOfAll(const QJsonObject &devices)
{
    QMap<QString, QStringList> groups;
    for (auto it = devices.begin(); it != devices.end(); ++it)
        for (const QString &group : groupsIn(it->toObject()))
            groups[group] << it.key();
    return groups;
}

/// Sets a damaged file aside, so that nothing of it is lost and the next start is clean.
Result<QJsonObject> readRoot(const QString &file)
{
    if (!QFileInfo::exists(file))
        return QJsonObject{};
    const Result<std::string> bytes = runtime::readFile(file.toStdString());
    if (!bytes)
        return tl::unexpected(bytes.error());
    QJsonParseError error;
    const QJsonDocument document =
        QJsonDocument::fromJson(QByteArray::fromStdString(*bytes), &error);
    if (document.isObject() && document.object()[devicesKey].isObject())
        return document.object();
    const QString aside = file + QStringLiteral(".damaged");
    QFile::remove(aside);
    QFile::rename(file, aside);
    return failure(ErrorCode::FileUnreadable, file.toStdString(),
                   "not a list of devices (" + error.errorString().toStdString() +
                       "); set aside as " + aside.toStdString());
}

} // namespace

DeviceRegistry::DeviceRegistry(QString file, QObject *parent)
    : QObject(parent), m_file(std::move(file))
{
    if (m_file.isEmpty())
        m_file = QString::fromStdString((runtime::stateFolder() / "devices.json").string());
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this,
            &DeviceRegistry::onFileChanged);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, &DeviceRegistry::onFileChanged);
}

Result<> DeviceRegistry::load()
{
    const Result<QJsonObject> root = readRoot(m_file);
    show(root.value_or(QJsonObject{}));
    watch();
    return root ? Result<>() : tl::unexpected(root.error());
}

std::optional<Device> DeviceRegistry::device(const QString &name) const
{
    const auto it = std::ranges::find(m_devices, name, &Device::name);
    return it == m_devices.end() ? std::nullopt : std::optional(*it);
}

QStringList DeviceRegistry::groupsOf(const QString &device) const
{
    QStringList names;
    for (auto it = m_groups.begin(); it != m_groups.end(); ++it)
        if (it->contains(device))
            names << it.key();
    return names;
}

Result<> DeviceRegistry::save(const Device &device)
{
    if (!runtime::isFunctionName(device.name.toStdString()))
        return failure(ErrorCode::UsageInvalid, device.name.toStdString(),
                       "a device name has letters, digits, '-', '_' and '.'");
    return change([&device](QJsonObject &devices) -> Result<> {
        QJsonObject json = devices[device.name].toObject();
        toJson(device, json);
        devices[device.name] = json;
        return {};
    });
}

Result<> DeviceRegistry::remove(const QString &name)
{
    return change([&name](QJsonObject &devices) -> Result<> {
        if (!devices.contains(name))
            return failure(ErrorCode::DeviceUnknown, name.toStdString());
        devices.remove(name);
        return {};
    });
}

Result<> DeviceRegistry::addToGroup(const QString &group, const QStringList &names)
{
    if (!runtime::isFunctionName(group.toStdString()))
        return failure(ErrorCode::UsageInvalid, group.toStdString(),
                       "a group's name has letters, digits, '-', '_' and '.'");
    return change([&](QJsonObject &devices) -> Result<> {
        if (devices.contains(group))
            return failure(ErrorCode::UsageInvalid, group.toStdString(),
                           "a device has that name; a group needs one of its own");
        for (const QString &name : names) {
            if (!devices.contains(name))
                return failure(ErrorCode::DeviceUnknown, name.toStdString());
            QJsonObject json = devices[name].toObject();
            QStringList groups = groupsIn(json);
            if (groups.contains(group))
                continue;
            json[groupsKey] = QJsonArray::fromStringList(groups << group);
            devices[name] = json;
        }
        return {};
    });
}

Result<> DeviceRegistry::removeFromGroup(const QString &group, const QStringList &names)
{
    return change([&](QJsonObject &devices) -> Result<> {
        const QStringList members = groupsOfAll(devices).value(group);
        if (members.isEmpty())
            return failure(ErrorCode::TargetUnknown, group.toStdString(),
                           "no device belongs to a group of that name");
        for (const QString &name : names.isEmpty() ? members : names) {
            if (!members.contains(name))
                return failure(ErrorCode::DeviceUnknown, name.toStdString(),
                               "to the group " + group.toStdString() + " belong " +
                                   members.join(QStringLiteral(", ")).toStdString());
            QJsonObject json = devices[name].toObject();
            QStringList groups = groupsIn(json);
            groups.removeAll(group);
            json[groupsKey] = QJsonArray::fromStringList(groups);
            devices[name] = json;
        }
        return {};
    });
}

Result<> DeviceRegistry::change(const std::function<Result<>(QJsonObject &devices)> &edit)
{
    QDir().mkpath(QFileInfo(m_file).path());
    // Another program may be changing the file too: read, edit and write are one step.
    QLockFile lock(m_file + QStringLiteral(".lock"));
    if (!lock.tryLock(lockWaitMs))
        return failure(ErrorCode::FileUnwritable, m_file.toStdString(), "locked");
    Result<QJsonObject> root = readRoot(m_file);
    if (!root)
        Q_EMIT damaged(root.error());
    QJsonObject all = root.value_or(QJsonObject{});
    QJsonObject devices = all[devicesKey].toObject();
    if (Result<> edited = edit(devices); !edited)
        return edited;
    all[QLatin1String("version")] = fileVersion;
    all[devicesKey] = devices;
    const QByteArray bytes = QJsonDocument(all).toJson();
    Result<> written = runtime::writeFile(m_file.toStdString(),
                                          {bytes.constData(), std::size_t(bytes.size())}, 0600);
    if (written)
        show(all);
    watch();
    return written;
}

void DeviceRegistry::show(const QJsonObject &root)
{
    QList<Device> now;
    const QJsonObject devices = root[devicesKey].toObject();
    for (auto it = devices.begin(); it != devices.end(); ++it)
        now.append(deviceFromJson(it.key(), it->toObject()));
    const QList<Device> before = std::exchange(m_devices, now);
    const auto find = [](const QList<Device> &list, const QString &name) {
        return std::ranges::find(list, name, &Device::name);
    };
    for (const Device &device : before)
        if (find(now, device.name) == now.end())
            Q_EMIT removed(device.name);
    for (const Device &device : now) {
        const auto old = find(before, device.name);
        if (old == before.end())
            Q_EMIT added(device);
        else if (!(*old == device))
            Q_EMIT changed(device);
    }
    QMap<QString, QStringList> groups = groupsOfAll(devices);
    if (std::exchange(m_groups, groups) != groups)
        Q_EMIT groupsChanged();
}

void DeviceRegistry::watch()
{
    // The folder tells of a file that was replaced by a rename, the file of one that was edited.
    QDir().mkpath(QFileInfo(m_file).path());
    m_watcher.addPath(QFileInfo(m_file).path());
    if (QFileInfo::exists(m_file))
        m_watcher.addPath(m_file);
}

void DeviceRegistry::onFileChanged()
{
    const Result<QJsonObject> root = readRoot(m_file);
    if (root)
        show(*root);
    else
        Q_EMIT damaged(root.error());
    watch();
}

} // namespace device
