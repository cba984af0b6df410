#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <QString>

#include <map>
#include <set>
#include <stop_token>
#include <string>
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

    runtime::Manifest m_manifest;
    std::string m_digest;
    std::filesystem::path m_root;
};

} // namespace device
