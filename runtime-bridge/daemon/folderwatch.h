#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace runtime {

/// Tells when something below a folder has changed and has been quiet for a moment. Hidden folders
/// and __pycache__ are not looked at.
class FolderWatch
{
public:
    /// \a file: only this one of the folder's own files counts; empty: everything below it.
    FolderWatch(boost::asio::io_context &io, std::filesystem::path folder, std::string file,
                std::function<void()> changed);
    ~FolderWatch();

private:
    void watchBelow(const std::filesystem::path &folder);
    void read();
    [[nodiscard]] bool isOfInterest(int watch, std::uint32_t mask, const std::string &name);

    std::filesystem::path m_folder;
    std::string m_file;
    std::shared_ptr<std::function<void()>> m_changed; ///< Its life tells handlers of this one's.
    boost::asio::posix::stream_descriptor m_events;
    boost::asio::steady_timer m_quiet;
    std::map<int, std::filesystem::path> m_watches;
};

} // namespace runtime
