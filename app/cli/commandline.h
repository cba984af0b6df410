#pragma once

#include "app/cli/command.h"

#include <optional>

namespace app {

/// What stands on the command line.
struct CommandLine {
    CreateCommand create;
    bool json = false;
    std::optional<Exit> exit; ///< All is said already: help was asked for, or it was wrong.
};

/// Reads it. Help goes to standard output, a wrong use with its remedy to standard error.
[[nodiscard]] CommandLine readCommandLine(int argc, char **argv);

} // namespace app
