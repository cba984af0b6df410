#pragma once

#include "device-manager/core/sftpsession.h"

#include <QMetaType>
#include <QStringList>

namespace device {

/// How far a transfer is.
struct TransferProgress {
    QString name;                      ///< Of the file that is under way.
    std::uint64_t done = 0, total = 0; ///< Bytes.
    int file = 0, files = 0;           ///< The first is 1.
};

/// What a transfer brought over.
struct TransferReport {
    int files = 0;
    std::uint64_t bytes = 0;
    QStringList skipped; ///< Links to folders, sockets and the like, which are not copied.
};

/// Copies files and whole folders between this computer and a device, within SftpSession::use().
///
/// A file that is there already is replaced, whole or not at all; into a folder that is there goes
/// what it lacks. What was copied before an error stays.
class FileTransfer final
{
public:
    /// \a progress is called on the same thread, at most 20 times a second.
    FileTransfer(SftpSession &session, std::function<void(const TransferProgress &)> progress);

    [[nodiscard]] runtime::Result<TransferReport> download(const std::vector<QByteArray> &paths,
                                                           const QString &folder);
    [[nodiscard]] runtime::Result<TransferReport> upload(const QStringList &paths,
                                                         const QByteArray &folder);

private:
    struct Item {
        QByteArray there;
        QString here;
        std::uint64_t size = 0;
        unsigned mode = 0644;
        bool isFolder = false;
    };
    [[nodiscard]] runtime::Result<> addThere(const QByteArray &path, const QString &here,
                                             bool isInside);
    void addHere(const QString &path, const QByteArray &there, bool isInside);
    [[nodiscard]] runtime::Result<> copyHere(const Item &item);
    [[nodiscard]] runtime::Result<> copyThere(const Item &item);
    using Copy = runtime::Result<> (FileTransfer::*)(const Item &);
    [[nodiscard]] runtime::Result<TransferReport> copyAll(Copy copy);
    void tell(bool always);

    SftpSession &m_session;
    std::function<void(const TransferProgress &)> m_tell;
    std::vector<Item> m_items; ///< Folders before what they have.
    TransferProgress m_progress;
    TransferReport m_report;
    std::chrono::steady_clock::time_point m_told;
};

} // namespace device

Q_DECLARE_METATYPE(device::TransferProgress)
