// The pointer, the keyboard and searching in CodeEditor.
#include "editor/ui/codeeditor.h"

#include "editor/ui/breakpointmarks.h"
#include "editor/ui/gutter.h"
#include "editor/ui/linenotes.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QPainter>
#include <QRegularExpression>
#include <QToolTip>

#include <algorithm>
#include <utility>

namespace editor {

namespace {

/// Turns UTF-16 offsets that only rise into byte positions, without starting over each time.
class PositionWalk
{
public:
    explicit PositionWalk(const CodeEditor &text)
        : m_text(text)
        , m_simple(text.length() ==
                   text.SendScintilla(CodeEditor::SCI_COUNTCODEUNITS, 0UL, long(text.length())))
    {
    }

    int positionOf(qsizetype offset)
    {
        if (m_simple)
            return int(offset);
        if (offset > m_offset) {
            const long next = m_text.SendScintilla(CodeEditor::SCI_POSITIONRELATIVECODEUNITS,
                                                   ulong(m_position), long(offset - m_offset));
            m_position = next == 0 ? m_text.length() : int(next);
            m_offset = offset;
        }
        return m_position;
    }

private:
    const CodeEditor &m_text;
    bool m_simple; ///< Every character is one byte and one code unit.
    qsizetype m_offset = 0;
    int m_position = 0;
};

} // namespace

void CodeEditor::paintEvent(QPaintEvent *event)
{
    QsciScintilla::paintEvent(event);
    QPainter painter(viewport());
    painter.setClipRegion(event->region());
    m_gutter->paint(painter);
    m_notes->paint(painter, m_gutter->width());
}

bool CodeEditor::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        showTip(help->pos(), help->globalPos());
        return true;
    }
    if (event->type() == QEvent::Leave)
        m_gutter->setHover({});
    return QsciScintilla::viewportEvent(event);
}

void CodeEditor::showTip(const QPoint &at, const QPoint &global)
{
    const Gutter::Place place = m_gutter->placeAt(at);
    QString tip;
    if (place.zone != Gutter::Zone::None) {
        const Breakpoint *breakpoint = m_breakpoints->at(place.line);
        if (place.zone == Gutter::Zone::Breakpoints && breakpoint)
            tip = !breakpoint->reason.isEmpty()       ? breakpoint->reason
                  : !breakpoint->condition.isEmpty()  ? tr("When %1").arg(breakpoint->condition)
                  : !breakpoint->logMessage.isEmpty() ? tr("Logs: %1").arg(breakpoint->logMessage)
                                                      : QString();
        if (tip.isEmpty())
            tip = m_notes->messagesOf(place.line);
    } else {
        const long position =
            SendScintilla(SCI_POSITIONFROMPOINTCLOSE, ulong(at.x()), long(at.y()));
        if (position >= 0)
            tip = m_notes->messagesAt(int(position));
        if (tip.isEmpty()) {
            m_hovered = expressionAt(at);
            m_hoveredAt = global;
            if (!m_hovered.isEmpty())
                Q_EMIT expressionHovered(m_hovered);
            return;
        }
    }
    if (tip.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(global, tip, viewport());
}

QString CodeEditor::expressionAt(const QPoint &at) const
{
    const long position = SendScintilla(SCI_POSITIONFROMPOINTCLOSE, ulong(at.x()), long(at.y()));
    if (position < 0)
        return {};
    const long end = SendScintilla(SCI_WORDENDPOSITION, ulong(position), 1L);
    int line = 0;
    int index = 0;
    lineIndexFromPosition(int(end), &line, &index);
    static const QRegularExpression name(QStringLiteral("[^\\W\\d]\\w*(?:\\.[^\\W\\d]\\w*)*$"),
                                         QRegularExpression::UseUnicodePropertiesOption);
    return name.match(text(line).left(index)).captured();
}

void CodeEditor::mousePressEvent(QMouseEvent *event)
{
    const Gutter::Place place = m_gutter->placeAt(event->pos());
    const bool left = event->button() == Qt::LeftButton;
    if (place.zone == Gutter::Zone::Breakpoints) {
        if (left && place.line > 0)
            toggleBreakpoint(place.line);
        return;
    }
    if (place.zone == Gutter::Zone::Folds) {
        if (left && place.line > 0)
            SendScintilla(SCI_TOGGLEFOLD, ulong(place.line - 1));
        return;
    }
    QsciScintilla::mousePressEvent(event);
}

void CodeEditor::mouseMoveEvent(QMouseEvent *event)
{
    const Gutter::Place place = m_gutter->placeAt(event->pos());
    m_gutter->setHover(place);
    QsciScintilla::mouseMoveEvent(event);
    if (place.zone != Gutter::Zone::None)
        viewport()->setCursor(place.zone == Gutter::Zone::Numbers ? Qt::ArrowCursor
                                                                  : Qt::PointingHandCursor);
}

void CodeEditor::wheelEvent(QWheelEvent *event)
{
    if (!(event->modifiers() & Qt::ControlModifier)) {
        QsciScintilla::wheelEvent(event);
        return;
    }
    if (event->angleDelta().y() != 0)
        zoomTo(zoom() + (event->angleDelta().y() > 0 ? 1 : -1));
    event->accept();
}

void CodeEditor::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && event->modifiers() == Qt::NoModifier) {
        if (cursorCount() > 1)
            SendScintilla(SCI_SETEMPTYSELECTION, ulong(SendScintilla(SCI_GETCURRENTPOS)));
        else
            Q_EMIT escapePressed();
        event->accept();
        return;
    }
    QsciScintilla::keyPressEvent(event);
}

