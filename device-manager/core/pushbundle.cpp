#include "device-manager/core/pushbundle.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"

#include <zstd.h>

#include <algorithm>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr int compressionLevel = 3;
constexpr std::size_t worthTrying = 128;

/// Empty when it does not pay.
std::string compressed(const std::string &bytes)
{
    if (bytes.size() < worthTrying)
        return {};
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), compressionLevel);
    if (ZSTD_isError(size) || size > bytes.size() - bytes.size() / 10)
        return {};
    packed.resize(size);
    return packed;
}

} // namespace

Result<PushBundle> PushBundle::read(const runtime::ApplicationFunction &function)
{
    Result<runtime::Manifest> manifest = runtime::scanBundle(function.spec, function.source);
    if (!manifest)
        return tl::unexpected(manifest.error());
    PushBundle bundle;
    bundle.m_manifest = std::move(*manifest);
    bundle.m_digest = runtime::bundleDigest(bundle.m_manifest);
    bundle.m_root = runtime::bundleRoot(function.source);
    return bundle;
}

std::set<std::string> PushBundle::contentsBut(const std::set<std::string> &known) const
{
    std::set<std::string> needed;
    for (const runtime::BundleFile &file : m_manifest.files)
        if (!known.contains(file.digest))
            needed.insert(file.digest);
    return needed;
}

std::uint64_t PushBundle::sizeOf(const std::set<std::string> &digests) const
{
    std::uint64_t size = 0;
    for (const runtime::BundleFile &file : m_manifest.files)
        if (digests.contains(file.digest))
            size += file.size;
    return size;
}

Result<std::string> PushBundle::contents(const std::string &digest) const
{
    const auto file = std::ranges::find(m_manifest.files, digest, &runtime::BundleFile::digest);
    if (file == m_manifest.files.end())
        return failure(ErrorCode::RequestInvalid, digest, "not of this bundle");
    Result<std::string> bytes = runtime::readFile(m_root / file->path);
    if (bytes && runtime::digestOf(*bytes) != digest)
        return failure(ErrorCode::FileUnreadable, (m_root / file->path).string(),
                       "it changed while it was read");
    return bytes;
}

std::filesystem::path PushBundle::fileOf(const std::string &digest) const
{
    const auto file = std::ranges::find(m_manifest.files, digest, &runtime::BundleFile::digest);
    return file == m_manifest.files.end() ? std::filesystem::path() : m_root / file->path;
}

Result<std::pair<std::string, std::string>> PushBundle::blob(const std::string &digest) const
{
    Result<std::string> bytes = contents(digest);
    if (!bytes)
        return tl::unexpected(bytes.error());
    std::string packed = compressed(*bytes);
    if (packed.empty())
        return std::pair(digest, std::move(*bytes));
    return std::pair("zstd:" + digest, std::move(packed));
}

} // namespace device
