#include "device-manager/ui/terminalview.h"

#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace device {

namespace {

constexpr double leastContrast = 3;

/// Of xterm's 256 colours, those behind the first 16: a cube of 6 × 6 × 6, then 24 greys.
QColor extendedColor(int index)
{
    if (index >= 232) {
        const int grey = 8 + (index - 232) * 10;
        return {grey, grey, grey};
    }
    const auto part = [](int step) { return step == 0 ? 0 : 55 + 40 * step; };
    const int cube = index - 16;
    return {part(cube / 36), part(cube / 6 % 6), part(cube % 6)};
}

/// Relative luminance of WCAG 2, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance
double luminanceOf(const QColor &color)
{
    const auto linear = [](double part) {
        return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

double contrastOf(const QColor &one, const QColor &other)
{
    const double first = luminanceOf(one) + 0.05;
    const double second = luminanceOf(other) + 0.05;
    return std::max(first, second) / std::min(first, second);
}

QString textOf(const TerminalCell &cell)
{
    QString text;
    for (const char32_t c : cell.chars)
        if (c != 0)
            text += QString::fromUcs4(&c, 1);
    return text;
}

} // namespace

QColor TerminalView::colorOf(const TerminalColor &color, const QColor &otherwise) const
{
    switch (color.kind) {
    case TerminalColor::Kind::Default: return otherwise;
    case TerminalColor::Kind::Indexed:
        return color.red < 16 ? m_colors.palette[color.red] : extendedColor(color.red);
    case TerminalColor::Kind::Rgb: return {color.red, color.green, color.blue};
    }
    return otherwise;
}

QRectF TerminalView::cellRect(int line, int column, int cells) const
{
    return {m_origin.x() + column * m_cell.width(),
            m_origin.y() + (line - topLine()) * m_cell.height(), cells * m_cell.width(),
            m_cell.height()};
}

bool TerminalView::isSelected(Place place) const
{
    const auto [from, to] = std::minmax(m_anchor, m_end);
    return from <= place && place < to;
}

void TerminalView::paintEvent(QPaintEvent *event)
{
    QPainter painter(viewport());
    painter.fillRect(event->rect(), m_colors.surface);
    painter.setFont(font());
    const int top = topLine();
    for (int line = top; line < top + m_screen->rows(); ++line)
        if (event->rect().intersects(cellRect(line, 0, m_screen->columns()).toAlignedRect()))
            paintLine(painter, line);
    paintCursor(painter);
}

/// Cells of one style are drawn together, so far as their characters are as wide as the cells for
/// certain.
void TerminalView::paintLine(QPainter &painter, int line) const
{
    int begin = 0;
    int cells = 0;
    QString text;
    TerminalStyle style;
    bool isMarked = false;
    const auto flush = [&] {
        if (cells > 0)
            paintRun(painter, line, begin, cells, text, style, isMarked);
        cells = 0;
        text.clear();
    };
    for (int column = 0; column < m_screen->columns(); ++column) {
        const TerminalCell cell = m_screen->cell(line, column);
        if (cell.width == 0)
            continue;
        const bool isHere = isSelected({line, column});
        const bool isPlain = cell.chars[0] < 0x7f && cell.chars[1] == 0;
        if (cells > 0 && (!isPlain || cell.style != style || isHere != isMarked))
            flush();
        if (cells == 0) {
            begin = column;
            style = cell.style;
            isMarked = isHere;
        }
        text += cell.chars[0] == 0 ? QStringLiteral(" ") : textOf(cell);
        cells += cell.width;
        if (!isPlain)
            flush();
    }
    flush();
}

void TerminalView::paintRun(QPainter &painter, int line, int column, int cells, const QString &text,
                            const TerminalStyle &style, bool selected) const
{
    const QRectF box = cellRect(line, column, cells);
    QColor foreground = colorOf(style.foreground, m_colors.text);
    QColor background = colorOf(style.background, m_colors.surface);
    if (style.reverse)
        std::swap(foreground, background);
    if (selected) {
        background = m_colors.selection;
        foreground = m_colors.text;
    }
    // Programs choose pairs for another surface than this: what could not be read gives way.
    if (contrastOf(foreground, background) < leastContrast)
        foreground =
            contrastOf(m_colors.text, background) > contrastOf(m_colors.surface, background)
                ? m_colors.text
                : m_colors.surface;
    if (background != m_colors.surface)
        painter.fillRect(box, background);
    if (text.trimmed().isEmpty() && !style.underline && !style.strike)
        return;
    QFont font = this->font();
    font.setBold(style.bold);
    font.setItalic(style.italic);
    font.setUnderline(style.underline);
    font.setStrikeOut(style.strike);
    painter.setFont(font);
    painter.setPen(foreground);
    painter.drawText(QPointF(box.left(), box.top() + m_ascent), text);
}

void TerminalView::paintCursor(QPainter &painter) const
{
    if (!m_screen->isCursorVisible())
        return;
    const QPoint at = m_screen->cursor();
    const TerminalCell cell = m_screen->cell(at.y(), at.x());
    const QRectF box = cellRect(at.y(), at.x(), std::max<int>(cell.width, 1));
    if (!hasFocus()) {
        painter.setPen(QPen(m_colors.cursor, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5));
        return;
    }
    painter.fillRect(box, m_colors.cursor);
    painter.setFont(font());
    painter.setPen(m_colors.surface);
    painter.drawText(QPointF(box.left(), box.top() + m_ascent), textOf(cell));
}

} // namespace device
