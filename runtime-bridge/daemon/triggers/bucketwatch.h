#pragma once

#include "runtime-bridge/base/error.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

struct inotify_event;

namespace runtime {

/// A file that came or went.
struct BucketChange {
    bool isRemoved = false;
    std::string key; ///< Path below the folder, '/' between its parts.
    std::int64_t timeUs = 0;
    std::uint64_t size = 0;
};

/// Watches a folder and every folder below it (inotify). A file is told when it is complete: when
/// who wrote it closed it, or when it was renamed into place. Names that begin with '.' are not
/// looked at: programs write there before they rename.
class BucketWatch
{
public:
    using Told = std::function<void(BucketChange)>;

    /// Makes \a folder where it is missing. ErrorCode::FileUnreadable when it cannot be watched.
    [[nodiscard]] static Result<std::unique_ptr<BucketWatch>>
    create(boost::asio::io_context &io, const std::filesystem::path &folder, Told told);
    /// Changes were too many to be told one by one, and some are lost.
    std::function<void()> onLost;

private:
    BucketWatch(boost::asio::io_context &io, std::filesystem::path folder, Told told);
    Result<> watch(const std::filesystem::path &folder);
    void tellPresent(const std::filesystem::path &folder);
    void tell(const std::filesystem::path &file, bool isRemoved);
    void onEvent(const inotify_event &event);
    void read();

    std::filesystem::path m_folder;
    std::shared_ptr<Told> m_told; ///< Its life tells handlers of this one's.
    boost::asio::posix::stream_descriptor m_events;
    std::map<int, std::filesystem::path> m_watches;
};

} // namespace runtime
