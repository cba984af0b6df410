#pragma once

#include <filesystem>

namespace runtime {

/// Where everything that Edgewright remembers on this machine lies: $EDGEWRIGHT_STATE, else
/// $XDG_STATE_HOME/edgewright, else ~/.local/state/edgewright. docs/state-folder.md lists what is
/// in it.
[[nodiscard]] std::filesystem::path stateFolder();

/// The folder of this computer's runtime inside the state folder.
[[nodiscard]] std::filesystem::path localRuntimeFolder();

/// The management socket of the runtime whose folder is \a runtimeFolder.
[[nodiscard]] std::filesystem::path runtimeSocket(const std::filesystem::path &runtimeFolder);

} // namespace runtime
