#include "runtime-bridge/function/filedigest.h"

#include "runtime-bridge/base/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>

namespace runtime {

namespace {

constexpr std::int64_t smallest = 128 << 10; ///< Below, reading is as quick as remembering.
constexpr std::size_t mostRemembered = 20'000;
/// A file that was changed this short before it was read may change again without a new time: the
/// kernel's clock for files goes on in steps, and some file systems count whole seconds.
constexpr std::int64_t settledNs = 2'000'000'000;

std::int64_t nanoseconds(const timespec &time)
{
    return std::int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// What is different in another state of a file.
struct FileState {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, modifiedNs = 0, changedNs = 0;
    bool operator==(const FileState &) const = default;
};

FileState stateOf(const struct stat &status)
{
    return {std::uint64_t(status.st_dev), std::uint64_t(status.st_ino), status.st_size,
            nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

struct Memory {
    std::mutex mutex; ///< Guards what follows.
    std::map<std::string, std::pair<FileState, std::string>> digests;
};

Memory &memory()
{
    static Memory all;
    return all;
}

std::string remembered(const std::string &path, const FileState &state)
{
    const std::lock_guard lock(memory().mutex);
    const auto it = memory().digests.find(path);
    return it != memory().digests.end() && it->second.first == state ? it->second.second
                                                                     : std::string();
}

void remember(const std::string &path, const FileState &state, const std::string &digest)
{
    const std::lock_guard lock(memory().mutex);
    if (memory().digests.size() >= mostRemembered)
        memory().digests.clear();
    memory().digests[path] = {state, digest};
}

/// Closes the file.
struct Opened {
    explicit Opened(const std::string &path)
        : file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC))
    {
    }
    ~Opened()
    {
        if (file >= 0)
            ::close(file);
    }
    Opened(const Opened &) = delete;
    Opened &operator=(const Opened &) = delete;
    int file;
};

} // namespace

Result<FileDigest> digestOfFile(const std::filesystem::path &path)
{
    const std::string name = path.string();
    const auto unreadable = [&](int why) {
        return failure(ErrorCode::FileUnreadable, name, std::strerror(why));
    };
    const Opened opened(name);
    struct stat status {
    };
    if (opened.file < 0 || ::fstat(opened.file, &status) != 0)
        return unreadable(errno);
    if (!S_ISREG(status.st_mode))
        return unreadable(EISDIR);
    const FileState state = stateOf(status);
    const bool executable = (status.st_mode & S_IXUSR) != 0;
    if (state.size >= smallest)
        if (std::string known = remembered(name, state); !known.empty())
            return FileDigest{std::move(known), std::uint64_t(state.size), executable};

    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    Digester digester;
    std::string piece(std::size_t(std::clamp<std::int64_t>(state.size + 1, 4'096, 1 << 20)), '\0');
    std::uint64_t size = 0;
    for (;;) {
        const ssize_t got = ::read(opened.file, piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return unreadable(errno);
        if (got == 0)
            break;
        digester.add({piece.data(), std::size_t(got)});
        size += std::uint64_t(got);
    }
    std::string digest = digester.digest();
    const std::int64_t latest = std::max(state.modifiedNs, state.changedNs);
    struct stat after {
    };
    if (state.size >= smallest && latest < nanoseconds(now) - settledNs &&
        ::fstat(opened.file, &after) == 0 && stateOf(after) == state)
        remember(name, state, digest);
    return FileDigest{std::move(digest), size, executable};
}

} // namespace runtime
