#pragma once

#include "editor/core/breakpoint.h"
#include "editor/core/diagnostic.h"
#include "editor/core/language.h"
#include "editor/core/textfile.h"
#include "editor/core/textsearch.h"
#include "editor/ui/editortheme.h"
#include "editor/ui/qsci.h"

#include <QHash>

#include <memory>

namespace editor {

class BreakpointMarks;
class Gutter;
class LineNotes;

/// The text of one file: shows it, colours it, changes it. Reads and writes nothing.
///
/// Lines and columns count from 1, columns in UTF-16 code units. What the user can do to the text
/// are the widget's actions(), each with an object name and a shortcut of its own.
class CodeEditor final : public QsciScintilla
{
    Q_OBJECT

public:
    explicit CodeEditor(QWidget *parent = nullptr);
    ~CodeEditor() override;

    void setTheme(const EditorTheme &theme);
    [[nodiscard]] const EditorTheme &theme() const { return m_theme; }
    void setLanguage(Language language);
    [[nodiscard]] Language language() const { return m_language; }

    /// Shows a new text, unmodified and with nothing to undo.
    void load(const QString &text, LineEnd lineEnd);
    /// Makes the text \a wanted as one step of undo; cursor and breakpoints stay with their lines.
    void replaceAll(const QString &wanted);

    [[nodiscard]] int cursorLine() const;
    [[nodiscard]] int cursorColumn() const;
    void goTo(int line, int column = 1); ///< Unfolds the line and brings it into view.
    [[nodiscard]] int firstShownLine() const;
    void setFirstShownLine(int line);

    // debugging
    void setBreakpoints(const QList<Breakpoint> &breakpoints);
    [[nodiscard]] QList<Breakpoint> breakpoints() const;
    void toggleBreakpoint(int line);
    void putBreakpoint(const Breakpoint &breakpoint);
    void removeBreakpoint(int line);
    /// What a debugger says about a breakpoint: no change by the user, so no signal.
    void setBreakpointState(int line, Breakpoint::State state, const QString &reason);
    void setExecutionLine(int line); ///< 0: none.
    [[nodiscard]] int executionLine() const;
    /// Text after the ends of lines, "lux = 213.4". Empty: none.
    void setInlineValues(const QHash<int, QString> &byLine);
    /// The answer to expressionHovered(); ignored when the pointer has moved on.
    void showHover(const QString &expression, const QString &text);

    void setDiagnostics(const QList<Diagnostic> &diagnostics);
    [[nodiscard]] const QList<Diagnostic> &diagnostics() const;

    // searching
    void showMatches(const QList<TextMatch> &matches);
    /// The one of them that is selected looks like the selection; an empty one: none.
    void showCurrentMatch(const TextMatch &match);
    void select(const TextMatch &match);
    [[nodiscard]] TextMatch selection() const; ///< Empty at the cursor where nothing is selected.
    /// Puts each text in place of its match; matches in order. One step of undo.
    void replaceMatches(const QList<std::pair<TextMatch, QString>> &replacements);

    [[nodiscard]] int cursorCount() const;
    void setZoom(int zoom); ///< Points added to the font of the theme.
    [[nodiscard]] int zoom() const;

Q_SIGNALS:
    void cursorMoved(int line, int column);
    void breakpointsChanged();
    /// The user wants to say what the breakpoint on \a line does: a click with the right button,
    /// or Shift+F9.
    void breakpointEditRequested(int line, const QPoint &globalPosition);
    /// The pointer rests on a name, "event.lux".
    void expressionHovered(const QString &expression);
    void zoomChanged(int zoom);
    void escapePressed();

protected:
    bool viewportEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void setUp();
    void createActions();
    void applyTheme();
    void tintCursorLine();
    void matchBraces();
    void applyIndentation();
    void clearConflictingKeys();
    void onModified(int position, int kind, int length, int linesAdded);
    void showTip(const QPoint &at, const QPoint &global);
    [[nodiscard]] QString expressionAt(const QPoint &at) const;

    EditorTheme m_theme;
    Language m_language = Language::Plain;
    std::unique_ptr<BreakpointMarks> m_breakpoints;
    std::unique_ptr<Gutter> m_gutter;
    std::unique_ptr<LineNotes> m_notes;
    bool m_replacing = false;           ///< Breakpoints are placed by whoever replaces.
    std::pair<int, int> m_currentMatch; ///< Bytes.
    QString m_hovered;
    QPoint m_hoveredAt;
};

} // namespace editor
