#include "device-manager/core/deviceregistry.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/function/functionspec.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
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
