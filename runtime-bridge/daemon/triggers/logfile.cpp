#include "runtime-bridge/daemon/triggers/logfile.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/daemon/linesplitter.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace runtime {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::size_t longestLogLine = 256u << 10;
constexpr std::uint64_t headSize = 256;

bool isOf(const struct stat &status, const LogPosition &position)
{
    return status.st_ino == position.inode && status.st_dev == position.device;
}

} // namespace

std::string toText(const LogPosition &position)
{
    return json{{"device", position.device},
                {"inode", position.inode},
                {"offset", position.offset},
                {"head", position.head}}
        .dump();
}

std::optional<LogPosition> logPositionFromText(const std::string &text)
{
    const json object = readJson(text);
    if (!object.is_object())
        return std::nullopt;
    return LogPosition{object.value("device", std::uint64_t(0)),
                       object.value("inode", std::uint64_t(0)),
                       object.value("offset", std::uint64_t(0)), object.value("head", "")};
}

LogFile::LogFile(fs::path path, const std::optional<LogPosition> &position)
    : m_path(std::move(path))
{
    struct stat status {
    };
    if (position)
        resume(*position);
    else if (::stat(m_path.c_str(), &status) == 0)
        open(m_path, std::uint64_t(status.st_size));
}

void LogFile::resume(const LogPosition &position)
{
    if (position.inode == 0) { // there was none yet
        open(m_path, 0);
        return;
    }
    struct stat status {
    };
    const bool isSame = ::stat(m_path.c_str(), &status) == 0 && isOf(status, position);
    if (!isSame && openRenamed(position))
        return;
    if (!open(m_path, isSame ? position.offset : 0) || !isSame)
        return;
    // The same number may be another file, or the same one cut off and filled again.
    if (m_position.head != position.head)
        open(m_path, 0);
}

bool LogFile::openRenamed(const LogPosition &position)
{
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(m_path.parent_path(), error)) {
        struct stat status {
        };
        if (entry.path() == m_path || ::lstat(entry.path().c_str(), &status) != 0 ||
            !isOf(status, position) || !S_ISREG(status.st_mode))
            continue;
        if (open(entry.path(), position.offset) && m_position.head == position.head)
            return true;
    }
    m_file.close();
    return false;
}

bool LogFile::open(const fs::path &file, std::uint64_t offset)
{
    m_file = Descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {
    };
    if (!m_file.isOpen()) {
        m_trouble = errno == ENOENT ? "" : file.string() + ": " + std::strerror(errno);
        return false;
    }
    if (::fstat(m_file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        m_trouble = file.string() + " is no file";
        m_file.close();
        return false;
    }
    m_trouble.clear();
    m_position = {
        status.st_dev, status.st_ino, std::min(offset, std::uint64_t(status.st_size)), {}};
    m_position.head = headOf(m_position.offset);
    return true;
}

std::string LogFile::headOf(std::uint64_t offset) const
{
    std::string bytes(std::min(offset, headSize), '\0');
    const ssize_t size = ::pread(m_file.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? std::size_t(size) : 0);
    return digestOf(bytes);
}

bool LogFile::isAnotherThere() const
{
    struct stat status {
    };
    return ::stat(m_path.c_str(), &status) == 0 && !isOf(status, m_position) && status.st_size > 0;
}

std::vector<LogFile::Line> LogFile::read()
{
    if (!m_file.isOpen() && !open(m_path, 0))
        return {};
    struct stat status {
    };
    if (::fstat(m_file.get(), &status) == 0 &&
        std::uint64_t(status.st_size) < m_position.offset) { // cut off
        m_position.offset = 0;
        m_position.head = headOf(0);
    }
    // Who writes goes on with the old file for a moment after it was renamed: it is at its end once
    // there is something in the new one.
    const bool isLast = isAnotherThere();
    std::vector<Line> lines = readSome(isLast);
    if (lines.empty() && isLast && open(m_path, 0))
        lines = readSome(false);
    return lines;
}

std::vector<LogFile::Line> LogFile::readSome(bool isLast)
{
    std::string bytes(longestLogLine + 1, '\0');
    const ssize_t size =
        ::pread(m_file.get(), bytes.data(), bytes.size(), off_t(m_position.offset));
    if (size < 0)
        m_trouble = m_path.string() + ": " + std::strerror(errno);
    bytes.resize(size > 0 ? std::size_t(size) : 0);
    std::vector<Line> lines;
    std::size_t begin = 0;
    const auto add = [&](std::size_t end, std::size_t next) {
        std::string_view text(bytes.data() + begin, end - begin);
        if (text.ends_with('\r'))
            text.remove_suffix(1);
        lines.push_back({validUtf8(text), m_position.offset + begin});
        begin = next;
    };
    for (std::size_t end = 0; (end = bytes.find('\n', begin)) != std::string::npos;)
        add(end, end + 1);
    const std::size_t rest = bytes.size() - begin;
    if (begin == 0 && rest > longestLogLine)
        add(longestLogLine, longestLogLine);
    else if (begin == 0 && rest > 0 && isLast) // nobody will end this line
        add(bytes.size(), bytes.size());
    m_position.offset += begin;
    if (begin > 0)
        m_position.head = headOf(m_position.offset);
    return lines;
}

} // namespace runtime
