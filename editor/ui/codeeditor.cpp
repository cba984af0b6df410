#include "editor/ui/codeeditor.h"

#include "editor/ui/breakpointmarks.h"
#include "editor/ui/editcommands.h"
#include "editor/ui/gutter.h"
#include "editor/ui/lexers.h"
#include "editor/ui/linenotes.h"
#include "editor/ui/qscilexers.h"

#include <QAction>
#include <QContextMenuEvent>
#include <QPainter>
#include <QRegularExpression>
#include <QScopedValueRollback>
#include <QToolTip>

#include <algorithm>
#include <cstring>

namespace editor {

CodeEditor::CodeEditor(QWidget *parent)
    : QsciScintilla(parent)
    , m_theme(EditorTheme::light())
    , m_breakpoints(std::make_unique<BreakpointMarks>(*this))
    , m_gutter(std::make_unique<Gutter>(*this, *m_breakpoints))
    , m_notes(std::make_unique<LineNotes>(*this))
{
    setUp();
    createActions();
    clearConflictingKeys();
    setLanguage(Language::Plain);

    connect(this, &QsciScintilla::cursorPositionChanged, this, [this] {
        tintCursorLine();
        Q_EMIT cursorMoved(cursorLine(), cursorColumn());
        viewport()->update(0, 0, m_gutter->width(), viewport()->height());
    });
    connect(this, &QsciScintillaBase::SCN_UPDATEUI, this, [this](int what) {
        if (what & (SC_UPDATE_CONTENT | SC_UPDATE_SELECTION))
            matchBraces();
    });
    connect(this, &QsciScintilla::linesChanged, this, [this] { m_gutter->updateWidth(); });
    connect(this, &QsciScintillaBase::SCN_ZOOM, this, [this] {
        m_gutter->updateWidth();
        Q_EMIT zoomChanged(zoom());
    });
    connect(this, &QsciScintillaBase::SCN_MODIFIED, this,
            [this](int position, int kind, const char *, int length, int linesAdded) {
                onModified(position, kind, length, linesAdded);
            });
}

CodeEditor::~CodeEditor()
{
    // The base class may still report changes while it goes away.
    disconnect(this, nullptr, this, nullptr);
}

void CodeEditor::setUp()
{
    setAccessibleName(tr("Code"));
    setUtf8(true);
    setFrameShape(QFrame::NoFrame);
    viewport()->setMouseTracking(true);
    setAutoIndent(true);
    setIndentationsUseTabs(false);
    setTabIndents(true);
    setBackspaceUnindents(true);
    setIndentationGuides(true);
    setBraceMatching(QsciScintilla::NoBraceMatch); // it takes < and > for braces: matchBraces()
    setCaretLineVisible(true);
    SendScintilla(SCI_SETCARETLINEVISIBLEALWAYS, 1UL);
    setCaretWidth(2);
    setWrapMode(QsciScintilla::WrapNone);
    setEolVisibility(false);
    SendScintilla(SCI_SETSCROLLWIDTH, 1UL);
    SendScintilla(SCI_SETSCROLLWIDTHTRACKING, 1UL);
    SendScintilla(SCI_SETENDATLASTLINE, 0UL);
    SendScintilla(SCI_SETEXTRAASCENT, 2UL);
    SendScintilla(SCI_SETEXTRADESCENT, 2UL);
    SendScintilla(SCI_SETMULTIPLESELECTION, 1UL);
    SendScintilla(SCI_SETADDITIONALSELECTIONTYPING, 1UL);
    SendScintilla(SCI_SETMULTIPASTE, ulong(SC_MULTIPASTE_EACH));
    SendScintilla(SCI_SETVIRTUALSPACEOPTIONS, ulong(SCVS_RECTANGULARSELECTION));
    SendScintilla(SCI_SETLAYOUTCACHE, ulong(SC_CACHE_PAGE));
    SendScintilla(SCI_SETMOUSEDWELLTIME, ulong(SC_TIME_FOREVER));
    SendScintilla(SCI_SETXCARETPOLICY, ulong(CARET_SLOP | CARET_EVEN), 40L);
    SendScintilla(SCI_SETYCARETPOLICY, ulong(CARET_SLOP | CARET_STRICT | CARET_EVEN), 3L);
}

void CodeEditor::createActions()
{
    const auto add = [this](const QString &name, const QString &text,
                            const QList<QKeySequence> &keys, auto order) {
        auto *action = new QAction(text, this);
        action->setObjectName(name);
        action->setShortcuts(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, order);
        addAction(action);
    };
    add(QStringLiteral("editor.toggleComment"), tr("Toggle comment"),
        {QKeySequence(Qt::CTRL | Qt::Key_Slash)},
        [this] { toggleComment(*this, lineCommentOf(m_language)); });
    add(QStringLiteral("editor.duplicate"), tr("Duplicate line or selection"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D)}, [this] { duplicate(*this); });
    add(QStringLiteral("editor.deleteLines"), tr("Delete lines"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K)}, [this] { deleteLines(*this); });
    const auto move = [this](bool up) {
        {
            const QScopedValueRollback guard(m_replacing, true);
            moveLines(*this, *m_breakpoints, up);
        }
        Q_EMIT breakpointsChanged();
    };
    add(QStringLiteral("editor.moveLinesUp"), tr("Move lines up"),
        {QKeySequence(Qt::ALT | Qt::Key_Up)}, [move] { move(true); });
    add(QStringLiteral("editor.moveLinesDown"), tr("Move lines down"),
        {QKeySequence(Qt::ALT | Qt::Key_Down)}, [move] { move(false); });
    add(QStringLiteral("editor.selectNext"), tr("Select next occurrence"),
        {QKeySequence(Qt::CTRL | Qt::Key_D)}, [this] { selectNextOccurrence(*this); });
    add(QStringLiteral("editor.selectAll"), tr("Select all occurrences"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L)}, [this] { selectAllOccurrences(*this); });
    add(QStringLiteral("editor.toggleBreakpoint"), tr("Toggle breakpoint"),
        {QKeySequence(Qt::Key_F9)}, [this] { toggleBreakpoint(cursorLine()); });
    add(QStringLiteral("editor.editBreakpoint"), tr("Breakpoint condition…"),
        {QKeySequence(Qt::SHIFT | Qt::Key_F9)}, [this] {
            const long position = SendScintilla(SCI_GETCURRENTPOS);
            const int y = int(SendScintilla(SCI_POINTYFROMPOSITION, 0UL, position));
            const int height = int(SendScintilla(SCI_TEXTHEIGHT, 0UL));
            Q_EMIT breakpointEditRequested(
                cursorLine(), viewport()->mapToGlobal(QPoint(m_gutter->width(), y + height)));
        });
    add(QStringLiteral("editor.zoomIn"), tr("Larger text"),
        {QKeySequence(Qt::CTRL | Qt::Key_Plus), QKeySequence(Qt::CTRL | Qt::Key_Equal)},
        [this] { zoomIn(); });
    add(QStringLiteral("editor.zoomOut"), tr("Smaller text"),
        {QKeySequence(Qt::CTRL | Qt::Key_Minus)}, [this] { zoomOut(); });
    add(QStringLiteral("editor.zoomReset"), tr("Text at its own size"),
        {QKeySequence(Qt::CTRL | Qt::Key_0)}, [this] { setZoom(0); });
}

