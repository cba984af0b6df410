#include "editor/ui/gutter.h"

#include "editor/ui/qsci.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace editor {

using Sci = QsciScintilla;

namespace {

// From left to right, in pixels at scale 1.
constexpr int edge = 4;
constexpr int breakpointWidth = 16;
constexpr int severityWidth = 8;
constexpr int numberPadding = 6;
constexpr int foldWidth = 14;
constexpr int lineWidth = 1;
constexpr int textPadding = 10;
constexpr int leastDigits = 3;

QRectF centred(const QRectF &cell, qreal size)
{
    return {cell.center().x() - size / 2, cell.center().y() - size / 2, size, size};
}

} // namespace

Gutter::Gutter(QsciScintilla &text, const BreakpointMarks &breakpoints)
    : m_text(text), m_breakpoints(breakpoints)
{
    m_text.setMargins(1);
    m_text.setMarginType(0, Sci::SymbolMarginColor);
    m_text.setMarginMarkerMask(0, 1 << breakpointMarker);
    m_text.setMarginSensitivity(0, false);
    m_text.SendScintilla(Sci::SCI_SETMARGINLEFT, 0UL, long(textPadding));
    m_text.markerDefine(Sci::Background, executionMarker);
    m_text.SendScintilla(Sci::SCI_SETAUTOMATICFOLD,
                         ulong(Sci::SC_AUTOMATICFOLD_SHOW | Sci::SC_AUTOMATICFOLD_CHANGE));
    m_text.SendScintilla(Sci::SCI_SETFOLDFLAGS, 0UL);
}

void Gutter::setTheme(const EditorTheme &theme)
{
    m_theme = theme;
    m_text.setMarginBackgroundColor(0, theme.surface);
    m_text.SendScintilla(Sci::SCI_MARKERSETBACK, executionMarker, theme.executionLine);
    updateWidth();
}

void Gutter::setSeverities(const QHash<int, Diagnostic::Severity> &byLine)
{
    m_severities = byLine;
}

void Gutter::setExecutionLine(int line)
{
    m_text.markerDeleteAll(executionMarker);
    m_executionHandle = line > 0 ? m_text.markerAdd(line - 1, executionMarker) : -1;
}

int Gutter::executionLine() const
{
    return m_executionHandle < 0 ? 0 : m_text.markerLine(m_executionHandle) + 1;
}

void Gutter::setHover(const Place &place)
{
    const bool same = m_hover.zone == place.zone && m_hover.line == place.line;
    m_hover = place;
    if (!same)
        m_text.viewport()->update(0, 0, m_width, m_text.viewport()->height());
}

QFont Gutter::numberFont() const
{
    QFont font = m_theme.font;
    const int zoom = int(m_text.SendScintilla(Sci::SCI_GETZOOM));
    font.setPointSizeF(std::max(4.0, m_theme.font.pointSizeF() - 0.5 + zoom));
    return font;
}

void Gutter::updateWidth()
{
    const int digits = std::max(leastDigits, int(QString::number(m_text.lines()).size()));
    m_numbersWidth = QFontMetrics(numberFont()).horizontalAdvance(QLatin1Char('9')) * digits;
    m_width = edge + breakpointWidth + severityWidth + m_numbersWidth + numberPadding + foldWidth +
              lineWidth;
    m_text.setMarginWidth(0, m_width);
}

Gutter::Place Gutter::placeAt(const QPoint &point) const
{
    if (point.x() >= m_width)
        return {};
    Place place;
    const int numbers = edge + breakpointWidth + severityWidth;
    place.zone = point.x() < numbers - severityWidth / 2                ? Zone::Breakpoints
                 : point.x() < numbers + m_numbersWidth + numberPadding ? Zone::Numbers
                                                                        : Zone::Folds;
    const int height = int(m_text.SendScintilla(Sci::SCI_TEXTHEIGHT, 0UL));
    const int visible =
        int(m_text.SendScintilla(Sci::SCI_GETFIRSTVISIBLELINE)) + point.y() / height;
    const int line = int(m_text.SendScintilla(Sci::SCI_DOCLINEFROMVISIBLE, visible));
    // Below the end Scintilla answers with the last line.
    const int shown = int(m_text.SendScintilla(Sci::SCI_VISIBLEFROMDOCLINE, line));
    place.line = shown == visible && line < m_text.lines() ? line + 1 : 0;
    return place;
}

