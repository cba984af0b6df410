#include "device-manager/core/sftpsession.h"

#include "device-manager/core/sshconnection.h"

#include <libssh/callbacks.h>
#include <libssh/sftp.h>

#include <sys/eventfd.h>
#include <unistd.h>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr int resolvedLinks = 400; ///< Of a folder: each takes two questions.

struct AttributesDeleter {
    void operator()(sftp_attributes_struct *attributes) const { sftp_attributes_free(attributes); }
};
using Attributes = std::unique_ptr<sftp_attributes_struct, AttributesDeleter>;

RemoteFile remoteFileOf(const sftp_attributes_struct &attributes)
{
    RemoteFile file;
    file.name = attributes.name;
    switch (attributes.type) {
    case SSH_FILEXFER_TYPE_REGULAR: file.kind = RemoteFile::Kind::File; break;
    case SSH_FILEXFER_TYPE_DIRECTORY: file.kind = RemoteFile::Kind::Folder; break;
    case SSH_FILEXFER_TYPE_SYMLINK: file.kind = RemoteFile::Kind::Link; break;
    default: file.kind = RemoteFile::Kind::Other; break;
    }
    file.size = attributes.size;
    file.modified = attributes.mtime;
    file.mode = attributes.permissions & 07777;
    file.user = attributes.uid;
    file.group = attributes.gid;
    file.owner =
        attributes.owner ? QString::fromUtf8(attributes.owner) : QString::number(attributes.uid);
    return file;
}

} // namespace

/// Takes what the server says on its standard error. libssh would keep it, and wait for ever for
/// the answer of a server that complained and ended: unread bytes hide the end from it.
struct SftpSession::Complaints {
    explicit Complaints(ssh_channel channel)
    {
        callbacks.userdata = this;
        callbacks.channel_data_function = onData;
        ssh_callbacks_init(&callbacks);
        ssh_set_channel_callbacks(channel, &callbacks);
    }

    static int onData(ssh_session, ssh_channel, void *, std::uint32_t size, int isStandardError,
                      void *)
    {
        return isStandardError ? int(size) : 0;
    }

    ssh_channel_callbacks_struct callbacks{};
};

SftpSession::SftpSession(Device device, SshAsk ask, Limits limits)
    : m_device(std::move(device))
    , m_ask(std::move(ask))
    , m_limits(limits)
    , m_wakeFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
    , m_watch(limits.silence)
{
}

SftpSession::~SftpSession()
{
    close();
    ::close(m_wakeFd);
}

void SftpSession::close()
{
    if (m_sftp && !m_watch.hasCut() && ssh_is_connected(m_connection->session()))
        ssh_set_blocking(m_connection->session(), 0); // a goodbye that nobody waits for
    if (m_sftp)
        sftp_free(std::exchange(m_sftp, nullptr));
    m_complaints.reset();
    m_connection.reset();
}

Result<> SftpSession::begin(std::stop_token stop)
{
    m_stop = std::move(stop);
    if (m_sftp) {
        // Tells of an end that came while nobody asked anything.
        (void)ssh_channel_poll(m_sftp->channel, 0);
        if (!isAlive())
            close();
    }
    if (m_sftp) {
        m_watch.begin(m_connection->socket(), m_stop);
        return {};
    }
    const Result<> opened = open();
    if (!opened) {
        end();
        close();
    }
    return opened;
}

void SftpSession::end()
{
    m_watch.end();
    if (m_sftp && !isAlive())
        close();
    m_stop = {};
}

Result<> SftpSession::open()
{
    eventfd_t count = 0;
    ::eventfd_read(m_wakeFd, &count);
    const std::stop_callback onStop(m_stop, [this] { ::eventfd_write(m_wakeFd, 1); });
    m_connection = std::make_unique<SshConnection>(m_device, m_ask, m_wakeFd);
    if (const Result<> opened = m_connection->open(m_stop, m_limits.open); !opened)
        return opened;
    ssh_session session = m_connection->session();
    ssh_set_blocking(session, 1);
    m_watch.begin(m_connection->socket(), m_stop);
    m_sftp = sftp_new(session);
    if (m_sftp)
        m_complaints = std::make_unique<Complaints>(m_sftp->channel);
    if (m_sftp && sftp_init(m_sftp) == SSH_OK)
        return {};
    if (isStopped())
        return failure(ErrorCode::Cancelled, m_device.name.toStdString());
    if (!ssh_is_connected(session) || m_watch.hasCut())
        return failure(ErrorCode::DeviceLost, m_device.name.toStdString(), ssh_get_error(session));
    return failure(ErrorCode::DeviceUnsuitable, m_device.name.toStdString(),
                   "it has no SFTP server, which files are reached through");
}

bool SftpSession::isAlive() const
{
    return ssh_is_connected(m_connection->session()) && !m_watch.hasCut() &&
           !ssh_channel_is_eof(m_sftp->channel) && !ssh_channel_is_closed(m_sftp->channel);
}

