#pragma once

#include "runtime-bridge/function/trigger.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace YAML {
class Node;
}

namespace runtime {

/// Notes what is wrong at a place of the file.
using NoteProblem = std::function<void(const YAML::Node &place, std::string message)>;

/// One item of an application file's "triggers": "timer: {every: 100ms}". Nothing when it cannot be
/// used; everything that is wrong with it was noted by then.
/// Paths in it are of \a folder.
[[nodiscard]] std::optional<Trigger>
readTrigger(const YAML::Node &item, const std::filesystem::path &folder, const NoteProblem &note);

/// "{attempts: 3, backoff: 1s}"
[[nodiscard]] Retry readRetry(const YAML::Node &node, const NoteProblem &note);

} // namespace runtime
