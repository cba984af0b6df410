#include "device-manager/core/terminalengine.h"

#include <algorithm>

namespace device {

namespace {

constexpr std::size_t historyLimit = 5000;
constexpr qsizetype titleLimit = 200;

TerminalColor colorFrom(const VTermColor &color)
{
    using Kind = TerminalColor::Kind;
    if (VTERM_COLOR_IS_DEFAULT_FG(&color) || VTERM_COLOR_IS_DEFAULT_BG(&color))
        return {};
    if (VTERM_COLOR_IS_INDEXED(&color))
        return {Kind::Indexed, color.indexed.idx, 0, 0};
    return {Kind::Rgb, color.rgb.red, color.rgb.green, color.rgb.blue};
}

VTermColor toVTerm(const TerminalColor &color, std::uint8_t isDefault)
{
    VTermColor made;
    if (color.kind == TerminalColor::Kind::Indexed)
        vterm_color_indexed(&made, color.red);
    else
        vterm_color_rgb(&made, color.red, color.green, color.blue);
    if (color.kind == TerminalColor::Kind::Default)
        made.type |= isDefault;
    return made;
}

bool isBlank(const TerminalCell &cell)
{
    return cell.chars[0] == 0 && cell.style == TerminalStyle{};
}

} // namespace

TerminalScreen::Engine::Engine(TerminalScreen &owner)
    : terminal(vterm_new(owner.m_rows, owner.m_columns)), screen(vterm_obtain_screen(terminal))
{
    vterm_set_utf8(terminal, 1);
    vterm_output_set_callback(
        terminal,
        [](const char *bytes, std::size_t size, void *user) {
            Q_EMIT static_cast<TerminalScreen *>(user)->output(QByteArray(bytes, qsizetype(size)));
        },
        &owner);
    callbacks.movecursor = onMoveCursor;
    callbacks.settermprop = onProperty;
    callbacks.sb_pushline = onPushLine;
    callbacks.sb_popline = onPopLine;
    vterm_screen_set_callbacks(screen, &callbacks, &owner);
    vterm_screen_enable_altscreen(screen, 1);
    vterm_screen_set_damage_merge(screen, VTERM_DAMAGE_SCROLL);
    vterm_screen_reset(screen, 1);
}

TerminalCell TerminalScreen::Engine::convert(const VTermScreenCell &cell)
{
    TerminalCell made;
    // The right half of a wide character has this instead of a character.
    constexpr std::uint32_t covered = std::uint32_t(-1);
    made.width = cell.chars[0] == covered ? 0 : std::uint8_t(cell.width);
    for (std::size_t i = 0; i < made.chars.size() && cell.chars[0] != covered; ++i) {
        if (cell.chars[i] == 0)
            break;
        made.chars[i] = cell.chars[i];
    }
    made.style = {colorFrom(cell.fg),     colorFrom(cell.bg),        cell.attrs.bold != 0,
                  cell.attrs.italic != 0, cell.attrs.underline != 0, cell.attrs.strike != 0,
                  cell.attrs.reverse != 0};
    return made;
}

void TerminalScreen::Engine::restore(const TerminalCell &from, VTermScreenCell &cell)
{
    cell = {};
    std::copy(from.chars.begin(), from.chars.end(), cell.chars);
    cell.width = char(std::max<int>(from.width, 1));
    cell.attrs.bold = from.style.bold;
    cell.attrs.italic = from.style.italic;
    cell.attrs.underline = from.style.underline ? VTERM_UNDERLINE_SINGLE : VTERM_UNDERLINE_OFF;
    cell.attrs.strike = from.style.strike;
    cell.attrs.reverse = from.style.reverse;
    cell.fg = toVTerm(from.style.foreground, VTERM_COLOR_DEFAULT_FG);
    cell.bg = toVTerm(from.style.background, VTERM_COLOR_DEFAULT_BG);
}

TerminalCell TerminalScreen::Engine::cellAt(int row, int column) const
{
    VTermScreenCell cell{};
    vterm_screen_get_cell(screen, {row, column}, &cell);
    return convert(cell);
}

int TerminalScreen::Engine::onMoveCursor(VTermPos to, VTermPos, int visible, void *user)
{
    auto *owner = static_cast<TerminalScreen *>(user);
    owner->m_cursor = {to.col, to.row};
    owner->m_cursorVisible = visible != 0;
    return 1;
}

int TerminalScreen::Engine::onProperty(VTermProp property, VTermValue *value, void *user)
{
    auto *owner = static_cast<TerminalScreen *>(user);
    switch (property) {
    case VTERM_PROP_CURSORVISIBLE: owner->m_cursorVisible = value->boolean != 0; return 1;
    case VTERM_PROP_ALTSCREEN: owner->m_alternate = value->boolean != 0; return 1;
    case VTERM_PROP_MOUSE: owner->m_mouse = value->number != VTERM_PROP_MOUSE_NONE; return 1;
    case VTERM_PROP_TITLE: owner->m_newTitle = QByteArray(value->string).left(titleLimit); return 1;
    default: return 0;
    }
}

int TerminalScreen::Engine::onPushLine(int columns, const VTermScreenCell *cells, void *user)
{
    Line line(std::size_t(columns), TerminalCell{});
    std::transform(cells, cells + columns, line.begin(), convert);
    while (!line.empty() && isBlank(line.back()))
        line.pop_back();
    static_cast<TerminalScreen *>(user)->keepLine(std::move(line));
    return 1;
}

int TerminalScreen::Engine::onPopLine(int columns, VTermScreenCell *cells, void *user)
{
    auto *owner = static_cast<TerminalScreen *>(user);
    if (owner->m_history.empty())
        return 0;
    Line line = std::move(owner->m_history.back());
    owner->m_history.pop_back();
    --owner->m_scrolled;
    line.resize(std::size_t(columns));
    for (std::size_t i = 0; i < line.size(); ++i)
        restore(line[i], cells[i]);
    return 1;
}

TerminalScreen::TerminalScreen(int columns, int rows, QObject *parent)
    : QObject(parent), m_columns(std::max(columns, 2)), m_rows(std::max(rows, 1))
{
    m_engine = std::make_unique<Engine>(*this);
}

TerminalScreen::~TerminalScreen() = default;

void TerminalScreen::write(const QByteArray &bytes)
{
    vterm_input_write(m_engine->terminal, bytes.constData(), std::size_t(bytes.size()));
    vterm_screen_flush_damage(m_engine->screen);
    if (const QString title = QString::fromUtf8(m_newTitle); title != m_title) {
        m_title = title;
        Q_EMIT titleChanged(m_title);
    }
    if (const int lines = std::exchange(m_scrolled, 0); lines > 0)
        Q_EMIT scrolledOut(lines);
    Q_EMIT changed();
}

void TerminalScreen::resize(int columns, int rows)
{
    columns = std::max(columns, 2);
    rows = std::max(rows, 1);
    if (columns == m_columns && rows == m_rows)
        return;
    m_columns = columns;
    m_rows = rows;
    vterm_set_size(m_engine->terminal, rows, columns);
    vterm_screen_flush_damage(m_engine->screen);
    m_scrolled = 0;
    m_cursor = {std::min(m_cursor.x(), columns - 1), std::min(m_cursor.y(), rows - 1)};
    Q_EMIT changed();
}

void TerminalScreen::keepLine(Line line)
{
    m_history.push_back(std::move(line));
    ++m_scrolled;
    if (m_history.size() > historyLimit)
        m_history.pop_front();
}

TerminalCell TerminalScreen::cell(int line, int column) const
{
    if (column < 0 || column >= m_columns || line >= m_rows || line < -history())
        return {};
    if (line >= 0)
        return m_engine->cellAt(line, column);
    const Line &kept = m_history[m_history.size() - std::size_t(-line)];
    return std::size_t(column) < kept.size() ? kept[std::size_t(column)] : TerminalCell{};
}

TerminalScreen::Line TerminalScreen::lineAt(int line) const
{
    Line cells;
    for (int column = 0; column < m_columns; ++column)
        cells.push_back(cell(line, column));
    while (!cells.empty() && cells.back().chars[0] == 0)
        cells.pop_back();
    return cells;
}

QString TerminalScreen::text(int fromLine, int fromColumn, int toLine, int toColumn) const
{
    QString text;
    for (int line = fromLine; line <= toLine; ++line) {
        const Line cells = lineAt(line);
        const int from = line == fromLine ? fromColumn : 0;
        const int to = std::min(int(cells.size()), line == toLine ? toColumn : m_columns);
        for (int column = from; column < to; ++column) {
            const TerminalCell &cell = cells[std::size_t(column)];
            if (cell.chars[0] == 0 && cell.width > 0)
                text += QLatin1Char(' ');
            for (const char32_t c : cell.chars)
                if (c != 0)
                    text += QString::fromUcs4(&c, 1);
        }
        if (line < toLine)
            text += QLatin1Char('\n');
    }
    return text;
}

} // namespace device