void Gutter::paint(QPainter &painter)
{
    painter.setRenderHint(QPainter::Antialiasing);
    const int height = int(m_text.SendScintilla(Sci::SCI_TEXTHEIGHT, 0UL));
    const int first = int(m_text.SendScintilla(Sci::SCI_GETFIRSTVISIBLELINE));
    const int last = first + m_text.viewport()->height() / height + 1;
    int previous = -1;
    for (int visible = first; visible <= last; ++visible) {
        const int line = int(m_text.SendScintilla(Sci::SCI_DOCLINEFROMVISIBLE, visible));
        if (line >= m_text.lines() || line == previous)
            break;
        previous = line;
        paintLine(painter, line + 1, {0, (visible - first) * height, m_width, height});
    }
    painter.fillRect(m_width - lineWidth, 0, lineWidth, m_text.viewport()->height(), m_theme.line);
}

void Gutter::paintLine(QPainter &painter, int line, const QRect &row)
{
    const QRectF breakpointCell(edge, row.top(), breakpointWidth, row.height());
    const Breakpoint *breakpoint = m_breakpoints.at(line);
    const bool here = line == executionLine();
    int cursorLine = 0;
    int cursorIndex = 0;
    m_text.getCursorPosition(&cursorLine, &cursorIndex);
    const bool ofCursor = line == cursorLine + 1;
    if (here || ofCursor) // the tint of the text reaches to the strip
        painter.fillRect(QRect(m_width, row.top(), textPadding, row.height()),
                         here ? m_theme.executionLine : m_theme.currentLine);
    if (!here || !breakpoint)
        paintBreakpoint(painter, breakpointCell, breakpoint,
                        m_hover.zone == Zone::Breakpoints && m_hover.line == line);
    if (here)
        paintArrow(painter, breakpointCell, breakpoint);

    if (const auto severity = m_severities.constFind(line); severity != m_severities.cend()) {
        const QRectF cell(breakpointCell.right(), row.top(), severityWidth, row.height());
        painter.setPen(Qt::NoPen);
        painter.setBrush(*severity == Diagnostic::Severity::Error     ? m_theme.bad
                         : *severity == Diagnostic::Severity::Warning ? m_theme.warn
                                                                      : m_theme.info);
        painter.drawEllipse(centred(cell, 5));
    }

    painter.setFont(numberFont());
    painter.setPen(ofCursor ? m_theme.text : m_theme.lineNumber);
    const QRectF numbers(breakpointCell.right() + severityWidth, row.top(), m_numbersWidth,
                         row.height());
    painter.drawText(numbers, Qt::AlignRight | Qt::AlignVCenter, QString::number(line));
    paintFold(painter, line,
              {numbers.right() + numberPadding, qreal(row.top()), foldWidth, qreal(row.height())});
}

