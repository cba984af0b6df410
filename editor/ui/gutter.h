#pragma once

#include "editor/core/diagnostic.h"
#include "editor/ui/breakpointmarks.h"
#include "editor/ui/editortheme.h"

#include <QHash>
#include <QPoint>

class QPainter;
class QsciScintilla;

namespace editor {

/// The strip at the left of the text: breakpoints, the worst diagnostic of a line, its number, and
/// folding. Drawn here and not by Scintilla's margins, so that it is crisp at every scale.
class Gutter final
{
public:
    static constexpr int breakpointMarker = 0;
    static constexpr int executionMarker = 1;

    enum class Zone { None, Breakpoints, Numbers, Folds };
    struct Place {
        Zone zone = Zone::None;
        int line = 0; ///< Counts from 1; 0 below the last line.
    };

    Gutter(QsciScintilla &text, const BreakpointMarks &breakpoints);

    void setTheme(const EditorTheme &theme);
    void setSeverities(const QHash<int, Diagnostic::Severity> &byLine);
    void setExecutionLine(int line); ///< 0: none.
    [[nodiscard]] int executionLine() const;
    void setHover(const Place &place);

    /// Makes the strip as wide as the numbers need at the present zoom.
    void updateWidth();
    [[nodiscard]] int width() const { return m_width; }
    [[nodiscard]] Place placeAt(const QPoint &point) const;
    void paint(QPainter &painter);

private:
    [[nodiscard]] QFont numberFont() const;
    void paintLine(QPainter &painter, int line, const QRect &row);
    void paintBreakpoint(QPainter &painter, const QRectF &cell, const Breakpoint *breakpoint,
                         bool hovered) const;
    void paintArrow(QPainter &painter, const QRectF &cell, bool onBreakpoint) const;
    void paintFold(QPainter &painter, int line, const QRectF &cell) const;

    QsciScintilla &m_text;
    const BreakpointMarks &m_breakpoints;
    EditorTheme m_theme;
    QHash<int, Diagnostic::Severity> m_severities;
    int m_executionHandle = -1;
    Place m_hover;
    int m_width = 0;
    int m_numbersWidth = 0;
};

} // namespace editor
