#include "editor/ui/editcommands.h"

#include "editor/ui/breakpointmarks.h"
#include "editor/ui/qsci.h"

#include <algorithm>
#include <utility>

namespace editor {

using Sci = QsciScintilla;

namespace {

/// Everything while it lives is undone at once.
class UndoStep
{
public:
    explicit UndoStep(QsciScintilla &text) : m_text(text) { m_text.beginUndoAction(); }
    ~UndoStep() { m_text.endUndoAction(); }
    UndoStep(const UndoStep &) = delete;
    UndoStep &operator=(const UndoStep &) = delete;

private:
    QsciScintilla &m_text;
};

/// First and last selected line. A selection that ends at the start of a line has not that line.
std::pair<int, int> selectedLines(QsciScintilla &text)
{
    const long begin = text.SendScintilla(Sci::SCI_GETSELECTIONSTART);
    const long end = text.SendScintilla(Sci::SCI_GETSELECTIONEND);
    const int first = int(text.SendScintilla(Sci::SCI_LINEFROMPOSITION, begin));
    int last = int(text.SendScintilla(Sci::SCI_LINEFROMPOSITION, end));
    if (last > first && text.SendScintilla(Sci::SCI_POSITIONFROMLINE, last) == end)
        --last;
    return {first, last};
}

void insert(QsciScintilla &text, int position, const QString &what)
{
    const QByteArray bytes = what.toUtf8();
    // Not SCI_INSERTTEXT: that drops the selection.
    text.SendScintilla(Sci::SCI_SETTARGETRANGE, ulong(position), long(position));
    text.SendScintilla(Sci::SCI_REPLACETARGET, ulong(bytes.size()), bytes.constData());
}

QString textOfLine(const QsciScintilla &text, int line)
{
    QString content = text.text(line);
    while (content.endsWith(u'\n') || content.endsWith(u'\r'))
        content.chop(1);
    return content;
}

/// How many blanks \a content begins with.
int indentOf(const QString &content)
{
    const auto it = std::ranges::find_if_not(content, [](QChar c) { return c.isSpace(); });
    return int(std::distance(content.begin(), it));
}

/// The line nearest to \a line whose text is \a content; \a line itself where there is none.
int nearestLine(const QsciScintilla &text, int line, const QString &content)
{
    constexpr int reach = 200;
    for (int distance = 0; distance <= reach; ++distance)
        for (const int candidate : {line - distance, line + distance})
            if (candidate >= 0 && candidate < text.lines() &&
                textOfLine(text, candidate) == content)
                return candidate;
    return line;
}

bool isContinuation(char byte)
{
    return (byte & 0xC0) == 0x80;
}

} // namespace

void toggleComment(QsciScintilla &text, const QString &prefix)
{
    if (prefix.isEmpty())
        return;
    const auto [first, last] = selectedLines(text);
    int indent = -1;
    bool all = true;
    for (int line = first; line <= last; ++line) {
        const QString content = textOfLine(text, line);
        if (content.trimmed().isEmpty() && first != last)
            continue;
        const int here = indentOf(content);
        indent = indent < 0 ? here : std::min(indent, here);
        all = all && content.trimmed().startsWith(prefix);
    }
    const UndoStep step(text);
    for (int line = first; line <= last; ++line) {
        const QString content = textOfLine(text, line);
        if (content.trimmed().isEmpty() && first != last)
            continue;
        if (!all) {
            insert(text, text.positionFromLineIndex(line, std::max(0, indent)),
                   prefix + QLatin1Char(' '));
            continue;
        }
        const int at = int(content.indexOf(prefix));
        const bool space = content.mid(at + prefix.size()).startsWith(u' ');
        text.SendScintilla(Sci::SCI_DELETERANGE, ulong(text.positionFromLineIndex(line, at)),
                           long(prefix.size() + space));
    }
}

void duplicate(QsciScintilla &text)
{
    text.SendScintilla(Sci::SCI_SELECTIONDUPLICATE);
}

void moveLines(QsciScintilla &text, BreakpointMarks &breakpoints, bool up)
{
    const auto [first, last] = selectedLines(text);
    if (up ? first == 0 : last + 1 >= text.lines())
        return;
    QList<Breakpoint> moved = breakpoints.all();
    const int passed = up ? first - 1 : last + 1; // the line that they change place with
    for (Breakpoint &breakpoint : moved) {
        const int line = breakpoint.line - 1;
        if (line >= first && line <= last)
            breakpoint.line += up ? -1 : 1;
        else if (line == passed)
            breakpoint.line += (last - first + 1) * (up ? 1 : -1);
    }
    text.SendScintilla(up ? Sci::SCI_MOVESELECTEDLINESUP : Sci::SCI_MOVESELECTEDLINESDOWN);
    breakpoints.set(moved);
}

void deleteLines(QsciScintilla &text)
{
    const auto [first, last] = selectedLines(text);
    const long begin = text.SendScintilla(Sci::SCI_POSITIONFROMLINE, first);
    const long end = last + 1 < text.lines()
                         ? text.SendScintilla(Sci::SCI_POSITIONFROMLINE, last + 1)
                         : text.SendScintilla(Sci::SCI_GETLENGTH);
    text.SendScintilla(Sci::SCI_DELETERANGE, ulong(begin), end - begin);
}

void selectNextOccurrence(QsciScintilla &text)
{
    text.SendScintilla(Sci::SCI_TARGETWHOLEDOCUMENT);
    text.SendScintilla(Sci::SCI_SETSEARCHFLAGS, ulong(Sci::SCFIND_MATCHCASE));
    text.SendScintilla(Sci::SCI_MULTIPLESELECTADDNEXT);
}

void selectAllOccurrences(QsciScintilla &text)
{
    text.SendScintilla(Sci::SCI_TARGETWHOLEDOCUMENT);
    text.SendScintilla(Sci::SCI_SETSEARCHFLAGS, ulong(Sci::SCFIND_MATCHCASE));
    if (text.SendScintilla(Sci::SCI_GETSELECTIONEMPTY))
        text.SendScintilla(Sci::SCI_MULTIPLESELECTADDNEXT);
    text.SendScintilla(Sci::SCI_MULTIPLESELECTADDEACH);
}

void replaceText(QsciScintilla &text, BreakpointMarks &breakpoints, const QString &wanted)
{
    const QByteArray now = text.text().toUtf8();
    const QByteArray then = wanted.toUtf8();
    if (now == then)
        return;
    qsizetype same = 0;
    const qsizetype shorter = std::min(now.size(), then.size());
    while (same < shorter && now[same] == then[same])
        ++same;
    while (same > 0 && ((same < now.size() && isContinuation(now[same])) ||
                        (same < then.size() && isContinuation(then[same]))))
        --same;
    qsizetype tail = 0;
    while (tail < shorter - same && now[now.size() - 1 - tail] == then[then.size() - 1 - tail])
        ++tail;
    while (tail > 0 && isContinuation(now[now.size() - tail]))
        --tail;

    int line = 0;
    int index = 0;
    text.getCursorPosition(&line, &index);
    const QString cursorLine = textOfLine(text, line);
    const long top = text.SendScintilla(Sci::SCI_GETFIRSTVISIBLELINE);
    const int linesBefore = text.lines();
    const int changeBegin = int(text.SendScintilla(Sci::SCI_LINEFROMPOSITION, ulong(same)));
    const int changeEnd =
        int(text.SendScintilla(Sci::SCI_LINEFROMPOSITION, ulong(now.size() - tail)));

    // Scintilla cannot tell where lines within the changed part went: their text says it.
    QList<std::pair<Breakpoint, QString>> kept;
    const QList<Breakpoint> all = breakpoints.all();
    for (const Breakpoint &breakpoint : all)
        kept.append({breakpoint, textOfLine(text, breakpoint.line - 1)});

    {
        const UndoStep step(text);
        text.SendScintilla(Sci::SCI_SETTARGETRANGE, ulong(same), long(now.size() - tail));
        text.SendScintilla(Sci::SCI_REPLACETARGET, ulong(then.size() - same - tail),
                           then.constData() + same);
    }
    const int grown = text.lines() - linesBefore;
    const auto follow = [&](int where, const QString &content) {
        if (where < changeBegin)
            return where;
        if (where > changeEnd)
            return where + grown;
        return std::min(nearestLine(text, where, content), text.lines() - 1);
    };
    QList<Breakpoint> moved;
    for (auto &[breakpoint, content] : kept) {
        breakpoint.line = follow(breakpoint.line - 1, content) + 1;
        moved.append(breakpoint);
    }
    breakpoints.set(moved);
    const int newLine = follow(line, cursorLine);
    text.setCursorPosition(newLine, std::min(index, int(textOfLine(text, newLine).size())));
    text.SendScintilla(Sci::SCI_SETFIRSTVISIBLELINE, ulong(top));
}

} // namespace editor
