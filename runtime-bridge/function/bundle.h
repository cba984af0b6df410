#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/functionspec.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// One file of a bundle.
struct BundleFile {
    std::string path;   ///< Relative, '/' between folders, never leaving the bundle.
    std::string digest; ///< Of its contents.
    std::uint64_t size = 0;
    bool executable = false;
    bool operator==(const BundleFile &) const = default;
};

/// The spec and the list of files of one version of a function: all that names it.
struct Manifest {
    FunctionSpec spec;
    std::vector<BundleFile> files; ///< In the order of their paths.
    bool operator==(const Manifest &) const = default;
};

/// The bundle's name: the digest of the manifest's canonical JSON (keys sorted, no white space).
/// Two bundles have one name exactly when their spec and every path, mode and content are equal.
[[nodiscard]] std::string bundleDigest(const Manifest &manifest);

[[nodiscard]] nlohmann::json toJson(const Manifest &manifest);
/// Also refuses paths that are absolute, empty, not normal or leave the bundle, and repeated ones.
[[nodiscard]] Result<Manifest> manifestFromJson(const nlohmann::json &json);

/// What leads from one manifest to another: in \c files of \c manifest only what is new or changed.
struct ManifestChange {
    Manifest manifest;
    std::vector<std::string> removed; ///< Paths.
};
[[nodiscard]] ManifestChange changeBetween(const Manifest &from, const Manifest &to);
/// The manifest that \a change leads to from \a from.
[[nodiscard]] Manifest applied(const ManifestChange &change, const Manifest &from);

/// The folder of a bundle in which packages lie that were taken for its machine; node_modules in it
/// for Node.js. No source has files there.
inline constexpr std::string_view packagesInBundle = ".edgewright/packages";
inline constexpr std::size_t mostBundleFiles = 50'000;
inline constexpr std::uint64_t mostBundleBytes = 4ull << 30;

/// Reads \a source (a folder, or one file) into a manifest. Hidden files and folders, __pycache__,
/// virtual environments, *.pyc and application files are left out; links are refused when they
/// point out of the folder. ErrorCode::SourceMissing when there is nothing; limits: 50,000 files, 4
/// GB.
[[nodiscard]] Result<Manifest> scanBundle(const FunctionSpec &spec,
                                          const std::filesystem::path &source);

/// Where the files of a bundle lie on this machine: \a source itself, or its folder when it is a
/// file.
[[nodiscard]] std::filesystem::path bundleRoot(const std::filesystem::path &source);

} // namespace runtime
