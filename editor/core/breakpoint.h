#pragma once

#include <QMetaType>
#include <QString>

namespace editor {

/// A place where a debugger is asked to stop. Lines count from 1.
struct Breakpoint {
    /// What the debugger said about it.
    enum class State {
        Set,      ///< Nobody debugs, or no answer yet.
        Verified, ///< Bound to code.
        Unbound,  ///< Cannot stop there; \c reason says why.
    };

    int line = 1;
    bool enabled = true;
    QString condition;    ///< Expression; empty: always.
    QString hitCondition; ///< ">= 5", "% 10"; empty: every time.
    QString logMessage;   ///< Not empty: writes this instead of stopping, {expressions} filled in.
    State state = State::Set;
    QString reason;

    bool operator==(const Breakpoint &) const = default;
};

} // namespace editor

Q_DECLARE_METATYPE(editor::Breakpoint)
