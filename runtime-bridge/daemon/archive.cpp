#include "runtime-bridge/daemon/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <memory>
#include <set>

namespace runtime {

namespace fs = std::filesystem;

namespace {

struct Free {
    void operator()(::archive *reader) const { archive_read_free(reader); }
};

tl::unexpected<Error> refuse(const std::string &why)
{
    return failure(ErrorCode::RequestInvalid, "zip", why);
}

/// The path as a bundle takes it; empty when it leaves the folder.
std::string insidePath(const std::string &path)
{
    const fs::path normal = fs::path(path).lexically_normal();
    const bool leaves = path.empty() || path.find('\\') != std::string::npos ||
                        normal.is_absolute() || *normal.begin() == "..";
    return leaves ? std::string() : normal.string();
}

std::string pathOf(archive_entry *entry)
{
    // The locale of a runtime may be "C", in which the first is the only one for other letters.
    const char *path = archive_entry_pathname_utf8(entry);
    if (!path)
        path = archive_entry_pathname(entry);
    return path ? path : "";
}

Result<std::string> contentsOf(::archive *reader, std::uint64_t allowed)
{
    std::string bytes;
    const void *block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    int code = ARCHIVE_OK;
    while ((code = archive_read_data_block(reader, &block, &size, &offset)) == ARCHIVE_OK) {
        // Holes are written as zeros; offsets come from the archive and are not believed.
        if (offset < 0 || std::uint64_t(offset) + size > allowed)
            return refuse("it is too large when unpacked");
        bytes.resize(std::size_t(offset), '\0');
        bytes.append(static_cast<const char *>(block), size);
    }
    if (code != ARCHIVE_EOF)
        return refuse(archive_error_string(reader) ? archive_error_string(reader) : "damaged");
    return bytes;
}

} // namespace

Result<std::vector<ArchiveFile>> unpackZip(std::string_view zip, ArchiveLimits limits)
{
    const std::unique_ptr<::archive, Free> reader(archive_read_new());
    archive_read_support_format_zip_seekable(reader.get());
    if (archive_read_open_memory(reader.get(), zip.data(), zip.size()) != ARCHIVE_OK)
        return refuse(archive_error_string(reader.get()));

    std::vector<ArchiveFile> files;
    std::set<std::string> seen;
    std::uint64_t total = 0;
    archive_entry *entry = nullptr;
    int code = ARCHIVE_OK;
    while ((code = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK ||
           code == ARCHIVE_WARN) {
        if (archive_entry_filetype(entry) == AE_IFDIR)
            continue;
        const std::string path = insidePath(pathOf(entry));
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
            return refuse("\"" + pathOf(entry) + "\" is no file");
        if (path.empty())
            return refuse("\"" + pathOf(entry) + "\" leaves the folder");
        if (!seen.insert(path).second || files.size() == limits.files)
            return refuse(files.size() == limits.files ? "too many files"
                                                       : '"' + path + "\" is there twice");
        Result<std::string> bytes = contentsOf(reader.get(), limits.bytes - total);
        if (!bytes)
            return tl::unexpected(bytes.error());
        total += bytes->size();
        files.push_back({path, std::move(*bytes), (archive_entry_perm(entry) & 0100) != 0});
    }
    if (code != ARCHIVE_EOF)
        return refuse(archive_error_string(reader.get()) ? archive_error_string(reader.get())
                                                         : "damaged");
    if (files.empty())
        return refuse("it has no files");
    return files;
}

} // namespace runtime
