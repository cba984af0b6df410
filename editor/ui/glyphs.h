#pragma once

#include <QIcon>

namespace editor {

/// The few small signs of the editor's bars, drawn as lines in any colour and at any scale.
enum class Glyph { Close, Up, Down, Right, Expanded, Warning, Removed };

/// 16 × 16; \a disabled is used for disabled buttons.
[[nodiscard]] QIcon glyphIcon(Glyph glyph, const QColor &color, const QColor &disabled);

} // namespace editor
