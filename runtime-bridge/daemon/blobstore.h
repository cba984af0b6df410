#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/bundle.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace runtime {

/// Contents by digest (blobs/) and the bundles made of them (bundles/<digest>/), in a runtime's
/// folder. Everything appears whole or not at all while the machine runs. Over a power cut only
/// that stays which sync() was called for; mendAfterStart() finds what is broken.
class BlobStore
{
public:
    explicit BlobStore(std::filesystem::path folder);

    /// Takes contents in; keys are digests, "zstd:<digest>" for compressed contents.
    /// ErrorCode::RequestInvalid when contents and digest differ.
    [[nodiscard]] Result<> add(const std::map<std::string, std::string> &blobs);
    /// The digests that \a manifest needs and that are not here, each once.
    [[nodiscard]] std::vector<std::string> missing(const Manifest &manifest) const;

    /// Makes the folder of a bundle whose contents are all here: where its files lie.
    [[nodiscard]] Result<std::filesystem::path> materialise(const Manifest &manifest,
                                                            const std::string &bundle);
    /// A bundle made before, when it is here and whole.
    struct Made {
        Manifest manifest;
        std::filesystem::path root;
    };
    [[nodiscard]] std::optional<Made> find(const std::string &bundle) const;

    /// Returns once the disk has all that was taken in and made in \a folder. From any thread.
    static void sync(const std::filesystem::path &folder);
    /// Removes contents that a power cut has spoilt. Those of bundles that were synced are not
    /// read.
    void mendAfterStart();

    /// Removes the bundles that are not among \a wanted, and the contents that no bundle uses.
    void keepOnly(const std::vector<std::string> &wanted);

private:
    [[nodiscard]] std::filesystem::path blobPath(const std::string &digest) const;
    [[nodiscard]] std::filesystem::path bundlePath(const std::string &bundle) const;

    std::filesystem::path m_folder;
};

} // namespace runtime
