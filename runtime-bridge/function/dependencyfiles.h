#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace runtime {

/// The files that say which packages a function needs.
struct DependencyFiles {
    std::filesystem::path folder;             ///< Where they lie.
    std::vector<std::filesystem::path> files; ///< The one that asks first, then what it refers to.
    std::string contents;                     ///< Of all, for a digest.
    /// Packages that the application has itself: its node_modules, or the site-packages of its
    /// virtual environment. Nothing has to be installed here then.
    std::filesystem::path installed;
};

/// Those of a function of \a runtime ("python3", "nodejs") whose files lie in \a root. Folders
/// above are looked at up to the one that holds the application file. Nothing when it asks for
/// nothing.
[[nodiscard]] std::optional<DependencyFiles> findDependencyFiles(const std::filesystem::path &root,
                                                                 const std::string &runtime);

} // namespace runtime
