#pragma once

#include <QString>

namespace editor {

enum class Language { Plain, Python, JavaScript, Json, Yaml };

/// The language of a file, by its name alone.
[[nodiscard]] Language languageOf(const QString &path);

/// For the status bar: "Python". Not translated: these are names.
[[nodiscard]] QString nameOf(Language language);

/// Spaces of one indentation step.
[[nodiscard]] int indentOf(Language language);

/// What starts a comment to the end of the line; empty where the language has none.
[[nodiscard]] QString lineCommentOf(Language language);

} // namespace editor
