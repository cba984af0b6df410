#pragma once

#include "device-manager/core/devicepackages.h"
#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/function/problem.h"
#include "runtime-bridge/protocol/messages.h"

#include <QString>

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace device {

/// One version of a function, read from its source and ready to be sent piece by piece. For a
/// worker thread.
class PushBundle final
{
public:
    /// Reads manifest and digests.
    [[nodiscard]] static runtime::Result<PushBundle>
    read(const runtime::ApplicationFunction &function);

    /// Packages for the device go along. ErrorCode::SourceMissing where they make it too large.
    [[nodiscard]] runtime::Result<> add(std::shared_ptr<const PackageSet> packages);

    /// Warnings for what lies among its own files and \a machine (see DeviceFacts) cannot load.
    [[nodiscard]] std::vector<runtime::Problem> foreignFiles(const std::string &machine) const;

    [[nodiscard]] const runtime::Manifest &manifest() const { return m_manifest; }
    [[nodiscard]] const std::string &digest() const { return m_digest; }
    /// The digests of its contents that are not among \a known.
    [[nodiscard]] std::set<std::string> contentsBut(const std::set<std::string> &known) const;
    [[nodiscard]] std::uint64_t sizeOf(const std::set<std::string> &digests) const;

    /// The contents of one digest as a put takes it: key and bytes, compressed where that pays.
    /// ErrorCode::FileUnreadable also when the file changed since it was read: read() again.
    [[nodiscard]] runtime::Result<std::pair<std::string, std::string>>
    blob(const std::string &digest) const;
    /// A file with the contents of one digest, by the time it was read. It must be of this bundle.
    [[nodiscard]] std::filesystem::path fileOf(const std::string &digest) const;

private:
    [[nodiscard]] runtime::Result<std::string> contents(const std::string &digest) const;
    [[nodiscard]] std::filesystem::path placeOf(const runtime::BundleFile &file) const;
    void index();

    runtime::Manifest m_manifest;
    std::string m_digest;
    std::filesystem::path m_root;
    std::shared_ptr<const PackageSet> m_packages;          // of a cache that others read too
    std::unordered_map<std::string, std::size_t> m_fileOf; ///< By digest: one of its files.
};

} // namespace device
