#pragma once

#include <QString>

namespace editor {

/// A family that looks like \a family and joins no characters: "!=" stays two signs.
///
/// Scintilla chooses fonts by family alone, so what joins is taken out of a copy of the font that
/// lives in memory under a name of its own. Where that is not possible the answer is \a family.
[[nodiscard]] QString familyWithoutLigatures(const QString &family);

} // namespace editor
