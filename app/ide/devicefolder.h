#pragma once

#include "device-manager/core/devicefiles.h"

#include <optional>

namespace app {

class DeviceHub;

/// The folder of a device that somebody looks at, and what is done with its files. Reads nothing
/// until somebody looks; two sessions at most, so that a long transfer keeps nobody from browsing.
/// Knows no widgets.
class DeviceFolder final : public QObject
{
    Q_OBJECT

public:
    /// \a hub outlives the folder.
    DeviceFolder(DeviceHub *hub, QString device, QObject *parent = nullptr);
    ~DeviceFolder() override; ///< Stops transfers.

    enum class State { Away, Reading, Shown, Failed };
    void setSeen(bool seen);
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const QString &device() const { return m_device; }
    [[nodiscard]] const device::RemoteFolder &folder() const { return m_folder; }
    [[nodiscard]] const runtime::Error &error() const { return m_error; } ///< Of State::Failed.
    /// Of the transfer under way; nothing when there is none.
    [[nodiscard]] const std::optional<device::TransferProgress> &transfer() const
    {
        return m_progress;
    }
    [[nodiscard]] bool isUpload() const { return m_isUpload; }

    void connectDevice();
    void go(const QByteArray &path);
    void goUp();
    void goHome();
    void refresh();
    void makeFolder(const QByteArray &name);
    void rename(const QByteArray &name, const QByteArray &to);
    void remove(const std::vector<QByteArray> &names);
    void upload(const QStringList &paths);
    void download(const std::vector<QByteArray> &names, const QString &folder);
    void stopTransfers();

Q_SIGNALS:
    void changed();
    void transferChanged();
    void transferred(const QString &words);
    void failed(const runtime::Error &error);

private:
    void follow();
    void onListed(const runtime::Result<device::RemoteFolder> &folder, std::uint64_t question);
    void onDone(const runtime::Result<> &done);
    void onTransferred(const runtime::Result<device::TransferReport> &report, const QString &where);
    void begin(bool isUpload);
    [[nodiscard]] device::DeviceFiles *files(std::unique_ptr<device::DeviceFiles> &which);
    [[nodiscard]] std::vector<QByteArray> paths(const std::vector<QByteArray> &names) const;
    void setState(State state);

    DeviceHub *m_hub;
    QString m_device;
    State m_state = State::Away;
    bool m_seen = false;
    device::RemoteFolder m_folder;
    runtime::Error m_error;
    std::uint64_t m_question = 0; ///< Answers to earlier ones are dropped.
    device::Device m_made;        ///< What the sessions were made for.
    std::unique_ptr<device::DeviceFiles> m_browse, m_transfer;
    std::optional<device::TransferProgress> m_progress;
    bool m_isUpload = false;
    int m_transfers = 0; ///< Under way or waiting.
    std::stop_source m_stop;
};

} // namespace app
