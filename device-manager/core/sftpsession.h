#pragma once

#include "device-manager/core/device.h"
#include "device-manager/core/remotefile.h"
#include "device-manager/core/sftpwatch.h"
#include "device-manager/core/sshquestion.h"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <type_traits>
#include <vector>

struct sftp_session_struct;
struct sftp_file_struct;
struct sftp_attributes_struct;

namespace device {

class SshConnection;

/// The files of one device in blocking calls, over an SSH session of their own that is opened when
/// it is first needed, and anew when it was lost meanwhile. One thread at a time.
///
/// Calls are made within use(). Each ends within a second of its stop, and with
/// ErrorCode::DeviceLost when the device is silent for too long. Otherwise the errors are those of
/// SshConnection::open(); DeviceUnsuitable when there is no SFTP server; FileUnreadable,
/// FileUnwritable and DeviceDiskFull with the path.
class SftpSession final
{
public:
    struct Limits {
        std::chrono::milliseconds open = std::chrono::seconds(10);
        std::chrono::milliseconds silence = std::chrono::seconds(15);
    };

    SftpSession(Device device, SshAsk ask, Limits limits);
    ~SftpSession();
    SftpSession(const SftpSession &) = delete;
    SftpSession &operator=(const SftpSession &) = delete;

    /// Does \a work, which makes calls, in the open session.
    template<typename Work> [[nodiscard]] auto use(std::stop_token stop, const Work &work)
        -> std::invoke_result_t<Work, SftpSession &>
    {
        if (const runtime::Result<> begun = begin(std::move(stop)); !begun)
            return tl::unexpected(begun.error());
        auto result = work(*this);
        end();
        return result;
    }
    /// Not within use().
    void close();

    /// Without links and dots; "." is the home.
    [[nodiscard]] runtime::Result<QByteArray> realPath(const QByteArray &path);
    [[nodiscard]] runtime::Result<std::vector<RemoteFile>> list(const QByteArray &folder);
    /// A link itself, not what it leads to.
    [[nodiscard]] runtime::Result<RemoteFile> look(const QByteArray &path);
    /// What a link leads to.
    [[nodiscard]] runtime::Result<RemoteFile> follow(const QByteArray &path);
    /// Whether something of that name is there, also a link that leads nowhere.
    [[nodiscard]] runtime::Result<bool> exists(const QByteArray &path);
    [[nodiscard]] runtime::Result<> makeFolder(const QByteArray &path);
    /// ErrorCode::FileUnwritable when something is at \a to.
    [[nodiscard]] runtime::Result<> rename(const QByteArray &from, const QByteArray &to);
    [[nodiscard]] runtime::Result<> removeFile(const QByteArray &path);   ///< Or a link.
    [[nodiscard]] runtime::Result<> removeFolder(const QByteArray &path); ///< An empty one.

    /// Hands out what \a path has, piece by piece, until its end or an error of \a sink.
    using Sink = std::function<runtime::Result<>(const char *bytes, std::size_t count)>;
    [[nodiscard]] runtime::Result<> read(const QByteArray &path, const Sink &sink);
    /// Fills at most \a room bytes; 0 at the end.
    using Source = std::function<runtime::Result<std::size_t>(char *bytes, std::size_t room)>;
    /// Makes the file \a path of what \a source gives, whole or not at all: beside it first. A file
    /// that is there keeps its permissions and its owner, a new one gets \a mode.
    [[nodiscard]] runtime::Result<> replace(const QByteArray &path, const Source &source,
                                            std::uint64_t size, unsigned mode);

    [[nodiscard]] bool isStopped() const { return m_stop.stop_requested(); }

private:
    class File;
    struct Complaints;
    [[nodiscard]] runtime::Result<> begin(std::stop_token stop);
    void end();
    [[nodiscard]] runtime::Result<> open();
    [[nodiscard]] bool isAlive() const;
    [[nodiscard]] tl::unexpected<runtime::Error> error(runtime::ErrorCode code,
                                                       const QByteArray &path) const;
    [[nodiscard]] tl::unexpected<runtime::Error> writeError(const QByteArray &path) const;
    [[nodiscard]] bool isMissing() const;
    [[nodiscard]] runtime::Result<> done(int status, const QByteArray &path);
    void resolveLink(RemoteFile &file, const QByteArray &path);
    [[nodiscard]] runtime::Result<> checkReplaceable(const QByteArray &path);
    [[nodiscard]] runtime::Result<> checkRoom(const QByteArray &path, std::uint64_t size) const;
    [[nodiscard]] runtime::Result<> write(File &file, const QByteArray &path, const Source &source);
    [[nodiscard]] runtime::Result<> dress(const QByteArray &partial, const RemoteFile &like,
                                          bool isNew);
    [[nodiscard]] runtime::Result<> putInPlace(const QByteArray &partial, const QByteArray &place);
    [[nodiscard]] QByteArray receive(std::size_t count);

    Device m_device;
    SshAsk m_ask;
    Limits m_limits;
    int m_wakeFd;
    SftpWatch m_watch;
    std::unique_ptr<SshConnection> m_connection;
    sftp_session_struct *m_sftp = nullptr;
    std::unique_ptr<Complaints> m_complaints;
    std::stop_token m_stop;
};

} // namespace device
