#pragma once

#include "editor/core/diagnostic.h"
#include "editor/ui/editortheme.h"

#include <QHash>
#include <QList>

class QPainter;
class QsciScintilla;

namespace editor {

/// What is written on the text without being part of it: diagnostics under the words they are
/// about, values at the ends of lines while debugging, and the dots of folded lines.
class LineNotes final
{
public:
    static constexpr int matchIndicator = 8;
    static constexpr int firstDiagnosticIndicator = 9; ///< And the next two, by severity.

    explicit LineNotes(QsciScintilla &text);

    void setTheme(const EditorTheme &theme);
    void setDiagnostics(const QList<Diagnostic> &diagnostics);
    [[nodiscard]] const QList<Diagnostic> &diagnostics() const { return m_diagnostics; }
    [[nodiscard]] QHash<int, Diagnostic::Severity> severities() const; ///< The worst of each line.
    [[nodiscard]] QString messagesOf(int line) const;
    /// Of the diagnostics whose range has the byte \a position; empty: none.
    [[nodiscard]] QString messagesAt(int position) const;

    void setValues(const QHash<int, QString> &byLine);
    void paint(QPainter &painter, int left);

private:
    struct Range {
        int begin;
        int end;
    };
    [[nodiscard]] Range rangeOf(const Diagnostic &diagnostic) const;

    QsciScintilla &m_text;
    EditorTheme m_theme;
    QList<Diagnostic> m_diagnostics;
    QHash<int, QString> m_values;
};

} // namespace editor
