#include "device-manager/core/sftpsession.h"
#include "device-manager/core/sshconnection.h"
#include "runtime-bridge/base/id.h"

#include <QtEndian>

#include <libssh/sftp.h>

#include <fcntl.h>

#include <algorithm>
#include <deque>

// What files have: read and written in pieces.
namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr std::size_t readPiece = 32 << 10;  ///< What every server gives at once.
constexpr std::size_t readsUnderWay = 32;    ///< So that the way there and back is waited for once.
constexpr std::size_t plainWrite = 32 << 10; ///< What every server takes at once.
constexpr std::size_t largeWrite = 192 << 10; ///< OpenSSH takes 256 KB with the head.
constexpr std::size_t largestAnswer = 256 << 10;

QByteArray inNetworkOrder(quint32 number)
{
    QByteArray bytes(4, Qt::Uninitialized);
    qToBigEndian(number, bytes.data());
    return bytes;
}

QByteArray counted(const QByteArray &text)
{
    return inNetworkOrder(quint32(text.size())) + text;
}

} // namespace

/// An open file of the device.
class SftpSession::File final
{
public:
    explicit File(sftp_file_struct *file) : m_file(file) {}
    ~File() { (void)close(); }
    File(const File &) = delete;
    File &operator=(const File &) = delete;
    [[nodiscard]] sftp_file_struct *get() const { return m_file; }
    int close() { return m_file ? sftp_close(std::exchange(m_file, nullptr)) : SSH_OK; }

private:
    sftp_file_struct *m_file;
};

Result<> SftpSession::read(const QByteArray &path, const Sink &sink)
{
    File file(sftp_open(m_sftp, path.constData(), O_RDONLY, 0));
    if (!file.get())
        return error(ErrorCode::FileUnreadable, path);
    // Up to this size pieces are asked for ahead. Then, as from files that say they have none such
    // as those of /proc, one at a time until the end.
    std::uint64_t size = 0;
    if (sftp_attributes_struct *attributes = sftp_fstat(file.get())) {
        size = attributes->size;
        sftp_attributes_free(attributes);
    }
    std::vector<char> bytes(readPiece);
    std::deque<std::uint32_t> asked; // answers come in this order
    std::uint64_t position = 0, askedTo = 0;
    bool isShort = false; // what was asked for after a short answer is in the wrong place
    for (;;) {
        while (!isShort && (asked.empty() || (askedTo < size && asked.size() < readsUnderWay))) {
            const int id = sftp_async_read_begin(file.get(), readPiece);
            if (id < 0)
                return error(ErrorCode::FileUnreadable, path);
            asked.push_back(std::uint32_t(id));
            askedTo += readPiece;
        }
        const int got = sftp_async_read(file.get(), bytes.data(), readPiece, asked.front());
        m_watch.progress();
        asked.pop_front();
        if (got < 0 || isStopped())
            return error(ErrorCode::FileUnreadable, path);
        if (got == 0 && !isShort)
            return {};
        if (!isShort) {
            if (const Result<> taken = sink(bytes.data(), std::size_t(got)); !taken)
                return taken;
            position += std::uint64_t(got);
            isShort = std::size_t(got) < readPiece;
        }
        if (isShort && asked.empty()) {
            isShort = false;
            askedTo = position;
            sftp_seek64(file.get(), position);
        }
    }
}

Result<> SftpSession::checkRoom(const QByteArray &path, std::uint64_t size) const
{
    if (sftp_extension_supported(m_sftp, "statvfs@openssh.com", "2") == 0)
        return {};
    const std::unique_ptr<sftp_statvfs_struct, void (*)(sftp_statvfs_t)> disk(
        sftp_statvfs(m_sftp, parentPath(path).constData()), sftp_statvfs_free);
    if (!disk || disk->f_bavail * disk->f_frsize >= size)
        return {};
    return failure(ErrorCode::DeviceDiskFull, m_device.name.toStdString(),
                   path.toStdString() + " was not written: " +
                       std::to_string(disk->f_bavail * disk->f_frsize) + " bytes are free");
}

tl::unexpected<runtime::Error> SftpSession::writeError(const QByteArray &path) const
{
    const auto plain = error(ErrorCode::FileUnwritable, path);
    if (plain.value().code != ErrorCode::FileUnwritable || sftp_get_error(m_sftp) != SSH_FX_FAILURE)
        return plain;
    // The protocol has no word for a full disk.
    constexpr std::uint64_t nothing = 64 << 10;
    const Result<> room = checkRoom(path, nothing);
    return room ? plain : tl::unexpected(room.error());
}

/// What the permissions of the file itself forbid, those of its folder could let through.
Result<> SftpSession::checkReplaceable(const QByteArray &path)
{
    const File there(sftp_open(m_sftp, path.constData(), O_WRONLY, 0));
    m_watch.progress();
    if (!there.get())
        return error(ErrorCode::FileUnwritable, path);
    return {};
}

