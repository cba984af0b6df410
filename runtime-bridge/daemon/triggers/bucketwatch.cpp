#include "runtime-bridge/daemon/triggers/bucketwatch.h"

#include "runtime-bridge/daemon/log.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t mostFolders = 4'000;
constexpr std::uint32_t interest =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

bool isHidden(const std::string &name)
{
    return name.empty() || name.front() == '.';
}

/// Whether somebody has \a file open for writing: the kernel gives no read lease then.
bool isBeingWritten(const fs::path &file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    const bool refused = ::fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    if (!refused)
        ::fcntl(descriptor, F_SETLEASE, F_UNLCK);
    ::close(descriptor);
    return refused;
}

} // namespace

Result<std::unique_ptr<BucketWatch>> BucketWatch::create(boost::asio::io_context &io,
                                                         const fs::path &folder, Told told)
{
    std::error_code error;
    fs::create_directories(folder, error);
    std::unique_ptr<BucketWatch> watch(new BucketWatch(io, folder, std::move(told)));
    const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify < 0)
        return failure(ErrorCode::FileUnreadable, folder.string(), std::strerror(errno));
    watch->m_events.assign(inotify);
    if (Result<> watched = watch->watch(folder); !watched)
        return tl::unexpected(watched.error());
    watch->read();
    return watch;
}

BucketWatch::BucketWatch(boost::asio::io_context &io, fs::path folder, Told told)
    : m_folder(std::move(folder)), m_told(std::make_shared<Told>(std::move(told))), m_events(io)
{
}

Result<> BucketWatch::watch(const fs::path &folder)
{
    if (m_watches.size() >= mostFolders)
        return failure(ErrorCode::FileUnreadable, folder.string(), "more than 4,000 folders");
    const int id = ::inotify_add_watch(m_events.native_handle(), folder.c_str(), interest);
    if (id < 0)
        return failure(ErrorCode::FileUnreadable, folder.string(), std::strerror(errno));
    m_watches[id] = folder;
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder, error))
        if (!isHidden(entry.path().filename().string()) && entry.is_directory(error) &&
            !entry.is_symlink(error))
            if (const Result<> below = watch(entry.path()); !below)
                logLine(below.error().subject + ": " + below.error().detail);
    return {};
}

void BucketWatch::tellPresent(const fs::path &folder)
{
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder, error)) {
        if (isHidden(entry.path().filename().string()) || entry.is_symlink(error))
            continue;
        if (entry.is_directory(error))
            tellPresent(entry.path());
        else if (!isBeingWritten(entry.path())) // else its end is told by its close
            tell(entry.path(), false);
    }
}

void BucketWatch::tell(const fs::path &file, bool isRemoved)
{
    BucketChange change{isRemoved, file.lexically_relative(m_folder).generic_string(), nowUs(), 0};
    if (!isRemoved) {
        struct stat status {
        };
        if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
            return; // it has gone again, which is told too
        change.size = std::uint64_t(status.st_size);
    }
    (*m_told)(std::move(change));
}

void BucketWatch::onEvent(const inotify_event &event)
{
    if (event.mask & IN_Q_OVERFLOW) {
        if (onLost)
            onLost();
        return;
    }
    const auto known = m_watches.find(event.wd);
    if (known == m_watches.end())
        return;
    if (event.mask & IN_IGNORED) {
        m_watches.erase(known);
        return;
    }
    const std::string name = event.len ? std::string(event.name) : std::string();
    if (isHidden(name))
        return;
    const fs::path path = known->second / name;
    if (event.mask & IN_ISDIR) {
        // What was made in a new folder before it is watched is told by looking.
        if ((event.mask & (IN_CREATE | IN_MOVED_TO)) && watch(path))
            tellPresent(path);
    } else if (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) {
        tell(path, false);
    } else if (event.mask & (IN_DELETE | IN_MOVED_FROM)) {
        tell(path, true);
    }
}

void BucketWatch::read()
{
    m_events.async_wait(
        boost::asio::posix::descriptor_base::wait_read,
        [this, alive = std::weak_ptr(m_told)](const boost::system::error_code &error) {
            const auto held = alive.lock();
            if (error || !held)
                return;
            alignas(inotify_event) std::array<char, 16 << 10> buffer;
            for (;;) {
                const ssize_t size = ::read(m_events.native_handle(), buffer.data(), buffer.size());
                if (size <= 0)
                    break;
                for (const char *at = buffer.data(); at < buffer.data() + size;) {
                    const auto *event = reinterpret_cast<const inotify_event *>(at);
                    onEvent(*event);
                    if (held.use_count() == 1) // who was told ended the watch
                        return;
                    at += sizeof(inotify_event) + event->len;
                }
            }
            read();
        });
}

} // namespace runtime
