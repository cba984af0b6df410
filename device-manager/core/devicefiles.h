#pragma once

#include "device-manager/core/filetransfer.h"

#include <QFuture>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

namespace device {

/// A folder of a device.
struct RemoteFolder {
    QByteArray path;               ///< Without links and dots.
    std::vector<RemoteFile> files; ///< In no order.
};

/// A text file of a device, opened to be edited.
struct RemoteText {
    QByteArray path; ///< Without links: what a save replaces.
    QByteArray contents;
    QByteArray digest; ///< Tells these contents from others.
};

/// How a save ended that was not an error.
enum class SaveEnd {
    Saved,
    ChangedThere, ///< Nothing was written: others changed the file since it was read.
    GoneThere,    ///< Nothing was written: the file was removed since it was read.
};

/// The files of one device, over an SSH session of its own: it is opened with the first request and
/// closed after a minute without one. Requests are done one after the other on a worker.
///
/// Each delivers exactly one result, ErrorCode::Cancelled within a second of its stop. The errors
/// are those of SftpSession.
class DeviceFiles final : public QObject
{
    Q_OBJECT

public:
    struct Options {
        SshAsk ask;                                                   ///< As DeviceLink::ask().
        std::chrono::milliseconds silence = std::chrono::seconds(15); ///< Then the device is lost.
        std::chrono::milliseconds idle = std::chrono::seconds(60);    ///< Then the session ends.
    };

    DeviceFiles(Device device, Options options, QObject *parent = nullptr);
    ~DeviceFiles() override; ///< Ends what is under way, within a second.

    [[nodiscard]] QFuture<runtime::Result<RemoteFolder>> list(const QByteArray &folder,
                                                              std::stop_token stop = {});
    /// FileUnreadable for what is no text, or more than \c largestText.
    [[nodiscard]] QFuture<runtime::Result<RemoteText>> open(const QByteArray &path,
                                                            std::stop_token stop = {});
    static constexpr std::uint64_t largestText = 5 << 20; ///< Bytes.
    /// Replaces \a path, whole or not at all, unless it has not the contents of \a digest any more;
    /// an empty one: whatever it has.
    [[nodiscard]] QFuture<runtime::Result<SaveEnd>> save(const QByteArray &path,
                                                         const QByteArray &contents,
                                                         const QByteArray &digest,
                                                         std::stop_token stop = {});
    [[nodiscard]] static QByteArray digestOf(const QByteArray &contents);

    [[nodiscard]] QFuture<runtime::Result<>> makeFolder(const QByteArray &path);
    [[nodiscard]] QFuture<runtime::Result<>> rename(const QByteArray &from, const QByteArray &to);
    /// Folders with all they have; a link goes, and what it leads to stays.
    [[nodiscard]] QFuture<runtime::Result<>> remove(const std::vector<QByteArray> &paths,
                                                    std::stop_token stop = {});

    /// See FileTransfer; progressed() tells how far it is.
    [[nodiscard]] QFuture<runtime::Result<TransferReport>>
    download(const std::vector<QByteArray> &paths, const QString &folder, std::stop_token stop);
    [[nodiscard]] QFuture<runtime::Result<TransferReport>>
    upload(const QStringList &paths, const QByteArray &folder, std::stop_token stop);

    /// The device is known to be away: what is under way ends with ErrorCode::DeviceLost within a
    /// second. Later requests try anew.
    void lose();

Q_SIGNALS:
    void progressed(const device::TransferProgress &progress);

private:
    template<typename T> QFuture<runtime::Result<T>>
    start(std::stop_token stop, std::function<runtime::Result<T>(SftpSession &)> work);
    void tell(const TransferProgress &progress);

    QString m_name;
    std::unique_ptr<SftpSession> m_session; // used on m_worker only
    std::stop_source m_shutdown, m_loss;
    QTimer m_idle;
    QThreadPool m_worker; ///< One thread: a session is never shared.
};

} // namespace device
