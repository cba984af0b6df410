#include "device-manager/core/devicefiles.h"

#include <QCryptographicHash>
#include <QtConcurrent>

#include <algorithm>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

Result<QByteArray> readText(SftpSession &session, const QByteArray &path)
{
    QByteArray contents;
    const Result<> read = session.read(path, [&](const char *bytes, std::size_t count) -> Result<> {
        contents.append(bytes, qsizetype(count));
        if (std::uint64_t(contents.size()) > DeviceFiles::largestText)
            return failure(ErrorCode::FileUnreadable, path.toStdString(),
                           "it is larger than 5 MB, too large to edit over the link");
        return {};
    });
    if (!read)
        return tl::unexpected(read.error());
    return contents;
}

Result<RemoteText> openText(SftpSession &session, const QByteArray &path)
{
    const Result<QByteArray> real = session.realPath(path);
    const Result<RemoteFile> file = real ? session.follow(*real) : tl::unexpected(real.error());
    if (!file)
        return tl::unexpected(file.error());
    if (file->kind != RemoteFile::Kind::File)
        return failure(ErrorCode::FileUnreadable, path.toStdString(),
                       "it is no file with contents, but a device, a socket or a pipe");
    if (file->size > DeviceFiles::largestText)
        return failure(ErrorCode::FileUnreadable, path.toStdString(),
                       "it is larger than 5 MB, too large to edit over the link");
    const Result<QByteArray> contents = readText(session, *real);
    if (!contents)
        return tl::unexpected(contents.error());
    if (contents->contains('\0'))
        return failure(ErrorCode::FileUnreadable, path.toStdString(),
                       "it has no text, but binary data");
    return RemoteText{*real, *contents, DeviceFiles::digestOf(*contents)};
}

/// What stands against a save; nothing when it may be done, or was done before.
Result<std::optional<SaveEnd>> endBefore(SftpSession &session, const QByteArray &path,
                                         const QByteArray &contents, const QByteArray &digest)
{
    const Result<bool> isThere = session.exists(path);
    if (!isThere)
        return tl::unexpected(isThere.error());
    if (!*isThere)
        return SaveEnd::GoneThere;
    const Result<RemoteFile> file = session.follow(path);
    if (!file)
        return tl::unexpected(file.error());
    if (file->size > DeviceFiles::largestText)
        return SaveEnd::ChangedThere;
    const Result<QByteArray> present = readText(session, path);
    if (!present)
        return tl::unexpected(present.error());
    if (*present == contents)
        return SaveEnd::Saved; // by a save whose answer was lost
    if (DeviceFiles::digestOf(*present) != digest)
        return SaveEnd::ChangedThere;
    return std::nullopt;
}

Result<SaveEnd> saveText(SftpSession &session, const QByteArray &path, const QByteArray &contents,
                         const QByteArray &digest)
{
    if (!digest.isEmpty()) {
        const auto end = endBefore(session, path, contents, digest);
        if (!end)
            return tl::unexpected(end.error());
        if (*end)
            return **end;
    }
    std::size_t position = 0;
    const auto source = [&](char *bytes, std::size_t room) -> Result<std::size_t> {
        const std::size_t count = std::min(room, std::size_t(contents.size()) - position);
        std::copy_n(contents.data() + position, count, bytes);
        position += count;
        return count;
    };
    return session.replace(path, source, std::uint64_t(contents.size()), 0644).map([] {
        return SaveEnd::Saved;
    });
}

Result<> removeTree(SftpSession &session, const QByteArray &path, bool isFolder)
{
    if (!isFolder)
        return session.removeFile(path);
    const Result<std::vector<RemoteFile>> files = session.list(path);
    if (!files)
        return tl::unexpected(files.error());
    for (const RemoteFile &file : *files) {
        if (session.isStopped())
            return failure(ErrorCode::Cancelled, path.toStdString());
        if (Result<> removed = removeTree(session, childPath(path, file.name),
                                          file.kind == RemoteFile::Kind::Folder);
            !removed)
            return removed;
    }
    return session.removeFolder(path);
}

} // namespace

DeviceFiles::DeviceFiles(Device device, Options options, QObject *parent)
    : QObject(parent), m_name(device.name)
{
    SftpSession::Limits limits;
    limits.silence = options.silence;
    m_session = std::make_unique<SftpSession>(std::move(device), std::move(options.ask), limits);
    m_worker.setMaxThreadCount(1);
    m_worker.setExpiryTimeout(-1);
    m_idle.setSingleShot(true);
    m_idle.setInterval(options.idle);
    connect(&m_idle, &QTimer::timeout, this, [this] {
        (void)QtConcurrent::run(&m_worker, [session = m_session.get()] { session->close(); });
    });
}

