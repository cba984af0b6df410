#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runtime {

/// The word of \a known that \a word was most likely meant to be, by edit distance (Levenshtein);
/// nothing when none is near.
[[nodiscard]] std::optional<std::string> closestWord(std::string_view word,
                                                     std::span<const std::string_view> known);

} // namespace runtime
