#include "runtime-bridge/base/file.h"

#include "runtime-bridge/base/id.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace runtime {

namespace fs = std::filesystem;

namespace {

/// Closes a descriptor when it goes out of scope.
class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int get() const { return m_fd; }

private:
    int m_fd;
};

tl::unexpected<Error> unwritable(const fs::path &path, int reason)
{
    const bool full = reason == ENOSPC || reason == EDQUOT;
    return failure(full ? ErrorCode::DeviceDiskFull : ErrorCode::FileUnwritable, path.string(),
                   std::strerror(reason));
}

} // namespace

Result<std::string> readFile(const fs::path &path, std::size_t limit)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {
    };
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
        return failure(ErrorCode::FileUnreadable, path.string(), std::strerror(errno));
    if (!S_ISREG(status.st_mode))
        return failure(ErrorCode::FileUnreadable, path.string(), "not a regular file");
    std::string bytes;
    bytes.reserve(std::size_t(status.st_size));
    char chunk[64 << 10];
    for (;;) {
        const ssize_t got = ::read(file.get(), chunk, sizeof chunk);
        if (got == 0)
            return bytes;
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return failure(ErrorCode::FileUnreadable, path.string(), std::strerror(errno));
        }
        if (bytes.size() + std::size_t(got) > limit)
            return failure(ErrorCode::FileUnreadable, path.string(),
                           "larger than " + std::to_string(limit >> 20) + " MB");
        bytes.append(chunk, std::size_t(got));
    }
}

Result<> writeFile(const fs::path &path, std::string_view bytes, unsigned mode)
{
    std::error_code error;
    if (path.has_parent_path())
        fs::create_directories(path.parent_path(), error);
    const fs::path staged = path.string() + "." + createId().substr(0, 8) + ".tmp";
    const Descriptor file(
        ::open(staged.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (file.get() < 0)
        return unwritable(path, errno);
    const auto giveUp = [&](int reason) {
        ::unlink(staged.c_str());
        return unwritable(path, reason);
    };
    while (!bytes.empty()) {
        const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return giveUp(errno);
        bytes.remove_prefix(std::size_t(put));
    }
    if (::fsync(file.get()) != 0 || ::rename(staged.c_str(), path.c_str()) != 0)
        return giveUp(errno);
    return {};
}

} // namespace runtime
