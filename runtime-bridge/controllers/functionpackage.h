#pragma once

#include "runtime-bridge/controllers/controller.h"

#include <string>
#include <vector>

namespace runtime {

/// A function as OpenWhisk takes it.
struct FunctionPackage {
    FunctionSpec spec;
    std::string bundle; ///< Digest of the function's bundle, as everywhere.
    std::string digest; ///< Of everything that is sent: changes when the adapter does, too.
    std::string kind;   ///< "python:3"
    std::string zip;    ///< The function's files below function/, the adapter above them.
    std::vector<PortabilityFinding> findings;
};

/// Reads and packs \a function. The same files and settings give the same bytes. Takes its time
/// with large ones: not for the thread of a window.
[[nodiscard]] Result<FunctionPackage> createPackage(const ApplicationFunction &function);

/// Names, in results and events, of what OpenWhisk's dictionaries cannot hold themselves.
inline constexpr const char *wrappedEvent = "edgewright-event";
inline constexpr const char *wrappedValue = "edgewright-value";

} // namespace runtime
