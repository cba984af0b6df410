#include "app/ide/logview.h"

#include "app/ide/invocationmodel.h"
#include "app/ide/theme.h"

#include <QDateTime>
#include <QScrollBar>
#include <QTextCursor>

namespace app {

namespace {
constexpr int maxLines = 10'000;
constexpr std::size_t maxWaiting = 2'000;
} // namespace

LogView::LogView(QWidget *parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setMaximumBlockCount(maxLines);
    setLineWrapMode(NoWrap);
    setFont(Theme::instance().codeFont());
    setAccessibleName(tr("Log"));
    setPlaceholderText(tr("What your functions print shows here."));
    document()->setDocumentMargin(space::s);
    m_flush.setSingleShot(true);
    m_flush.setInterval(40);
    connect(&m_flush, &QTimer::timeout, this, &LogView::flush);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        clear();
        write(m_shown);
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    });
}

void LogView::add(const runtime::LogLine &line)
{
    enqueue({clockText(line.timeUs) + QStringLiteral("  ") + QString::fromStdString(line.function),
             QString::fromStdString(line.text), line.isError ? Line::Error : Line::Out});
}

void LogView::note(const QString &text)
{
    enqueue({clockText(QDateTime::currentMSecsSinceEpoch() * 1000), text, Line::Note});
}

void LogView::enqueue(Line line)
{
    m_waiting.push_back(std::move(line));
    if (m_waiting.size() > maxWaiting) {
        m_waiting.pop_front();
        ++m_skipped;
    }
    if (!m_flush.isActive())
        m_flush.start();
}

void LogView::flush()
{
    const bool atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 4;
    if (const std::size_t skipped = std::exchange(m_skipped, 0); skipped > 0)
        m_waiting.push_front(
            {{},
             tr("… %1 lines were skipped; edgewright logs has them all").arg(skipped),
             Line::Note});
    write(m_waiting);
    m_shown.insert(m_shown.end(), m_waiting.begin(), m_waiting.end());
    m_waiting.clear();
    while (m_shown.size() > std::size_t(maxLines))
        m_shown.pop_front();
    if (atEnd)
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void LogView::write(const std::deque<Line> &lines)
{
    const Tokens &t = Theme::instance().tokens();
    QTextCharFormat quiet, plain;
    quiet.setForeground(t.quiet);
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    cursor.movePosition(QTextCursor::End);
    for (const Line &line : lines) {
        if (!document()->isEmpty())
            cursor.insertBlock();
        cursor.insertText(line.stamp + QStringLiteral("  "), quiet);
        plain.setForeground(line.kind == Line::Error  ? t.bad
                            : line.kind == Line::Note ? t.accent
                                                      : t.text);
        cursor.insertText(line.text, plain);
    }
    cursor.endEditBlock();
}

} // namespace app
