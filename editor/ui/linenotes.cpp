#include "editor/ui/linenotes.h"

#include "editor/ui/qsci.h"

#include <QPainter>

#include <algorithm>

namespace editor {

using Sci = QsciScintilla;

namespace {

constexpr int severityCount = 3;

int indicatorOf(Diagnostic::Severity severity)
{
    return LineNotes::firstDiagnosticIndicator + int(severity);
}

} // namespace

LineNotes::LineNotes(QsciScintilla &text) : m_text(text)
{
    m_text.SendScintilla(Sci::SCI_INDICSETSTYLE, matchIndicator, long(Sci::INDIC_FULLBOX));
    m_text.SendScintilla(Sci::SCI_INDICSETUNDER, matchIndicator, 1L);
    m_text.SendScintilla(Sci::SCI_INDICSETALPHA, matchIndicator, 255L);
    m_text.SendScintilla(Sci::SCI_INDICSETOUTLINEALPHA, matchIndicator, 255L);
    for (int i = 0; i < severityCount; ++i)
        m_text.SendScintilla(Sci::SCI_INDICSETSTYLE, firstDiagnosticIndicator + i,
                             long(Sci::INDIC_SQUIGGLE));
}

void LineNotes::setTheme(const EditorTheme &theme)
{
    m_theme = theme;
    m_text.SendScintilla(Sci::SCI_INDICSETFORE, matchIndicator, theme.match);
    const QColor colours[severityCount] = {theme.bad, theme.warn, theme.info};
    for (int i = 0; i < severityCount; ++i)
        m_text.SendScintilla(Sci::SCI_INDICSETFORE, firstDiagnosticIndicator + i, colours[i]);
}

void LineNotes::setDiagnostics(const QList<Diagnostic> &diagnostics)
{
    m_diagnostics = diagnostics;
    for (int i = 0; i < severityCount; ++i) {
        m_text.SendScintilla(Sci::SCI_SETINDICATORCURRENT, firstDiagnosticIndicator + i);
        m_text.SendScintilla(Sci::SCI_INDICATORCLEARRANGE, 0UL, long(m_text.length()));
    }
    for (const Diagnostic &diagnostic : diagnostics) {
        const Range range = rangeOf(diagnostic);
        m_text.SendScintilla(Sci::SCI_SETINDICATORCURRENT, indicatorOf(diagnostic.severity));
        m_text.SendScintilla(Sci::SCI_INDICATORFILLRANGE, range.begin,
                             long(range.end - range.begin));
    }
}

QHash<int, Diagnostic::Severity> LineNotes::severities() const
{
    QHash<int, Diagnostic::Severity> worst;
    for (const Diagnostic &diagnostic : m_diagnostics) {
        const auto it = worst.find(diagnostic.line);
        if (it == worst.end())
            worst.insert(diagnostic.line, diagnostic.severity);
        else
            *it = std::min(*it, diagnostic.severity);
    }
    return worst;
}

QString LineNotes::messagesOf(int line) const
{
    QStringList messages;
    for (const Diagnostic &diagnostic : m_diagnostics)
        if (diagnostic.line == line)
            messages.append(diagnostic.message);
    return messages.join(QLatin1Char('\n'));
}

QString LineNotes::messagesAt(int position) const
{
    QStringList messages;
    for (const Diagnostic &diagnostic : m_diagnostics) {
        const Range range = rangeOf(diagnostic);
        if (position >= range.begin && position <= range.end)
            messages.append(diagnostic.message);
    }
    return messages.join(QLatin1Char('\n'));
}

void LineNotes::setValues(const QHash<int, QString> &byLine)
{
    m_values = byLine;
    m_text.viewport()->update();
}

LineNotes::Range LineNotes::rangeOf(const Diagnostic &diagnostic) const
{
    const auto position = [this](int line, int column) {
        const int index = std::clamp(line, 1, std::max(1, m_text.lines())) - 1;
        const long begin = m_text.SendScintilla(Sci::SCI_POSITIONFROMLINE, index);
        const long end = m_text.SendScintilla(Sci::SCI_GETLINEENDPOSITION, index);
        const long at =
            m_text.SendScintilla(Sci::SCI_POSITIONRELATIVECODEUNITS, begin, long(column - 1));
        // 0 means outside of the text.
        return int(at == 0 && column > 1 ? end : std::min(at, end));
    };
    Range range{position(diagnostic.line, diagnostic.column),
                position(diagnostic.endLine, diagnostic.endColumn)};
    if (range.begin >= range.end) {
        range.end = int(m_text.SendScintilla(Sci::SCI_WORDENDPOSITION, range.begin, 1L));
        range.begin = int(m_text.SendScintilla(Sci::SCI_WORDSTARTPOSITION, range.begin, 1L));
    }
    if (range.begin >= range.end) {
        const long line = m_text.SendScintilla(Sci::SCI_LINEFROMPOSITION, range.begin);
        range.begin = int(m_text.SendScintilla(Sci::SCI_GETLINEINDENTPOSITION, line));
        range.end = int(m_text.SendScintilla(Sci::SCI_GETLINEENDPOSITION, line));
    }
    return range;
}

void LineNotes::paint(QPainter &painter, int left)
{
    QFont font = m_theme.font;
    const int zoom = int(m_text.SendScintilla(Sci::SCI_GETZOOM));
    font.setPointSizeF(std::max(4.0, m_theme.font.pointSizeF() - 0.5 + zoom));
    font.setItalic(true);
    const QFontMetrics metrics(font);
    const int height = int(m_text.SendScintilla(Sci::SCI_TEXTHEIGHT, 0UL));
    const int first = int(m_text.SendScintilla(Sci::SCI_GETFIRSTVISIBLELINE));
    const int count = m_text.viewport()->height() / height + 1;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(QRect(left, 0, m_text.viewport()->width(), m_text.viewport()->height()));
    for (int visible = first; visible <= first + count; ++visible) {
        const int line = int(m_text.SendScintilla(Sci::SCI_DOCLINEFROMVISIBLE, visible));
        if (line >= m_text.lines())
            break;
        const bool folded =
            m_text.SendScintilla(Sci::SCI_GETFOLDEXPANDED, line) == 0 &&
            (m_text.SendScintilla(Sci::SCI_GETFOLDLEVEL, line) & Sci::SC_FOLDLEVELHEADERFLAG);
        const auto value = m_values.constFind(line + 1);
        if (!folded && value == m_values.cend())
            continue;
        const long end = m_text.SendScintilla(Sci::SCI_GETLINEENDPOSITION, line);
        int x = int(m_text.SendScintilla(Sci::SCI_POINTXFROMPOSITION, 0UL, end));
        const int y = (visible - first) * height;
        if (folded) {
            const QRectF pill(x + 6.5, y + height / 2.0 - 5.5, 21, 11);
            painter.setPen(QPen(m_theme.line, 1));
            painter.setBrush(m_theme.panel);
            painter.drawRoundedRect(pill, 5.5, 5.5);
            painter.setPen(Qt::NoPen);
            painter.setBrush(m_theme.quiet);
            for (const int dx : {-5, 0, 5})
                painter.drawEllipse(pill.center() + QPointF(dx, 0), 1.2, 1.2);
            x = int(pill.right());
        }
        if (value != m_values.cend()) {
            painter.setFont(font);
            painter.setPen(m_theme.quiet);
            const QRect cell(x + metrics.averageCharWidth() * 3, y, m_text.viewport()->width() * 2,
                             height);
            painter.drawText(cell, Qt::AlignLeft | Qt::AlignVCenter, *value);
        }
    }
}

} // namespace editor
