#pragma once

#include "runtime-bridge/protocol/messages.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace runtime {

/// What a worker needs to know of the version it loads.
struct WorkerTask {
    FunctionSpec spec;
    std::string bundle;
    std::uint64_t version = 0;
    std::filesystem::path root; ///< Where the files lie.
    bool linked = false;        ///< They are the user's own, and change.
    std::optional<DebugRequest> debug;
    std::filesystem::path packages; ///< See Dependencies; empty: none but its own.
};

} // namespace runtime
