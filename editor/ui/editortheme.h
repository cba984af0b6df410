#pragma once

#include <QColor>
#include <QFont>
#include <QString>

namespace editor {

/// Every colour and font of the editor. The application fills it from its own table; the values
/// here are sensible by themselves. Text has a contrast of at least 4.5:1 on \c surface.
struct EditorTheme {
    // the window around the text
    QColor surface, panel, raised, line;
    QColor text, quiet, disabled;
    QColor accent, onAccent, selection;
    QColor good, warn, bad, info;

    // the text
    QColor keyword, string, number, comment, function, decorator, key;
    QColor currentLine;   ///< Behind the line of the cursor.
    QColor executionLine; ///< Behind the line where the debugger stands.
    QColor match;         ///< Behind what a search found.
    QColor guide;         ///< Indentation guides.
    QColor lineNumber;    ///< 3:1 is enough: they are marks, not text to read.
    QColor breakpoint, executionMark;

    QFont font; ///< Fixed width.

    [[nodiscard]] static EditorTheme light();
    [[nodiscard]] static EditorTheme dark();
    /// JetBrains Mono, Cascadia Mono or the system's fixed font at 10.5 points, without ligatures.
    [[nodiscard]] static QFont codeFont();

    /// For the bars and tabs of the editor.
    [[nodiscard]] QString styleSheet() const;
};

} // namespace editor
