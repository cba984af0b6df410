#pragma once

#include <QColor>

#include <array>

namespace device {

/// The colours of charts and panels, given by the window.
struct WatchColors {
    QColor surface, panel, line, text, quiet, accent, warn, bad;
    std::array<QColor, 8> versions; ///< One after the other for each version of a function.
};

} // namespace device
