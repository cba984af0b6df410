#include "device-manager/core/terminalengine.h"

// What a terminal sends for keys, pastes and the mouse.
namespace device {

namespace {

VTermModifier modifierFrom(Qt::KeyboardModifiers modifiers)
{
    int made = VTERM_MOD_NONE;
    if (modifiers & Qt::ShiftModifier)
        made |= VTERM_MOD_SHIFT;
    if (modifiers & Qt::AltModifier)
        made |= VTERM_MOD_ALT;
    if (modifiers & Qt::ControlModifier)
        made |= VTERM_MOD_CTRL;
    return VTermModifier(made);
}

VTermKey keyFrom(int key)
{
    switch (key) {
    case Qt::Key_Return:
    case Qt::Key_Enter: return VTERM_KEY_ENTER;
    case Qt::Key_Tab:
    case Qt::Key_Backtab: return VTERM_KEY_TAB;
    case Qt::Key_Backspace: return VTERM_KEY_BACKSPACE;
    case Qt::Key_Escape: return VTERM_KEY_ESCAPE;
    case Qt::Key_Up: return VTERM_KEY_UP;
    case Qt::Key_Down: return VTERM_KEY_DOWN;
    case Qt::Key_Left: return VTERM_KEY_LEFT;
    case Qt::Key_Right: return VTERM_KEY_RIGHT;
    case Qt::Key_Insert: return VTERM_KEY_INS;
    case Qt::Key_Delete: return VTERM_KEY_DEL;
    case Qt::Key_Home: return VTERM_KEY_HOME;
    case Qt::Key_End: return VTERM_KEY_END;
    case Qt::Key_PageUp: return VTERM_KEY_PAGEUP;
    case Qt::Key_PageDown: return VTERM_KEY_PAGEDOWN;
    default: break;
    }
    if (key >= Qt::Key_F1 && key <= Qt::Key_F12)
        return VTermKey(VTERM_KEY_FUNCTION(1 + key - Qt::Key_F1));
    return VTERM_KEY_NONE;
}

} // namespace

bool TerminalScreen::pressSpecial(int key, Qt::KeyboardModifiers modifiers)
{
    const VTermKey special = keyFrom(key);
    if (special == VTERM_KEY_NONE)
        return false;
    // Shells do not know the newer codes of these keys with Ctrl or Shift.
    if (special == VTERM_KEY_ENTER || special == VTERM_KEY_BACKSPACE || special == VTERM_KEY_ESCAPE)
        modifiers &= Qt::AltModifier;
    if (key == Qt::Key_Backtab)
        modifiers |= Qt::ShiftModifier;
    vterm_keyboard_key(m_engine->terminal, special, modifierFrom(modifiers));
    return true;
}

bool TerminalScreen::press(int key, Qt::KeyboardModifiers modifiers, const QString &text)
{
    if (pressSpecial(key, modifiers))
        return true;
    if (text.isEmpty())
        return false;
    // With Ctrl, Qt's text is the control character already.
    QByteArray bytes = text.toUtf8();
    if (modifiers & Qt::AltModifier)
        bytes.prepend('\x1b');
    Q_EMIT output(bytes);
    return true;
}

void TerminalScreen::paste(const QString &text)
{
    // A control character could end the paste early and give a command of its own.
    QString clean;
    for (const QChar c : QString(text).replace(QLatin1String("\r\n"), QLatin1String("\n"))) {
        if (c == QLatin1Char('\n'))
            clean += QLatin1Char('\r');
        else if (c == QLatin1Char('\t') ||
                 (c.unicode() >= 0x20 && !(c.unicode() >= 0x7f && c.unicode() < 0xa0)))
            clean += c;
    }
    if (clean.isEmpty())
        return;
    vterm_keyboard_start_paste(m_engine->terminal);
    Q_EMIT output(clean.toUtf8());
    vterm_keyboard_end_paste(m_engine->terminal);
}

void TerminalScreen::pressMouse(int line, int column, int button, bool pressed)
{
    vterm_mouse_move(m_engine->terminal, line, column, VTERM_MOD_NONE);
    vterm_mouse_button(m_engine->terminal, button, pressed, VTERM_MOD_NONE);
}

} // namespace device