/// Scintilla's own keys come before an action's: it must not have them.
void CodeEditor::clearConflictingKeys()
{
    const QList<QAction *> own = actions();
    for (QsciCommand *command : standardCommands()->commands())
        for (const QAction *action : own)
            for (const QKeySequence &keys : action->shortcuts()) {
                if (command->key() == keys[0].toCombined())
                    command->setKey(0);
                if (command->alternateKey() == keys[0].toCombined())
                    command->setAlternateKey(0);
            }
}

void CodeEditor::setTheme(const EditorTheme &theme)
{
    m_theme = theme;
    applyTheme();
}

void CodeEditor::setLanguage(Language language)
{
    m_language = language;
    QsciLexer *old = lexer();
    setLexer(createLexer(language, this));
    delete old;
    SendScintilla(SCI_SETPROPERTY, "fold", "1");
    SendScintilla(SCI_SETPROPERTY, "fold.compact", "0");
    applyIndentation();
    applyTheme();
}

void CodeEditor::applyIndentation()
{
    const int width = indentOf(m_language);
    // A file that is indented by tabs stays so.
    static const QRegularExpression byTabs(QStringLiteral("^\\t"),
                                           QRegularExpression::MultilineOption);
    setIndentationsUseTabs(text().contains(byTabs));
    setTabWidth(width);
    setIndentationWidth(width);
}

