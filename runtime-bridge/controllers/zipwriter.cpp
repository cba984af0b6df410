#include "runtime-bridge/controllers/zipwriter.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace runtime {

namespace {

struct Free {
    void operator()(::archive *writer) const { archive_write_free(writer); }
    void operator()(archive_entry *entry) const { archive_entry_free(entry); }
};

la_ssize_t append(::archive *, void *zip, const void *bytes, std::size_t size)
{
    static_cast<std::string *>(zip)->append(static_cast<const char *>(bytes), size);
    return la_ssize_t(size);
}

} // namespace

Result<std::string> createZip(const std::vector<ZipFile> &files)
{
    std::string zip;
    const std::unique_ptr<::archive, Free> writer(archive_write_new());
    bool isGood = archive_write_set_format_zip(writer.get()) == ARCHIVE_OK &&
                  archive_write_set_options(
                      writer.get(), "zip:compression=deflate,hdrcharset=UTF-8") >= ARCHIVE_WARN &&
                  archive_write_set_bytes_in_last_block(writer.get(), 1) == ARCHIVE_OK &&
                  archive_write_open(writer.get(), &zip, nullptr, append, nullptr) == ARCHIVE_OK;
    for (const ZipFile &file : files) {
        const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
        archive_entry_set_pathname_utf8(entry.get(), file.path.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), file.executable ? 0755 : 0644);
        archive_entry_set_mtime(entry.get(), 315'532'800, 0); // 1980, where zip's time begins
        archive_entry_set_size(entry.get(), la_int64_t(file.bytes.size()));
        isGood = isGood && archive_write_header(writer.get(), entry.get()) >= ARCHIVE_WARN &&
                 archive_write_data(writer.get(), file.bytes.data(), file.bytes.size()) ==
                     la_ssize_t(file.bytes.size());
    }
    if (!isGood || archive_write_close(writer.get()) != ARCHIVE_OK) {
        const char *const reason = archive_error_string(writer.get());
        return failure(ErrorCode::Internal, "zip", reason ? reason : "");
    }
    return zip;
}

} // namespace runtime
