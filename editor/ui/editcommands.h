#pragma once

#include <QString>

class QsciScintilla;

namespace editor {

class BreakpointMarks;

// What one order does to the text of an editor, each as one step of undo.

/// Puts \a prefix before the selected lines, or takes it away when all of them have it.
void toggleComment(QsciScintilla &text, const QString &prefix);
/// The selection, or the line where there is none.
void duplicate(QsciScintilla &text);
/// The selected lines change place with the one above or below; breakpoints go along.
void moveLines(QsciScintilla &text, BreakpointMarks &breakpoints, bool up);
void deleteLines(QsciScintilla &text);
/// Selects the word at the cursor; where something is selected, its next occurrence as well.
void selectNextOccurrence(QsciScintilla &text);
void selectAllOccurrences(QsciScintilla &text);

/// Makes the text of the editor \a wanted by changing only what differs, so that cursor, folds and
/// scroll position stay where they are. One step of undo.
void replaceText(QsciScintilla &text, BreakpointMarks &breakpoints, const QString &wanted);

} // namespace editor
