#pragma once

#include "runtime-bridge/base/error.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace runtime {

/// Where the time of a function went, by samples of its workers.
struct Profile {
    std::string function;
    int workers = 0; ///< That told their samples …
    int silent = 0;  ///< … and that did not in time.
    /// Samples by stack, as flame graphs have them: frames "name file:line" with ';' between them,
    /// innermost last.
    std::map<std::string, std::uint64_t> stacks;
};

/// A line of the function's own files, with the samples that were in it or in what it called.
struct ProfileLine {
    std::string place; ///< "main.py:7"
    std::string function;
    std::uint64_t samples = 0;
};

[[nodiscard]] std::uint64_t samplesOf(const Profile &profile);

/// Each sample counts for the innermost line of the function's own; most first.
[[nodiscard]] std::vector<ProfileLine> linesOf(const Profile &profile);

[[nodiscard]] nlohmann::json toJson(const Profile &profile);
template<typename T> [[nodiscard]] Result<T> fromJson(const nlohmann::json &json);
template<> [[nodiscard]] Result<Profile> fromJson<Profile>(const nlohmann::json &json);

} // namespace runtime
