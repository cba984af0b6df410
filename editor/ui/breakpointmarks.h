#pragma once

#include "editor/core/breakpoint.h"

#include <QList>

class QsciScintilla;

namespace editor {

/// The breakpoints of one text. Each holds on to its line while text is edited above it, and goes
/// with its line when that is deleted whole.
class BreakpointMarks final
{
public:
    explicit BreakpointMarks(QsciScintilla &text);

    void set(const QList<Breakpoint> &breakpoints);
    [[nodiscard]] QList<Breakpoint> all() const; ///< By line; at most one each.
    [[nodiscard]] const Breakpoint *at(int line) const;
    void toggle(int line);
    /// Puts \a breakpoint on its line, in place of one that is there.
    void put(const Breakpoint &breakpoint);
    void remove(int line);

    /// To be called before bytes \a begin to \a end are deleted.
    void aboutToDelete(int begin, int end);
    /// Brings the lines up to date after an edit; whether one changed.
    bool follow();

private:
    struct Mark {
        int handle;
        Breakpoint breakpoint;
    };

    void add(const Breakpoint &breakpoint);

    QsciScintilla &m_text;
    QList<Mark> m_marks;
};

} // namespace editor
