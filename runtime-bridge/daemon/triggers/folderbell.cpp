#include "runtime-bridge/daemon/triggers/folderbell.h"

#include <boost/asio/steady_timer.hpp>

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>

namespace runtime {

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr auto bellInterval = 2s;
constexpr std::uint32_t bellInterest =
    IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

} // namespace

FolderBell::FolderBell(asio::io_context &io, std::filesystem::path folder, std::string word)
    : m_folder(std::move(folder))
    , m_word(std::move(word))
    , m_events(std::make_shared<asio::posix::stream_descriptor>(io))
{
    if (const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC); inotify >= 0)
        m_events->assign(inotify);
    watch();
}

void FolderBell::watch()
{
    if (!m_isWatched && m_events->is_open())
        m_isWatched =
            ::inotify_add_watch(m_events->native_handle(), m_folder.c_str(), bellInterest) >= 0;
}

void FolderBell::close()
{
    boost::system::error_code ignored;
    m_isClosed = true;
    m_events->close(ignored);
}

void FolderBell::wait(asio::yield_context yield)
{
    watch();
    const auto late = std::make_shared<bool>(false);
    asio::steady_timer limit(m_events->get_executor(), bellInterval);
    limit.async_wait([events = m_events, late](const boost::system::error_code &error) {
        boost::system::error_code ignored;
        if (error)
            return;
        *late = true;
        events->cancel(ignored);
    });
    boost::system::error_code error;
    if (!m_events->is_open() && !m_isClosed) { // there are no more watches to be had
        asio::steady_timer pause(m_events->get_executor(), bellInterval);
        pause.async_wait(yield[error]);
    }
    while (!error && !*late && m_events->is_open()) {
        m_events->async_wait(asio::posix::descriptor_base::wait_read, yield[error]);
        if (!error && takeEvents())
            break;
    }
}

bool FolderBell::takeEvents()
{
    bool rings = false;
    alignas(inotify_event) std::array<char, 16 << 10> buffer;
    ssize_t size = 0;
    while ((size = ::read(m_events->native_handle(), buffer.data(), buffer.size())) > 0)
        for (const char *at = buffer.data(); at < buffer.data() + size;) {
            const auto *event = reinterpret_cast<const inotify_event *>(at);
            if (event->mask & IN_IGNORED) // the folder has gone
                m_isWatched = false;
            rings = rings || event->len == 0 || std::string_view(event->name).starts_with(m_word);
            at += sizeof(inotify_event) + event->len;
        }
    return rings;
}

} // namespace runtime
