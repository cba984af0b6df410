#pragma once

#include "device-manager/core/device.h"

#include <QFileSystemWatcher>
#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QObject>
#include <QStringList>

#include <optional>

namespace device {

/// The devices that the user made known, in the order of their names. Kept in devices.json of the
/// state folder, shared by every window and command of the user: a device that one adds shows in
/// the others. Devices belong to any number of named groups; a group is there as long as a device
/// belongs to it.
///
/// The file is written whole or not at all, keeps keys that this version does not know, and is set
/// aside with ".damaged" when it cannot be read.
class DeviceRegistry final : public QObject
{
    Q_OBJECT

public:
    /// \a file empty: devices.json of the state folder.
    explicit DeviceRegistry(QString file = {}, QObject *parent = nullptr);

    /// Reads the file. A missing one is an empty list; after ErrorCode::FileUnreadable the
    /// registry is empty and can be used.
    runtime::Result<> load();

    [[nodiscard]] const QList<Device> &devices() const { return m_devices; }
    [[nodiscard]] std::optional<Device> device(const QString &name) const;
    /// The names of the devices of each group, sorted.
    [[nodiscard]] const QMap<QString, QStringList> &groups() const { return m_groups; }
    [[nodiscard]] QStringList groupsOf(const QString &device) const;

    /// Adds \a device, or changes the one of that name, which stays in its groups.
    /// ErrorCode::UsageInvalid for a name that is no file name.
    runtime::Result<> save(const Device &device);
    /// ErrorCode::DeviceUnknown when there is none of that name.
    runtime::Result<> remove(const QString &name);

    /// All of \a devices or none. ErrorCode::DeviceUnknown; ErrorCode::UsageInvalid for a name that
    /// is none, or that a device has.
    runtime::Result<> addToGroup(const QString &group, const QStringList &devices);
    /// \a devices empty: all, so that the group is gone. ErrorCode::TargetUnknown when there is no
    /// such group, ErrorCode::DeviceUnknown when one of them does not belong to it.
    runtime::Result<> removeFromGroup(const QString &group, const QStringList &devices);

Q_SIGNALS:
    void added(const device::Device &device);
    void changed(const device::Device &device);
    void removed(const QString &name);
    void groupsChanged();
    /// The file that another program left cannot be read; it was set aside.
    void damaged(const runtime::Error &error);

private:
    runtime::Result<> change(const std::function<runtime::Result<>(QJsonObject &devices)> &edit);
    void show(const QJsonObject &root);
    void watch();
    void onFileChanged();

    QString m_file;
    QList<Device> m_devices;
    QMap<QString, QStringList> m_groups;
    QFileSystemWatcher m_watcher;
};

} // namespace device
