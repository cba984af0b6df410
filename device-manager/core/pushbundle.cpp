#include "device-manager/core/pushbundle.h"

#include "device-manager/core/foreignbinaries.h"
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
    bundle.index();
    return bundle;
}

Result<> PushBundle::add(std::shared_ptr<const PackageSet> packages)
{
    std::vector<runtime::BundleFile> &files = m_manifest.files;
    std::uint64_t size = 0;
    files.insert(files.end(), packages->files.begin(), packages->files.end());
    for (const runtime::BundleFile &file : files)
        size += file.size;
    if (files.size() > runtime::mostBundleFiles || size > runtime::mostBundleBytes)
        return failure(ErrorCode::SourceMissing, m_root.string(),
                       "more than 50,000 files or 4 GB with its packages");
    std::ranges::sort(files, {}, &runtime::BundleFile::path);
    m_packages = std::move(packages);
    m_digest = runtime::bundleDigest(m_manifest);
    index();
    return {};
}

void PushBundle::index()
{
    m_fileOf.clear();
    for (std::size_t i = 0; i < m_manifest.files.size(); ++i)
        m_fileOf.emplace(m_manifest.files[i].digest, i);
}

std::filesystem::path PushBundle::placeOf(const runtime::BundleFile &file) const
{
    const bool isPackage = m_packages && file.path.starts_with(runtime::packagesInBundle);
    return (isPackage ? m_packages->folder : m_root) / file.path;
}

std::vector<runtime::Problem> PushBundle::foreignFiles(const std::string &machine) const
{
    std::vector<runtime::BundleFile> own;
    for (const runtime::BundleFile &file : m_manifest.files)
        if (file.path.ends_with(".node") || file.path.ends_with(".so"))
            if (!file.path.starts_with(runtime::packagesInBundle))
                own.push_back(file);
    return foreignBinaries(own, m_root, machine);
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
    for (const std::string &digest : digests)
        if (const auto it = m_fileOf.find(digest); it != m_fileOf.end())
            size += m_manifest.files[it->second].size;
    return size;
}

Result<std::string> PushBundle::contents(const std::string &digest) const
{
    const auto it = m_fileOf.find(digest);
    if (it == m_fileOf.end())
        return failure(ErrorCode::RequestInvalid, digest, "not of this bundle");
    const std::filesystem::path place = placeOf(m_manifest.files[it->second]);
    Result<std::string> bytes = runtime::readFile(place);
    if (bytes && runtime::digestOf(*bytes) != digest)
        return failure(ErrorCode::FileUnreadable, place.string(), "it changed while it was read");
    return bytes;
}

std::filesystem::path PushBundle::fileOf(const std::string &digest) const
{
    const auto it = m_fileOf.find(digest);
    return it == m_fileOf.end() ? std::filesystem::path() : placeOf(m_manifest.files[it->second]);
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