void CodeEditor::contextMenuEvent(QContextMenuEvent *event)
{
    const Gutter::Place place = m_gutter->placeAt(event->pos());
    if (place.zone == Gutter::Zone::None) {
        QsciScintilla::contextMenuEvent(event);
        return;
    }
    if (place.line > 0)
        Q_EMIT breakpointEditRequested(place.line, event->globalPos());
    event->accept();
}

void CodeEditor::showMatches(const QList<TextMatch> &matches)
{
    SendScintilla(SCI_SETINDICATORCURRENT, ulong(LineNotes::matchIndicator));
    SendScintilla(SCI_INDICATORCLEARRANGE, 0UL, long(length()));
    m_currentMatch = {};
    PositionWalk walk(*this);
    for (const TextMatch &match : matches) {
        const int begin = walk.positionOf(match.begin);
        const int end = walk.positionOf(match.begin + match.length);
        SendScintilla(SCI_INDICATORFILLRANGE, ulong(begin), long(end - begin));
    }
}

void CodeEditor::showCurrentMatch(const TextMatch &match)
{
    PositionWalk walk(*this);
    const int begin = walk.positionOf(match.begin);
    const int end = walk.positionOf(match.begin + match.length);
    const auto [oldBegin, oldEnd] = std::exchange(m_currentMatch, std::pair(begin, end));
    SendScintilla(SCI_SETINDICATORCURRENT, ulong(LineNotes::matchIndicator));
    if (oldEnd > oldBegin)
        SendScintilla(SCI_INDICATORFILLRANGE, ulong(oldBegin), long(oldEnd - oldBegin));
    if (end > begin)
        SendScintilla(SCI_INDICATORCLEARRANGE, ulong(begin), long(end - begin));
}

void CodeEditor::select(const TextMatch &match)
{
    PositionWalk walk(*this);
    const int begin = walk.positionOf(match.begin);
    const int end = walk.positionOf(match.begin + match.length);
    const long line = SendScintilla(SCI_LINEFROMPOSITION, ulong(begin));
    SendScintilla(SCI_ENSUREVISIBLE, ulong(line));
    SendScintilla(SCI_SETSEL, ulong(begin), long(end));
}

TextMatch CodeEditor::selection() const
{
    const long begin = SendScintilla(SCI_GETSELECTIONSTART);
    const long end = SendScintilla(SCI_GETSELECTIONEND);
    return {SendScintilla(SCI_COUNTCODEUNITS, 0UL, begin),
            SendScintilla(SCI_COUNTCODEUNITS, ulong(begin), end)};
}

void CodeEditor::replaceMatches(const QList<std::pair<TextMatch, QString>> &replacements)
{
    struct Replacement {
        int begin;
        int end;
        QByteArray bytes;
    };
    QList<Replacement> all;
    PositionWalk walk(*this);
    for (const auto &[match, text] : replacements) {
        const int begin = walk.positionOf(match.begin);
        all.append({begin, walk.positionOf(match.begin + match.length), text.toUtf8()});
    }
    beginUndoAction();
    // From the end, so that the positions before stay right.
    for (auto it = all.crbegin(); it != all.crend(); ++it) {
        SendScintilla(SCI_SETTARGETRANGE, ulong(it->begin), long(it->end));
        SendScintilla(SCI_REPLACETARGET, ulong(it->bytes.size()), it->bytes.constData());
    }
    endUndoAction();
}

} // namespace editor
