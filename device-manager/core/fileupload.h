#pragma once

#include "runtime-bridge/base/error.h"

#include <QFuture>
#include <QObject>
#include <QPointer>
#include <QPromise>
#include <QString>
#include <QThreadPool>
#include <QTimer>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

namespace device {

class DeviceLink;

/// Sends one large file to a device, whole or not at all, and goes on where an earlier try broke
/// off: what arrived stays on the device in the folder `incoming` of its runtime for a week. When
/// the link is lost meanwhile it waits a minute for it. The file is not held in memory.
///
/// Use it on the link's thread; once.
class FileUpload final : public QObject
{
    Q_OBJECT

public:
    struct File {
        std::filesystem::path source; ///< On this computer.
        std::uint64_t size = 0;
        std::string digest; ///< Of its contents, "sha256:…".
        QString target;     ///< On the device, below the runtime's folder.
        unsigned mode = 0444;
    };

    FileUpload(DeviceLink *link, File file, std::stop_token stop);
    ~FileUpload() override;

    /// Exactly one result. ErrorCode::FileUnreadable when the source does not have the digest (any
    /// more), DeviceDiskFull, FileUnwritable, Cancelled, DeviceUnreachable when the link did not
    /// come back.
    [[nodiscard]] QFuture<runtime::Result<>> start();

    /// So far, in all tries of this object.
    [[nodiscard]] std::uint64_t bytesSent() const { return m_bytesSent; }

Q_SIGNALS:
    /// Bytes of the file that are on the device or on their way.
    void progressed(quint64 sent);

private:
    void look();
    void compare(std::uint64_t there, const std::string &digest);
    void send(std::uint64_t from);
    void onChanged();
    void onFailed(const runtime::Error &error);
    void onLost();
    void onLinkChanged();
    void finish(runtime::Result<> result);

    QPointer<DeviceLink> m_link;
    File m_file;
    std::stop_token m_stop;
    QPromise<runtime::Result<>> m_promise;
    bool m_isWaiting = false; ///< For the link.
    bool m_isDone = false;
    std::uint64_t m_bytesSent = 0;
    // Counted on the session's I/O thread, which may outlive this object.
    std::shared_ptr<std::atomic<quint64>> m_sent = std::make_shared<std::atomic<quint64>>(0);
    QTimer m_tell;
    QThreadPool m_worker;
};

} // namespace device
