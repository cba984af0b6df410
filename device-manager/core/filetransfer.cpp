#include "device-manager/core/filetransfer.h"

#include <QDir>
#include <QFileInfo>
#include <QSaveFile>

#include <cerrno>

namespace device {

using namespace std::chrono_literals;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr auto tellInterval = 50ms;
constexpr int deepest = 100; ///< Folders within each other; more is a loop of the file system.

Result<> localFailure(const QFileDevice &file, ErrorCode code)
{
    const bool isFull = errno == ENOSPC || errno == EDQUOT;
    return failure(isFull ? ErrorCode::DeviceDiskFull : code, file.fileName().toStdString(),
                   file.errorString().toStdString() + (isFull ? ": it was not written" : ""));
}

} // namespace

FileTransfer::FileTransfer(SftpSession &session,
                           std::function<void(const TransferProgress &)> progress)
    : m_session(session), m_tell(std::move(progress))
{
}

Result<TransferReport> FileTransfer::download(const std::vector<QByteArray> &paths,
                                              const QString &folder)
{
    for (const QByteArray &path : paths)
        if (const Result<> added =
                addThere(path, QDir(folder).filePath(shownName(namePart(path))), false);
            !added)
            return tl::unexpected(added.error());
    return copyAll(&FileTransfer::copyHere);
}

Result<TransferReport> FileTransfer::upload(const QStringList &paths, const QByteArray &folder)
{
    for (const QString &path : paths)
        addHere(path, childPath(folder, QFile::encodeName(QFileInfo(path).fileName())), false);
    return copyAll(&FileTransfer::copyThere);
}

Result<> FileTransfer::addThere(const QByteArray &path, const QString &here, bool isInside)
{
    // Within a folder, a link to another could lead round in a circle.
    Result<RemoteFile> found = isInside ? m_session.look(path) : m_session.follow(path);
    if (found && found->kind == RemoteFile::Kind::Link) {
        found = m_session.follow(path);
        if (!found || found->kind != RemoteFile::Kind::File) {
            m_report.skipped << shownName(path);
            return {};
        }
    }
    if (!found)
        return tl::unexpected(found.error());
    if (found->kind == RemoteFile::Kind::File) {
        m_items.push_back({path, here, found->size, found->mode, false});
        return {};
    }
    if (found->kind != RemoteFile::Kind::Folder || path.count('/') > deepest) {
        m_report.skipped << shownName(path);
        return {};
    }
    m_items.push_back({path, here, 0, found->mode, true});
    const Result<std::vector<RemoteFile>> files = m_session.list(path);
    if (!files)
        return tl::unexpected(files.error());
    for (const RemoteFile &file : *files)
        if (const Result<> added = addThere(childPath(path, file.name),
                                            here + QLatin1Char('/') + shownName(file.name), true);
            !added)
            return added;
    return {};
}

void FileTransfer::addHere(const QString &path, const QByteArray &there, bool isInside)
{
    const QFileInfo info(path);
    if (info.isFile()) {
        m_items.push_back(
            {there, path, std::uint64_t(info.size()), info.isExecutable() ? 0755U : 0644U, false});
        return;
    }
    if (!info.isDir() || (isInside && info.isSymLink())) {
        m_report.skipped << path;
        return;
    }
    m_items.push_back({there, path, 0, 0755, true});
    const auto entries = QDir(path).entryList(
        QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
    for (const QString &name : entries)
        addHere(path + QLatin1Char('/') + name, childPath(there, QFile::encodeName(name)), true);
}

Result<TransferReport> FileTransfer::copyAll(Copy copy)
{
    for (const Item &item : m_items) {
        m_progress.total += item.size;
        m_progress.files += !item.isFolder;
    }
    for (const Item &item : m_items) {
        if (!item.isFolder)
            ++m_progress.file;
        m_progress.name = QFileInfo(item.here).fileName();
        tell(false);
        if (const Result<> copied = (this->*copy)(item); !copied)
            return tl::unexpected(copied.error());
        m_report.files += !item.isFolder;
    }
    m_report.bytes = m_progress.done;
    tell(true);
    return m_report;
}

Result<> FileTransfer::copyHere(const Item &item)
{
    if (item.isFolder) {
        if (QDir().mkpath(item.here))
            return {};
        return failure(ErrorCode::FileUnwritable, item.here.toStdString(),
                       "the folder cannot be made here");
    }
    QSaveFile file(item.here);
    errno = 0;
    if (!file.open(QIODevice::WriteOnly))
        return localFailure(file, ErrorCode::FileUnwritable);
    const Result<> read = m_session.read(item.there, [&](const char *bytes, std::size_t count) {
        if (file.write(bytes, qint64(count)) != qint64(count))
            return localFailure(file, ErrorCode::FileUnwritable);
        m_progress.done += count;
        tell(false);
        return Result<>();
    });
    if (!read)
        return read; // what was written so far goes with its object
    if ((item.mode & 0100) != 0)
        file.setPermissions(file.permissions() | QFile::ExeOwner | QFile::ExeUser);
    if (!file.commit())
        return localFailure(file, ErrorCode::FileUnwritable);
    return {};
}

Result<> FileTransfer::copyThere(const Item &item)
{
    if (item.isFolder) {
        const Result<RemoteFile> present = m_session.follow(item.there);
        if (present && present->kind == RemoteFile::Kind::Folder)
            return {};
        return m_session.makeFolder(item.there);
    }
    QFile file(item.here);
    errno = 0;
    if (!file.open(QIODevice::ReadOnly))
        return localFailure(file, ErrorCode::FileUnreadable);
    const auto source = [&](char *bytes, std::size_t room) -> Result<std::size_t> {
        const qint64 count = file.read(bytes, qint64(room));
        if (count < 0)
            return tl::unexpected(localFailure(file, ErrorCode::FileUnreadable).error());
        m_progress.done += std::uint64_t(count);
        tell(false);
        return std::size_t(count);
    };
    return m_session.replace(item.there, source, item.size, item.mode);
}

void FileTransfer::tell(bool always)
{
    const auto now = std::chrono::steady_clock::now();
    if (!always && now - m_told < tellInterval)
        return;
    m_told = now;
    m_tell(m_progress);
}

} // namespace device
