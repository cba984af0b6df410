#pragma once

#include "device-manager/core/device.h"

#include <QFileSystemWatcher>
#include <QJsonObject>
#include <QList>
#include <QObject>

#include <optional>

namespace device {

/// The devices that the user made known, in the order of their names. Kept in devices.json of the
/// state folder, shared by every window and command of the user: a device that one adds shows in
/// the others.
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

    /// Adds \a device, or changes the one of that name. ErrorCode::UsageInvalid for a name that is
    /// no file name.
    runtime::Result<> save(const Device &device);
    /// ErrorCode::DeviceUnknown when there is none of that name.
    runtime::Result<> remove(const QString &name);

Q_SIGNALS:
    void added(const device::Device &device);
    void changed(const device::Device &device);
    void removed(const QString &name);
    /// The file that another program left cannot be read; it was set aside.
    void damaged(const runtime::Error &error);

private:
    runtime::Result<> change(const std::function<runtime::Result<>(QJsonObject &devices)> &edit);
    void show(const QJsonObject &root);
    void watch();
    void onFileChanged();

    QString m_file;
    QList<Device> m_devices;
    QFileSystemWatcher m_watcher;
};

} // namespace device
