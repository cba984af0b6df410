#include "runtime-bridge/base/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace runtime {

namespace {

std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t corner = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
            corner = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row.back();
}

} // namespace

std::optional<std::string> closestWord(std::string_view word,
                                       std::span<const std::string_view> known)
{
    const auto best = std::ranges::min_element(
        known, {}, [&](std::string_view candidate) { return editDistance(word, candidate); });
    if (best == known.end() || editDistance(word, *best) > 1 + word.size() / 3)
        return std::nullopt;
    return std::string(*best);
}

} // namespace runtime
