#pragma once

#include "device-manager/core/terminalscreen.h"

#include <vterm.h>

namespace device {

/// libvterm's terminal and its callbacks, for the files of TerminalScreen alone.
struct TerminalScreen::Engine {
    explicit Engine(TerminalScreen &owner);
    ~Engine() { vterm_free(terminal); }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    [[nodiscard]] TerminalCell cellAt(int row, int column) const;

    static TerminalCell convert(const VTermScreenCell &cell);
    static void restore(const TerminalCell &from, VTermScreenCell &cell);
    static int onMoveCursor(VTermPos to, VTermPos from, int visible, void *user);
    static int onProperty(VTermProp property, VTermValue *value, void *user);
    static int onPushLine(int columns, const VTermScreenCell *cells, void *user);
    static int onPopLine(int columns, VTermScreenCell *cells, void *user);

    VTerm *terminal;
    VTermScreen *screen;
    VTermScreenCallbacks callbacks{};
};

} // namespace device
