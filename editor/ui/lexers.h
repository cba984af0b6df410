#pragma once

#include "editor/core/language.h"
#include "editor/ui/editortheme.h"

class QObject;
class QsciLexer;

namespace editor {

/// A lexer that colours \a language; null for plain text. \a parent owns it.
[[nodiscard]] QsciLexer *createLexer(Language language, QObject *parent);

/// Gives every style of \a lexer its colour and font.
void colour(QsciLexer &lexer, Language language, const EditorTheme &theme);

} // namespace editor
