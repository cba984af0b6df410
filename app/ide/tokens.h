#pragma once

#include <QColor>

#include <array>

namespace app {

/// Every colour of the window, by what it means. Nothing else in the program names a colour.
struct Tokens {
    QColor surface, panel, raised;
    QColor line;
    QColor text, quiet, disabled;
    QColor accent, onAccent;
    QColor selection;
    QColor good, warn, bad, info;
    std::array<QColor, 8> series; ///< Apart for colour-blind eyes.
    bool dark = false;
};

[[nodiscard]] const Tokens &lightTokens();
[[nodiscard]] const Tokens &darkTokens();

/// Distances of the window, in device independent pixels.
namespace space {
inline constexpr int xs = 4, s = 8, m = 12, l = 16, xl = 24;
inline constexpr int control = 28; ///< Height of buttons and fields.
inline constexpr int row = 22;     ///< Height of a tree's row.
inline constexpr int radius = 6;
} // namespace space

} // namespace app
