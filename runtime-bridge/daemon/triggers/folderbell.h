#pragma once

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/spawn.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace runtime {

/// Rings when files of a folder whose names begin with a word have changed (inotify), and every few
/// seconds: the kernel does not tell everything, and the folder may not be there yet.
class FolderBell
{
public:
    FolderBell(boost::asio::io_context &io, std::filesystem::path folder, std::string word);

    /// Until it rings, also for what happened since the last wait, or close().
    void wait(boost::asio::yield_context yield);
    void close();

private:
    void watch();
    [[nodiscard]] bool takeEvents();

    std::filesystem::path m_folder;
    std::string m_word;
    std::shared_ptr<boost::asio::posix::stream_descriptor> m_events;
    bool m_isWatched = false;
    bool m_isClosed = false;
};

} // namespace runtime