void CodeEditor::applyTheme()
{
    if (QsciLexer *present = lexer()) {
        colour(*present, m_language, m_theme);
    } else {
        setColor(m_theme.text);
        setPaper(m_theme.surface);
        setFont(m_theme.font);
    }
    const auto style = [this](int number, const QColor &fore, const QColor &back) {
        SendScintilla(SCI_STYLESETFORE, ulong(number), fore);
        SendScintilla(SCI_STYLESETBACK, ulong(number), back);
    };
    style(STYLE_DEFAULT, m_theme.text, m_theme.surface);
    style(STYLE_LINENUMBER, m_theme.lineNumber, m_theme.surface);
    style(STYLE_INDENTGUIDE, m_theme.guide, m_theme.surface);
    setMatchedBraceForegroundColor(m_theme.accent);
    setMatchedBraceBackgroundColor(m_theme.selection);
    setUnmatchedBraceForegroundColor(m_theme.bad);
    setUnmatchedBraceBackgroundColor(m_theme.surface);
    setIndentationGuidesForegroundColor(m_theme.guide);
    setIndentationGuidesBackgroundColor(m_theme.surface);
    setCaretForegroundColor(m_theme.accent);
    SendScintilla(SCI_SETADDITIONALCARETFORE, m_theme.accent);
    setSelectionBackgroundColor(m_theme.selection);
    resetSelectionForegroundColor();
    SendScintilla(SCI_SETADDITIONALSELBACK, m_theme.selection);
    m_gutter->setTheme(m_theme);
    tintCursorLine();
    m_notes->setTheme(m_theme);
    viewport()->update();
}

/// Scintilla draws the cursor's line over what the debugger marks.
void CodeEditor::tintCursorLine()
{
    setCaretLineBackgroundColor(cursorLine() == executionLine() ? m_theme.executionLine
                                                                : m_theme.currentLine);
}

/// Marks the bracket before or after the cursor and its other half.
void CodeEditor::matchBraces()
{
    const long cursor = SendScintilla(SCI_GETCURRENTPOS);
    for (const long position : {cursor - 1, cursor}) {
        const char character = position < 0 ? '\0' : char(SendScintilla(SCI_GETCHARAT, position));
        if (character == '\0' || !std::strchr("()[]{}", character))
            continue;
        const long other = SendScintilla(SCI_BRACEMATCH, ulong(position), 0L);
        if (other >= 0)
            SendScintilla(SCI_BRACEHIGHLIGHT, ulong(position), other);
        else
            SendScintilla(SCI_BRACEBADLIGHT, position);
        return;
    }
    constexpr long nowhere = -1;
    SendScintilla(SCI_BRACEHIGHLIGHT, ulong(nowhere), nowhere);
}

void CodeEditor::load(const QString &text, LineEnd lineEnd)
{
    const QScopedValueRollback guard(m_replacing, true);
    setEolMode(lineEnd == LineEnd::CrLf ? EolWindows : lineEnd == LineEnd::Cr ? EolMac : EolUnix);
    setText(text);
    SendScintilla(SCI_EMPTYUNDOBUFFER);
    setModified(false);
    m_breakpoints->set({});
    applyIndentation();
    m_gutter->updateWidth();
}

void CodeEditor::replaceAll(const QString &wanted)
{
    const QList<Breakpoint> before = breakpoints();
    {
        const QScopedValueRollback guard(m_replacing, true);
        replaceText(*this, *m_breakpoints, wanted);
    }
    if (breakpoints() != before)
        Q_EMIT breakpointsChanged();
}

void CodeEditor::onModified(int position, int kind, int length, int linesAdded)
{
    if (m_replacing)
        return;
    if (kind & SC_MOD_BEFOREDELETE) {
        m_breakpoints->aboutToDelete(position, position + length);
    } else if (linesAdded != 0 && (kind & (SC_MOD_INSERTTEXT | SC_MOD_DELETETEXT))) {
        const QList<Breakpoint> before = breakpoints();
        m_breakpoints->follow();
        // A line deleted whole has taken its breakpoint with it before.
        if (linesAdded < 0 || breakpoints() != before)
            Q_EMIT breakpointsChanged();
    }
}

