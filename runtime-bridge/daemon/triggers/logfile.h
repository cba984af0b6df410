#pragma once

#include "runtime-bridge/daemon/descriptor.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace runtime {

/// The place in a file of lines that reading came to.
struct LogPosition {
    std::uint64_t device = 0, inode = 0;
    std::uint64_t offset = 0;
    std::string head; ///< Digest of the file's first bytes, as many as offset tells, 256 at most.
    bool operator==(const LogPosition &) const = default;
};
[[nodiscard]] std::string toText(const LogPosition &position);
[[nodiscard]] std::optional<LogPosition> logPositionFromText(const std::string &text);

/// Reads a file that others write to its end, line by line, also when they rename it and begin a
/// new one under its name (what is left in the old one comes first), or cut it off and begin anew.
/// Watches nothing: read() looks.
class LogFile
{
public:
    struct Line {
        std::string text; ///< Without its end; valid UTF-8. One over 256 KB comes in pieces.
        std::uint64_t offset = 0;
    };

    /// Goes on at \a position, in the file of that inode: the one of this name, or one beside it
    /// that was renamed meanwhile. Without a position, from the end of the file that is there.
    LogFile(std::filesystem::path path, const std::optional<LogPosition> &position);

    /// The next whole lines, some hundred KB at most; none: there are no more at present.
    [[nodiscard]] std::vector<Line> read();
    /// After what read() gave last.
    [[nodiscard]] const LogPosition &position() const { return m_position; }
    /// Why the file cannot be read; empty: it can. A file that is not there is waited for.
    [[nodiscard]] const std::string &trouble() const { return m_trouble; }

private:
    bool open(const std::filesystem::path &file, std::uint64_t offset);
    void resume(const LogPosition &position);
    bool openRenamed(const LogPosition &position);
    [[nodiscard]] bool isAnotherThere() const;
    void look();
    [[nodiscard]] std::vector<Line> readSome(bool isLast);
    [[nodiscard]] std::string headOf(std::uint64_t offset) const;

    std::filesystem::path m_path;
    Descriptor m_file; ///< Closed while there is none.
    LogPosition m_position;
    std::string m_trouble;
};

} // namespace runtime
