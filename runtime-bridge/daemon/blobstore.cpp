#include "runtime-bridge/daemon/blobstore.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/descriptor.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace runtime {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::string_view compressedPrefix = "zstd:";
constexpr unsigned long long largestBlob = 1ull << 30;
constexpr std::size_t largestMended = 64 << 20; ///< Larger ones are sent again: they lie in memory.
constexpr auto unusedKept = std::chrono::hours(1); ///< Contents of a put that is still under way.

std::string hexOf(const std::string &digest)
{
    return digest.substr(digest.find(':') + 1);
}

Result<std::string> decompress(const std::string &bytes, const std::string &digest)
{
    const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > largestBlob)
        return failure(ErrorCode::RequestInvalid, digest, "not a zstd frame of known size");
    std::string contents(size, '\0');
    const std::size_t got =
        ZSTD_decompress(contents.data(), contents.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(got) || got != size)
        return failure(ErrorCode::RequestInvalid, digest, ZSTD_getErrorName(got));
    return contents;
}

tl::unexpected<Error> unwritable(const fs::path &path, const std::error_code &error)
{
    const bool full = error == std::errc::no_space_on_device;
    return failure(full ? ErrorCode::DeviceDiskFull : ErrorCode::FileUnwritable, path.string(),
                   error.message());
}

/// Not synced, see BlobStore::sync(). The name appears with all contents.
Result<> writeWhole(const fs::path &path, const std::string &contents, fs::perms mode)
{
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    const fs::path staged = path.parent_path() / (".staged-" + createId());
    std::FILE *file = std::fopen(staged.c_str(), "wbxe");
    const auto reason = [] { return std::error_code(errno, std::generic_category()); };
    if (!file)
        return unwritable(path, reason());
    if (std::fwrite(contents.data(), 1, contents.size(), file) != contents.size())
        error = reason();
    if (std::fclose(file) != 0 && !error)
        error = reason();
    if (!error)
        fs::permissions(staged, mode, error);
    if (!error)
        fs::rename(staged, path, error);
    if (!error)
        return {};
    std::error_code ignored;
    fs::remove(staged, ignored);
    return unwritable(path, error);
}

/// A link where the file system has them and the mode fits, else a copy.
std::error_code place(const fs::path &blob, const fs::path &target, bool executable)
{
    std::error_code error;
    if (!executable) {
        fs::create_hard_link(blob, target, error);
        if (!error)
            return {};
    }
    fs::copy_file(blob, target, error);
    if (!error)
        fs::permissions(target, fs::perms(executable ? 0555 : 0444), error);
    return error;
}

} // namespace

BlobStore::BlobStore(fs::path folder) : m_folder(std::move(folder)) {}

fs::path BlobStore::blobPath(const std::string &digest) const
{
    return m_folder / "blobs" / hexOf(digest);
}

fs::path BlobStore::bundlePath(const std::string &bundle) const
{
    return m_folder / "bundles" / hexOf(bundle);
}

Result<> BlobStore::add(const std::map<std::string, std::string> &blobs)
{
    for (const auto &[key, bytes] : blobs) {
        const bool compressed = key.starts_with(compressedPrefix);
        const std::string digest = compressed ? key.substr(compressedPrefix.size()) : key;
        if (!isDigest(digest))
            return failure(ErrorCode::RequestInvalid, key, "not a digest");
        Result<std::string> plain;
        if (compressed) {
            plain = decompress(bytes, digest);
            if (!plain)
                return tl::unexpected(plain.error());
        }
        const std::string &contents = compressed ? *plain : bytes;
        std::error_code error;
        if (fs::file_size(blobPath(digest), error) == contents.size() && !error)
            continue;
        if (digestOf(contents) != digest)
            return failure(ErrorCode::RequestInvalid, digest, "the contents have another digest");
        if (const Result<> written = writeWhole(blobPath(digest), contents, fs::perms(0444));
            !written)
            return written;
    }
    return {};
}

