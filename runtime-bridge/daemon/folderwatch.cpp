#include "runtime-bridge/daemon/folderwatch.h"

#include "runtime-bridge/daemon/log.h"

#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace runtime {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {
constexpr auto quietTime = 10ms; ///< While a file is being written.
constexpr auto wholeTime = 3ms;  ///< After one was closed or put in place: others may follow.
constexpr std::size_t mostWatches = 4'000;
constexpr std::uint32_t interest =
    IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;

bool isLeftOut(const std::string &name)
{
    return name.starts_with('.') || name == "__pycache__" || name.ends_with(".pyc");
}
} // namespace

FolderWatch::FolderWatch(boost::asio::io_context &io, fs::path folder, std::string file,
                         std::function<void()> changed)
    : m_folder(std::move(folder))
    , m_file(std::move(file))
    , m_changed(std::make_shared<std::function<void()>>(std::move(changed)))
    , m_events(io)
    , m_quiet(io)
{
    const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify < 0) {
        logLine(std::string("inotify: ") + std::strerror(errno));
        return;
    }
    m_events.assign(inotify);
    watchBelow(m_folder);
    read();
}

FolderWatch::~FolderWatch() = default;

void FolderWatch::watchBelow(const fs::path &folder)
{
    const auto watch = [this](const fs::path &path) {
        if (m_watches.size() >= mostWatches)
            return;
        const int id = ::inotify_add_watch(m_events.native_handle(), path.c_str(), interest);
        if (id >= 0)
            m_watches[id] = path;
        else
            logLine("cannot watch " + path.string() + ": " + std::strerror(errno));
    };
    watch(folder);
    if (!m_file.empty())
        return;
    std::error_code error;
    auto it = fs::recursive_directory_iterator(
        folder, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        std::error_code ignored;
        if (!it->is_directory(ignored) || it->is_symlink(ignored))
            continue;
        if (isLeftOut(it->path().filename().string()))
            it.disable_recursion_pending();
        else
            watch(it->path());
    }
}

bool FolderWatch::isOfInterest(int watch, std::uint32_t mask, const std::string &name)
{
    if (mask & IN_Q_OVERFLOW)
        return true;
    if (mask & IN_IGNORED) {
        m_watches.erase(watch);
        return false;
    }
    if (name.empty() || isLeftOut(name) || (!m_file.empty() && name != m_file))
        return false;
    if ((mask & IN_ISDIR) && (mask & (IN_CREATE | IN_MOVED_TO)))
        if (const auto it = m_watches.find(watch); it != m_watches.end())
            watchBelow(it->second / name);
    return true;
}

void FolderWatch::read()
{
    m_events.async_wait(
        boost::asio::posix::descriptor_base::wait_read,
        [this, alive = std::weak_ptr(m_changed)](const boost::system::error_code &error) {
            if (error || alive.expired())
                return;
            alignas(inotify_event) std::array<char, 16 << 10> buffer;
            bool touched = false, whole = false;
            for (;;) {
                const ssize_t size = ::read(m_events.native_handle(), buffer.data(), buffer.size());
                if (size <= 0)
                    break;
                for (const char *at = buffer.data(); at < buffer.data() + size;) {
                    const auto *event = reinterpret_cast<const inotify_event *>(at);
                    const std::string name = event->len ? std::string(event->name) : std::string();
                    if (isOfInterest(event->wd, event->mask, name)) {
                        touched = true;
                        whole = (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
                    }
                    at += sizeof(inotify_event) + event->len;
                }
            }
            if (touched) {
                m_quiet.expires_after(whole ? wholeTime : quietTime);
                m_quiet.async_wait([alive](const boost::system::error_code &stopped) {
                    const auto changed = alive.lock();
                    if (changed && !stopped)
                        (*changed)();
                });
            }
            read();
        });
}

} // namespace runtime