int CodeEditor::cursorLine() const
{
    int line = 0;
    int index = 0;
    getCursorPosition(&line, &index);
    return line + 1;
}

int CodeEditor::cursorColumn() const
{
    const long position = SendScintilla(SCI_GETCURRENTPOS);
    const long begin = SendScintilla(SCI_POSITIONFROMLINE, cursorLine() - 1);
    return int(SendScintilla(SCI_COUNTCODEUNITS, ulong(begin), position)) + 1;
}

void CodeEditor::goTo(int line, int column)
{
    const int index = std::clamp(line, 1, std::max(1, lines())) - 1;
    const long begin = SendScintilla(SCI_POSITIONFROMLINE, index);
    const long end = SendScintilla(SCI_GETLINEENDPOSITION, index);
    const long at = SendScintilla(SCI_POSITIONRELATIVECODEUNITS, ulong(begin), long(column - 1));
    SendScintilla(SCI_ENSUREVISIBLE, ulong(index));
    SendScintilla(SCI_GOTOPOS,
                  column > 1 ? ulong(at == 0 ? end : std::min(at, end)) : ulong(begin));
    SendScintilla(SCI_VERTICALCENTRECARET);
}

int CodeEditor::firstShownLine() const
{
    return int(SendScintilla(SCI_DOCLINEFROMVISIBLE, SendScintilla(SCI_GETFIRSTVISIBLELINE))) + 1;
}

void CodeEditor::setFirstShownLine(int line)
{
    SendScintilla(SCI_SETFIRSTVISIBLELINE, SendScintilla(SCI_VISIBLEFROMDOCLINE, line - 1));
}

void CodeEditor::setBreakpoints(const QList<Breakpoint> &breakpoints)
{
    m_breakpoints->set(breakpoints);
    viewport()->update();
    Q_EMIT breakpointsChanged();
}

QList<Breakpoint> CodeEditor::breakpoints() const
{
    return m_breakpoints->all();
}

void CodeEditor::toggleBreakpoint(int line)
{
    m_breakpoints->toggle(line);
    viewport()->update();
    Q_EMIT breakpointsChanged();
}

void CodeEditor::putBreakpoint(const Breakpoint &breakpoint)
{
    m_breakpoints->put(breakpoint);
    viewport()->update();
    Q_EMIT breakpointsChanged();
}

void CodeEditor::removeBreakpoint(int line)
{
    m_breakpoints->remove(line);
    viewport()->update();
    Q_EMIT breakpointsChanged();
}

void CodeEditor::setBreakpointState(int line, Breakpoint::State state, const QString &reason)
{
    const Breakpoint *present = m_breakpoints->at(line);
    if (!present)
        return;
    Breakpoint changed = *present;
    changed.state = state;
    changed.reason = reason;
    m_breakpoints->put(changed);
    viewport()->update();
}

void CodeEditor::setExecutionLine(int line)
{
    m_gutter->setExecutionLine(line);
    if (line > 0) {
        SendScintilla(SCI_ENSUREVISIBLE, ulong(line - 1));
        goTo(line);
    }
    tintCursorLine();
    viewport()->update();
}

int CodeEditor::executionLine() const
{
    return m_gutter->executionLine();
}

void CodeEditor::setInlineValues(const QHash<int, QString> &byLine)
{
    m_notes->setValues(byLine);
}

void CodeEditor::showHover(const QString &expression, const QString &text)
{
    const QPoint now = viewport()->mapFromGlobal(QCursor::pos());
    if (expression == m_hovered && expressionAt(now) == expression)
        QToolTip::showText(m_hoveredAt, text, viewport());
}

void CodeEditor::setDiagnostics(const QList<Diagnostic> &diagnostics)
{
    m_notes->setDiagnostics(diagnostics);
    m_gutter->setSeverities(m_notes->severities());
    viewport()->update();
}

const QList<Diagnostic> &CodeEditor::diagnostics() const
{
    return m_notes->diagnostics();
}

int CodeEditor::cursorCount() const
{
    return int(SendScintilla(SCI_GETSELECTIONS));
}

void CodeEditor::setZoom(int zoom)
{
    zoomTo(zoom);
}

int CodeEditor::zoom() const
{
    return int(SendScintilla(SCI_GETZOOM));
}

} // namespace editor
