#pragma once

#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <string>
#include <vector>

namespace app {

/// How the user wants a source to be read, where it does not say so itself.
struct SourceWishes {
    std::string dialect;
    std::string handler;
};

/// What \a what means: a function of the application in the current folder, or a source file or
/// folder with no application file. A file that is the source of a declared function means that
/// function, with its environment and limits.
[[nodiscard]] runtime::Result<runtime::ApplicationFunction>
chooseFunction(const std::string &what, const SourceWishes &wishes);

/// The functions of the application in the current folder with these names; all when there are
/// none.
[[nodiscard]] runtime::Result<std::vector<runtime::ApplicationFunction>>
chooseFunctions(const std::vector<std::string> &names);

/// The request that makes this computer's runtime serve \a function from the user's own folder for
/// as long as the connection lasts.
[[nodiscard]] runtime::Result<runtime::PutRequest>
localPut(const runtime::ApplicationFunction &function, bool armed);

/// JSON text from --event: JSON, "@FILE", or "-" for standard input. ErrorCode::EventInvalid when
/// it is none; Cancelled when an interrupt ended the reading.
[[nodiscard]] runtime::Result<std::string> readEvent(const std::string &given);

} // namespace app