tl::unexpected<runtime::Error> SftpSession::error(ErrorCode code, const QByteArray &path) const
{
    if (isStopped())
        return failure(ErrorCode::Cancelled, path.toStdString());
    if (!isAlive())
        return failure(ErrorCode::DeviceLost, m_device.name.toStdString(),
                       m_watch.hasCut() ? "the device did not answer while files were read or "
                                          "written"
                                        : "the connection ended while files were read or written");
    const auto saying = [&](const std::string &what) {
        return failure(code, path.toStdString(), what);
    };
    switch (sftp_get_error(m_sftp)) {
    case SSH_FX_NO_SUCH_FILE:
    case SSH_FX_NO_SUCH_PATH: return saying("there is no such file on the device");
    case SSH_FX_PERMISSION_DENIED:
        return saying("the device denies it to " + m_device.user.toStdString());
    case SSH_FX_WRITE_PROTECT: return saying("the file system is read-only");
    case SSH_FX_OP_UNSUPPORTED: return saying("its SFTP server cannot do this");
    default: return saying("the device refuses it and gives no reason");
    }
}

bool SftpSession::isMissing() const
{
    const int status = sftp_get_error(m_sftp);
    return status == SSH_FX_NO_SUCH_FILE || status == SSH_FX_NO_SUCH_PATH;
}

Result<> SftpSession::done(int status, const QByteArray &path)
{
    m_watch.progress();
    if (status < 0)
        return writeError(path);
    return {};
}

Result<QByteArray> SftpSession::realPath(const QByteArray &path)
{
    char *real = sftp_canonicalize_path(m_sftp, path.constData());
    m_watch.progress();
    if (!real)
        return error(ErrorCode::FileUnreadable, path);
    const QByteArray result(real);
    ssh_string_free_char(real);
    return result;
}

Result<std::vector<RemoteFile>> SftpSession::list(const QByteArray &folder)
{
    const std::unique_ptr<sftp_dir_struct, int (*)(sftp_dir)> opened(
        sftp_opendir(m_sftp, folder.constData()), sftp_closedir);
    if (!opened)
        return error(ErrorCode::FileUnreadable, folder);
    std::vector<RemoteFile> files;
    while (const Attributes entry{sftp_readdir(m_sftp, opened.get())}) {
        m_watch.progress();
        if (isStopped())
            return error(ErrorCode::FileUnreadable, folder);
        if (isEntryName(entry->name))
            files.push_back(remoteFileOf(*entry));
    }
    if (!sftp_dir_eof(opened.get()))
        return error(ErrorCode::FileUnreadable, folder);
    int links = 0;
    for (RemoteFile &file : files)
        if (file.kind == RemoteFile::Kind::Link && ++links <= resolvedLinks && !isStopped())
            resolveLink(file, childPath(folder, file.name));
    if (isStopped() || !isAlive())
        return error(ErrorCode::FileUnreadable, folder);
    return files;
}

void SftpSession::resolveLink(RemoteFile &file, const QByteArray &path)
{
    if (char *target = sftp_readlink(m_sftp, path.constData())) {
        file.target = target;
        ssh_string_free_char(target);
    }
    const Attributes behind{sftp_stat(m_sftp, path.constData())};
    m_watch.progress();
    if (!behind)
        return; // it leads nowhere, or where we may not look
    file.leadsToFolder = behind->type == SSH_FILEXFER_TYPE_DIRECTORY;
    file.size = behind->size;
}

Result<RemoteFile> SftpSession::look(const QByteArray &path)
{
    const Attributes found{sftp_lstat(m_sftp, path.constData())};
    m_watch.progress();
    if (!found)
        return error(ErrorCode::FileUnreadable, path);
    RemoteFile file = remoteFileOf(*found);
    file.name = namePart(path);
    return file;
}

Result<RemoteFile> SftpSession::follow(const QByteArray &path)
{
    const Attributes found{sftp_stat(m_sftp, path.constData())};
    m_watch.progress();
    if (!found)
        return error(ErrorCode::FileUnreadable, path);
    RemoteFile file = remoteFileOf(*found);
    file.name = namePart(path);
    return file;
}

Result<bool> SftpSession::exists(const QByteArray &path)
{
    if (const Result<RemoteFile> found = look(path); found)
        return true;
    else if (isStopped() || !isAlive() || !isMissing())
        return tl::unexpected(found.error());
    return false;
}

Result<> SftpSession::makeFolder(const QByteArray &path)
{
    const Result<bool> isThere = exists(path);
    if (!isThere)
        return tl::unexpected(isThere.error());
    if (*isThere)
        return failure(ErrorCode::FileUnwritable, path.toStdString(),
                       "something of this name exists already");
    return done(sftp_mkdir(m_sftp, path.constData(), 0755), path);
}

Result<> SftpSession::rename(const QByteArray &from, const QByteArray &to)
{
    // Servers differ in what they do to something that is there.
    const Result<bool> isThere = exists(to);
    if (!isThere)
        return tl::unexpected(isThere.error());
    if (*isThere)
        return failure(ErrorCode::FileUnwritable, to.toStdString(),
                       "something of this name exists already");
    return done(sftp_rename(m_sftp, from.constData(), to.constData()), from);
}

Result<> SftpSession::removeFile(const QByteArray &path)
{
    return done(sftp_unlink(m_sftp, path.constData()), path);
}

Result<> SftpSession::removeFolder(const QByteArray &path)
{
    return done(sftp_rmdir(m_sftp, path.constData()), path);
}

} // namespace device