std::vector<std::string> BlobStore::missing(const Manifest &manifest) const
{
    std::set<std::string> digests;
    for (const BundleFile &file : manifest.files) {
        std::error_code error;
        if (fs::file_size(blobPath(file.digest), error) != file.size || error)
            digests.insert(file.digest);
    }
    return {digests.begin(), digests.end()};
}

Result<fs::path> BlobStore::materialise(const Manifest &manifest, const std::string &bundle)
{
    if (const std::optional<Made> made = find(bundle))
        return made->root;
    const fs::path final = bundlePath(bundle);
    const fs::path staged = m_folder / "bundles" / (".staged-" + createId());
    std::error_code error;
    fs::create_directories(staged / "files", error);
    for (const BundleFile &file : manifest.files) {
        const fs::path target = staged / "files" / file.path;
        if (!error)
            fs::create_directories(target.parent_path(), error);
        if (!error)
            error = place(blobPath(file.digest), target, file.executable);
        if (error)
            break;
    }
    if (!error) {
        // The manifest comes last: a bundle with one is whole.
        if (const Result<> written =
                writeWhole(staged / "manifest.json", toJson(manifest).dump(), fs::perms(0644));
            !written) {
            fs::remove_all(staged, error);
            return tl::unexpected(written.error());
        }
        std::error_code ignored;
        fs::remove_all(final, ignored); // one that is not whole
        fs::rename(staged, final, error);
    }
    if (error) {
        const std::error_code reason = error;
        fs::remove_all(staged, error);
        return unwritable(final, reason);
    }
    return final / "files";
}

std::optional<BlobStore::Made> BlobStore::find(const std::string &bundle) const
{
    if (!isDigest(bundle))
        return std::nullopt;
    const Result<std::string> text = readFile(bundlePath(bundle) / "manifest.json");
    if (!text)
        return std::nullopt;
    const json object = json::parse(*text, nullptr, false);
    if (object.is_discarded())
        return std::nullopt;
    Result<Manifest> manifest = manifestFromJson(object);
    if (!manifest || bundleDigest(*manifest) != bundle)
        return std::nullopt;
    const fs::path root = bundlePath(bundle) / "files";
    for (const BundleFile &file : manifest->files) {
        std::error_code error;
        if (fs::file_size(root / file.path, error) != file.size || error)
            return std::nullopt;
    }
    return Made{std::move(*manifest), root};
}

void BlobStore::sync(const fs::path &folder)
{
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ::syncfs(opened.get());
}

void BlobStore::mendAfterStart()
{
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(m_folder / "blobs", error)) {
        std::error_code ignored;
        // Contents that a bundle links to are those of a bundle that was synced, once keepOnly()
        // has taken the others away.
        if (entry.hard_link_count(ignored) > 1)
            continue;
        const Result<std::string> contents = readFile(entry.path(), largestMended);
        if (!contents || digestOf(*contents) != "sha256:" + entry.path().filename().string())
            fs::remove(entry.path(), ignored);
    }
}

void BlobStore::keepOnly(const std::vector<std::string> &wanted)
{
    std::set<std::string> names;
    for (const std::string &bundle : wanted)
        names.insert(hexOf(bundle));
    std::set<std::string> used;
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(m_folder / "bundles", error)) {
        const std::string name = entry.path().filename().string();
        std::error_code ignored;
        if (!names.contains(name)) {
            fs::remove_all(entry.path(), ignored);
            continue;
        }
        if (const std::optional<Made> made = find("sha256:" + name))
            for (const BundleFile &file : made->manifest.files)
                used.insert(hexOf(file.digest));
    }
    const auto now = fs::file_time_type::clock::now();
    for (const fs::directory_entry &entry : fs::directory_iterator(m_folder / "blobs", error)) {
        std::error_code ignored;
        const bool fresh = now - entry.last_write_time(ignored) < unusedKept;
        if (!fresh && !used.contains(entry.path().filename().string()))
            fs::remove(entry.path(), ignored);
    }
}

} // namespace runtime