DeviceFiles::~DeviceFiles()
{
    m_shutdown.request_stop();
    m_worker.waitForDone();
}

template<typename T> QFuture<Result<T>>
DeviceFiles::start(std::stop_token stop, std::function<Result<T>(SftpSession &)> work)
{
    m_idle.start(); // a request under way stands before the close that it orders
    return QtConcurrent::run(
        &m_worker,
        [session = m_session.get(), name = m_name, work = std::move(work), stop = std::move(stop),
         shutdown = m_shutdown.get_token(), loss = m_loss.get_token()]() -> Result<T> {
            std::stop_source any;
            const auto forward = [&any] { any.request_stop(); };
            const std::stop_callback onCaller(stop, forward);
            const std::stop_callback onShutdown(shutdown, forward);
            const std::stop_callback onLoss(loss, forward);
            if (any.stop_requested() && !loss.stop_requested())
                return failure(ErrorCode::Cancelled, name.toStdString());
            Result<T> result = session->use(any.get_token(), work);
            const bool isOurs = stop.stop_requested() || shutdown.stop_requested();
            if (!result && result.error().code == ErrorCode::Cancelled && !isOurs)
                return failure(ErrorCode::DeviceLost, name.toStdString(),
                               "the device went away while files were read or written");
            return result;
        });
}

void DeviceFiles::lose()
{
    std::exchange(m_loss, {}).request_stop();
}

QByteArray DeviceFiles::digestOf(const QByteArray &contents)
{
    return QCryptographicHash::hash(contents, QCryptographicHash::Sha256);
}

QFuture<Result<RemoteFolder>> DeviceFiles::list(const QByteArray &folder, std::stop_token stop)
{
    return start<RemoteFolder>(
        std::move(stop), [folder](SftpSession &session) -> Result<RemoteFolder> {
            const Result<QByteArray> real = session.realPath(folder);
            if (!real)
                return tl::unexpected(real.error());
            return session.list(*real).map([&](std::vector<RemoteFile> files) {
                return RemoteFolder{*real, std::move(files)};
            });
        });
}

QFuture<Result<RemoteText>> DeviceFiles::open(const QByteArray &path, std::stop_token stop)
{
    return start<RemoteText>(std::move(stop),
                             [path](SftpSession &session) { return openText(session, path); });
}

QFuture<Result<SaveEnd>> DeviceFiles::save(const QByteArray &path, const QByteArray &contents,
                                           const QByteArray &digest, std::stop_token stop)
{
    return start<SaveEnd>(std::move(stop), [=](SftpSession &session) {
        return saveText(session, path, contents, digest);
    });
}

QFuture<Result<>> DeviceFiles::makeFolder(const QByteArray &path)
{
    return start<void>({}, [path](SftpSession &session) { return session.makeFolder(path); });
}

QFuture<Result<>> DeviceFiles::rename(const QByteArray &from, const QByteArray &to)
{
    return start<void>({}, [=](SftpSession &session) { return session.rename(from, to); });
}

QFuture<Result<>> DeviceFiles::remove(const std::vector<QByteArray> &paths, std::stop_token stop)
{
    return start<void>(std::move(stop), [paths](SftpSession &session) -> Result<> {
        for (const QByteArray &path : paths) {
            const Result<RemoteFile> file = session.look(path);
            if (!file)
                return tl::unexpected(file.error());
            if (Result<> removed =
                    removeTree(session, path, file->kind == RemoteFile::Kind::Folder);
                !removed)
                return removed;
        }
        return {};
    });
}

void DeviceFiles::tell(const TransferProgress &progress)
{
    QMetaObject::invokeMethod(
        this, [this, progress] { Q_EMIT progressed(progress); }, Qt::QueuedConnection);
}

QFuture<Result<TransferReport>> DeviceFiles::download(const std::vector<QByteArray> &paths,
                                                      const QString &folder, std::stop_token stop)
{
    return start<TransferReport>(std::move(stop), [this, paths, folder](SftpSession &session) {
        return FileTransfer(session, [this](const TransferProgress &progress) { tell(progress); })
            .download(paths, folder);
    });
}

QFuture<Result<TransferReport>> DeviceFiles::upload(const QStringList &paths,
                                                    const QByteArray &folder, std::stop_token stop)
{
    return start<TransferReport>(std::move(stop), [this, paths, folder](SftpSession &session) {
        return FileTransfer(session, [this](const TransferProgress &progress) { tell(progress); })
            .upload(paths, folder);
    });
}

} // namespace device
