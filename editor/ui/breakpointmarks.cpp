#include "editor/ui/breakpointmarks.h"

#include "editor/ui/gutter.h"
#include "editor/ui/qsci.h"

#include <algorithm>

namespace editor {

BreakpointMarks::BreakpointMarks(QsciScintilla &text) : m_text(text)
{
    m_text.markerDefine(QsciScintilla::Invisible, Gutter::breakpointMarker); // the gutter draws
}

void BreakpointMarks::set(const QList<Breakpoint> &breakpoints)
{
    m_text.markerDeleteAll(Gutter::breakpointMarker);
    m_marks.clear();
    for (const Breakpoint &breakpoint : breakpoints)
        put(breakpoint);
}

QList<Breakpoint> BreakpointMarks::all() const
{
    QList<Breakpoint> breakpoints;
    for (const Mark &mark : m_marks)
        breakpoints.append(mark.breakpoint);
    std::ranges::sort(breakpoints, {}, &Breakpoint::line);
    return breakpoints;
}

const Breakpoint *BreakpointMarks::at(int line) const
{
    const auto it =
        std::ranges::find(m_marks, line, [](const Mark &mark) { return mark.breakpoint.line; });
    return it == m_marks.end() ? nullptr : &it->breakpoint;
}

void BreakpointMarks::toggle(int line)
{
    if (at(line)) {
        remove(line);
    } else {
        Breakpoint breakpoint;
        breakpoint.line = line;
        add(breakpoint);
    }
}

void BreakpointMarks::put(const Breakpoint &breakpoint)
{
    remove(breakpoint.line);
    add(breakpoint);
}

void BreakpointMarks::remove(int line)
{
    m_marks.removeIf([&](const Mark &mark) {
        const bool gone = mark.breakpoint.line == line;
        if (gone)
            m_text.markerDeleteHandle(mark.handle);
        return gone;
    });
}

void BreakpointMarks::aboutToDelete(int begin, int end)
{
    m_marks.removeIf([&](const Mark &mark) {
        const int line = m_text.markerLine(mark.handle);
        const bool whole = line + 1 < m_text.lines() &&
                           m_text.positionFromLineIndex(line, 0) >= begin &&
                           m_text.positionFromLineIndex(line + 1, 0) <= end;
        if (whole)
            m_text.markerDeleteHandle(mark.handle);
        return whole;
    });
}

bool BreakpointMarks::follow()
{
    bool changed = false;
    for (Mark &mark : m_marks) {
        const int line = m_text.markerLine(mark.handle) + 1;
        changed = changed || line != mark.breakpoint.line;
        mark.breakpoint.line = line;
    }
    // Two lines that were joined have one.
    for (qsizetype i = m_marks.size(); i-- > 0;) {
        const int line = m_marks[i].breakpoint.line;
        const bool doubled = std::any_of(m_marks.begin(), m_marks.begin() + i,
                                         [&](const Mark &m) { return m.breakpoint.line == line; });
        if (doubled || line < 1) {
            m_text.markerDeleteHandle(m_marks[i].handle);
            m_marks.removeAt(i);
        }
    }
    return changed;
}

void BreakpointMarks::add(const Breakpoint &breakpoint)
{
    Breakpoint placed = breakpoint;
    placed.line = std::clamp(placed.line, 1, std::max(1, m_text.lines()));
    const int handle = m_text.markerAdd(placed.line - 1, Gutter::breakpointMarker);
    m_marks.append({handle, placed});
}

} // namespace editor