void Gutter::paintBreakpoint(QPainter &painter, const QRectF &cell, const Breakpoint *breakpoint,
                             bool hovered) const
{
    const QRectF disc = centred(cell, 11);
    if (!breakpoint) {
        if (hovered) {
            QColor hint = m_theme.breakpoint;
            hint.setAlphaF(0.35f);
            painter.setPen(Qt::NoPen);
            painter.setBrush(hint);
            painter.drawEllipse(disc);
        }
        return;
    }
    const bool unbound = breakpoint->state == Breakpoint::State::Unbound;
    const QColor colour = unbound ? m_theme.quiet : m_theme.breakpoint;
    const bool hollow = unbound || !breakpoint->enabled;
    painter.setPen(hollow ? QPen(colour, 1.6) : QPen(Qt::NoPen));
    painter.setBrush(hollow ? QBrush(m_theme.surface) : QBrush(colour));
    const QRectF shape = hollow ? disc.adjusted(0.8, 0.8, -0.8, -0.8) : disc;
    if (!breakpoint->logMessage.isEmpty()) { // a diamond: it writes and does not stop
        const QPointF c = shape.center();
        const qreal r = shape.width() / 2 + 0.6;
        painter.drawPolygon(QPolygonF(
            {{c.x(), c.y() - r}, {c.x() + r, c.y()}, {c.x(), c.y() + r}, {c.x() - r, c.y()}}));
    } else {
        painter.drawEllipse(shape);
    }
    const QColor inner = hollow ? colour : m_theme.surface;
    if (unbound) {
        painter.setPen(QPen(inner, 1.5, Qt::SolidLine, Qt::FlatCap));
        painter.drawLine(QPointF(shape.left() + 2.6, shape.bottom() - 2.6),
                         QPointF(shape.right() - 2.6, shape.top() + 2.6));
    } else if (!breakpoint->condition.isEmpty() || !breakpoint->hitCondition.isEmpty()) {
        painter.setPen(QPen(inner, 1.4, Qt::SolidLine, Qt::FlatCap));
        for (const qreal dy : {-1.6, 1.6})
            painter.drawLine(QPointF(shape.center().x() - 2.6, shape.center().y() + dy),
                             QPointF(shape.center().x() + 2.6, shape.center().y() + dy));
    } else if (breakpoint->state == Breakpoint::State::Verified && !hollow) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(inner);
        painter.drawEllipse(centred(shape, 3.4));
    }
}

void Gutter::paintArrow(QPainter &painter, const QRectF &cell, bool onBreakpoint) const
{
    const QRectF box = centred(cell, 12);
    QPainterPath arrow;
    arrow.moveTo(box.left() - 1, box.top() + 2);
    arrow.lineTo(box.center().x() + 1, box.top() + 2);
    arrow.lineTo(box.right() + 1.5, box.center().y());
    arrow.lineTo(box.center().x() + 1, box.bottom() - 2);
    arrow.lineTo(box.left() - 1, box.bottom() - 2);
    arrow.closeSubpath();
    painter.setPen(QPen(m_theme.executionMark, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(m_theme.executionMark);
    painter.drawPath(arrow);
    if (onBreakpoint) {
        painter.setPen(QPen(m_theme.surface, 1.2));
        painter.setBrush(m_theme.breakpoint);
        painter.drawEllipse(QPointF(box.center().x() - 1.6, box.center().y()), 3.4, 3.4);
    }
}

void Gutter::paintFold(QPainter &painter, int line, const QRectF &cell) const
{
    const long level = m_text.SendScintilla(Sci::SCI_GETFOLDLEVEL, line - 1);
    if (!(level & Sci::SC_FOLDLEVELHEADERFLAG))
        return;
    const bool expanded = m_text.SendScintilla(Sci::SCI_GETFOLDEXPANDED, line - 1);
    // Open folds show only under the pointer: they are many and say little.
    const bool pointed = m_hover.zone != Zone::None;
    if (expanded && !pointed)
        return;
    const bool exactly = m_hover.zone == Zone::Folds && m_hover.line == line;
    painter.setPen(QPen(exactly || !expanded ? m_theme.text : m_theme.lineNumber, 1.4,
                        Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    const QPointF c = cell.center();
    if (expanded)
        painter.drawPolyline(QPolygonF(
            {{c.x() - 3.2, c.y() - 1.6}, {c.x(), c.y() + 1.6}, {c.x() + 3.2, c.y() - 1.6}}));
    else
        painter.drawPolyline(QPolygonF(
            {{c.x() - 1.6, c.y() - 3.2}, {c.x() + 1.6, c.y()}, {c.x() - 1.6, c.y() + 3.2}}));
}

} // namespace editor
