#pragma once

#include <string>

namespace runtime {

/// Something wrong in a file, at a place that an editor can show.
struct Problem {
    std::string file;
    int line = 0;   ///< From 1; 0: the file as a whole.
    int column = 0; ///< From 1.
    bool warning = false;
    std::string message;
    bool operator==(const Problem &) const = default;
};

} // namespace runtime