Result<> SftpSession::write(File &file, const QByteArray &path, const Source &source)
{
    const bool isOpenSsh = sftp_extension_supported(m_sftp, "limits@openssh.com", "1") != 0;
    std::vector<char> bytes(isOpenSsh ? largeWrite : plainWrite);
    for (;;) {
        const Result<std::size_t> count = source(bytes.data(), bytes.size());
        if (!count)
            return tl::unexpected(count.error());
        if (isStopped())
            return error(ErrorCode::FileUnwritable, path);
        if (*count == 0)
            break;
        const ssize_t written = sftp_write(file.get(), bytes.data(), *count);
        m_watch.progress();
        if (written != ssize_t(*count))
            return writeError(path);
    }
    // Without it, a power cut after the rename could leave an empty file.
    if (sftp_extension_supported(m_sftp, "fsync@openssh.com", "1") != 0 &&
        sftp_fsync(file.get()) < 0)
        return writeError(path);
    m_watch.progress();
    return done(file.close(), path);
}

/// Gives \a partial the owner and the permissions of the file that it is to replace.
Result<> SftpSession::dress(const QByteArray &partial, const RemoteFile &like, bool isNew)
{
    if (!isNew) {
        const Result<RemoteFile> made = look(partial);
        if (!made)
            return tl::unexpected(made.error());
        if (made->user != like.user || made->group != like.group) {
            sftp_attributes_struct owner{};
            owner.flags = SSH_FILEXFER_ATTR_UIDGID;
            owner.uid = like.user;
            owner.gid = like.group;
            if (sftp_setstat(m_sftp, partial.constData(), &owner) < 0) {
                if (isStopped() || !isAlive())
                    return error(ErrorCode::FileUnwritable, partial);
                return failure(ErrorCode::FileUnwritable, like.name.toStdString(),
                               "it would not belong to its owner any more");
            }
        }
    }
    return done(sftp_chmod(m_sftp, partial.constData(), like.mode), partial);
}

/// libssh 0.10 knows only the rename of the protocol's third version, which replaces nothing. The
/// one of OpenSSH is asked for here, while no other answer is outstanding.
Result<> SftpSession::putInPlace(const QByteArray &partial, const QByteArray &place)
{
    if (sftp_extension_supported(m_sftp, "posix-rename@openssh.com", "1") == 0)
        return done(sftp_rename(m_sftp, partial.constData(), place.constData()), place);
    constexpr char extended = char(200), statusPacket = 101;
    const quint32 id = ++m_sftp->id_counter;
    QByteArray request(1, extended);
    request += inNetworkOrder(id) + counted("posix-rename@openssh.com") + counted(partial) +
               counted(place);
    request.prepend(inNetworkOrder(quint32(request.size())));
    if (ssh_channel_write(m_sftp->channel, request.constData(), quint32(request.size())) !=
        int(request.size()))
        return error(ErrorCode::FileUnwritable, place);
    for (;;) {
        const QByteArray size = receive(4);
        const QByteArray answer = size.isEmpty() ? size : receive(qFromBigEndian<quint32>(size));
        if (answer.isEmpty())
            return error(ErrorCode::FileUnwritable, place);
        if (answer.size() < 9 || answer[0] != statusPacket ||
            qFromBigEndian<quint32>(answer.constData() + 1) != id)
            continue; // to a question that was given up
        m_sftp->errnum = int(qFromBigEndian<quint32>(answer.constData() + 5));
        return done(m_sftp->errnum == SSH_FX_OK ? SSH_OK : SSH_ERROR, place);
    }
}

/// Empty: the connection ended.
QByteArray SftpSession::receive(std::size_t count)
{
    QByteArray bytes;
    if (count > largestAnswer)
        return bytes;
    while (std::size_t(bytes.size()) < count) {
        char piece[1024];
        const std::size_t room = std::min(sizeof piece, count - std::size_t(bytes.size()));
        const int got = ssh_channel_read(m_sftp->channel, piece, quint32(room), 0);
        if (got < 0 || (got == 0 && !isAlive()))
            return {};
        bytes.append(piece, got);
        m_watch.progress();
    }
    return bytes;
}

Result<> SftpSession::replace(const QByteArray &path, const Source &source, std::uint64_t size,
                              unsigned mode)
{
    // What is at the end of a link is replaced, the link stays.
    Result<bool> isThere = exists(path);
    if (!isThere)
        return tl::unexpected(isThere.error());
    QByteArray place = path;
    RemoteFile like;
    like.name = path;
    like.mode = mode;
    if (*isThere) {
        const Result<QByteArray> real = realPath(path);
        const Result<RemoteFile> present = real ? follow(*real) : tl::unexpected(real.error());
        if (!present)
            return tl::unexpected(present.error());
        if (present->kind != RemoteFile::Kind::File)
            return failure(ErrorCode::FileUnwritable, path.toStdString(),
                           "something of this name exists already");
        place = *real;
        like.mode = present->mode;
        like.user = present->user;
        like.group = present->group;
        if (const Result<> allowed = checkReplaceable(place); !allowed)
            return allowed;
    }
    if (const Result<> room = checkRoom(place, size); !room)
        return room;
    const QByteArray partial =
        childPath(parentPath(place),
                  ".edgewright-" + QByteArray::fromStdString(runtime::createId()) + ".part");
    File file(sftp_open(m_sftp, partial.constData(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    m_watch.progress();
    if (!file.get())
        return writeError(place);
    Result<> result = write(file, place, source)
                          .and_then([&] { return dress(partial, like, !*isThere); })
                          .and_then([&]() -> Result<> {
                              if (isStopped())
                                  return error(ErrorCode::FileUnwritable, place);
                              return putInPlace(partial, place);
                          });
    if (!result && isAlive()) {
        (void)file.close();
        (void)sftp_unlink(m_sftp, partial.constData());
    }
    return result;
}

} // namespace device
