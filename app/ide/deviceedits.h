#pragma once

#include "device-manager/core/devicefiles.h"

#include <map>

namespace editor {
class EditorTabs;
}

namespace app {

class DeviceHub;

/// The files of devices that are open in the editor. Each is a copy on this computer; what is saved
/// there goes to the device, at once or as soon as that is back. A copy stays on disk, also when
/// the program ends, until the device has what was saved.
class DeviceEdits final : public QObject
{
    Q_OBJECT

public:
    /// \a hub and \a tabs outlive the edits. The copies lie below \a folder.
    DeviceEdits(DeviceHub *hub, editor::EditorTabs *tabs, QString folder,
                QObject *parent = nullptr);
    ~DeviceEdits() override;

    /// Opens \a path of \a device in a tab, or brings its tab to the front.
    void open(const QString &device, const QByteArray &path);
    /// Something is on its way to a device.
    [[nodiscard]] bool isSending() const;

    /// A file that a device has not got yet, and that is not open.
    struct Unsent {
        QString copy; ///< To be opened in the tabs.
        QString device;
        QString path;
    };
    [[nodiscard]] std::vector<Unsent> unsent() const;

Q_SIGNALS:
    void opened();
    void saved(const QString &device, const QString &path); ///< The device has it.
    void sent();                                            ///< Nothing is on its way any more.
    void failed(const runtime::Error &error);               ///< For what has no tab to tell it in.

private:
    struct Edit {
        QString device;
        QByteArray path;
        QByteArray digest; ///< Of what the device had when it was read or written last.
        bool isUnsent = false;
        bool isSending = false;
        bool isAgain = false; ///< It was saved once more meanwhile.
        bool isClosed = false;
        bool isWaiting = false; ///< For the device to come back.
    };
    [[nodiscard]] device::DeviceFiles *filesOf(const QString &device);
    [[nodiscard]] QString copyOf(const QString &device, const QByteArray &path) const;
    [[nodiscard]] std::optional<Edit> readOrigin(const QString &copy) const;
    void writeOrigin(const QString &copy);
    void show(const QString &device, const device::RemoteText &text);
    void attach(const QString &copy);
    void onSaved(const QString &copy);
    void onClosed(const QString &copy);
    void follow();
    void send(const QString &copy);
    void overwrite(const QString &copy);
    void onSent(const QString &copy, const QByteArray &digest,
                const runtime::Result<device::SaveEnd> &end);
    void loadTheirs(const QString &copy);
    void tellAway(const QString &copy);
    void drop(const QString &copy);

    DeviceHub *m_hub;
    editor::EditorTabs *m_tabs;
    QString m_folder;
    std::map<QString, Edit> m_edits; ///< By the copy's path.
    struct Connection {
        device::Device device;
        std::unique_ptr<device::DeviceFiles> files;
    };
    std::map<QString, Connection> m_connections;
};

} // namespace app
