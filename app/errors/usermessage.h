#pragma once

#include "runtime-bridge/base/error.h"

#include <QString>

namespace app {

/// The words for one Error. Empty title: nothing to show (the user cancelled).
struct UserMessage {
    QString title;   ///< The event: Cannot reach "porch-pi" (no full stop).
    QString text;    ///< Why, and what to do. Full sentences.
    QString action;  ///< Button that does what the text advises, or empty.
    QString details; ///< Wire name and raw evidence, shown folded, copied by "Copy Details".
};

/// The words for \a error in the language of the installed translator. Never empty but for
/// ErrorCode::Cancelled. To give a new code its words, add a row to the table in the .cpp.
[[nodiscard]] UserMessage describe(const runtime::Error &error);

/// Title, text and details as plain lines, for a terminal or a log; empty when nothing is to be
/// shown.
[[nodiscard]] QString toPlainText(const UserMessage &message);

} // namespace app
