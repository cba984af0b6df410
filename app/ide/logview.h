#pragma once

#include "runtime-bridge/protocol/messages.h"

#include <QPlainTextEdit>
#include <QTimer>

#include <deque>

namespace app {

/// The lines that functions printed, oldest first. Follows the end unless the reader scrolled away;
/// takes lines as fast as they come and shows them 25 times a second.
class LogView final : public QPlainTextEdit
{
    Q_OBJECT

public:
    explicit LogView(QWidget *parent = nullptr);

    void add(const runtime::LogLine &line);
    /// A line of our own: what was started, pushed, refused.
    void note(const QString &text);

private:
    struct Line {
        QString stamp;
        QString text;
        enum Kind { Out, Error, Note } kind = Out;
    };
    void enqueue(Line line);
    void flush();
    void write(const std::deque<Line> &lines);

    std::deque<Line> m_waiting;
    std::deque<Line> m_shown; ///< To write again in other colours.
    std::size_t m_skipped = 0;
    QTimer m_flush;
};

} // namespace app
