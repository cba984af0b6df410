#include "app/cli/output.h"

#include "app/errors/usermessage.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <QDateTime>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cstdio>

namespace app {

using nlohmann::json;

namespace {

void print(std::FILE *stream, const QByteArray &bytes)
{
    std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), stream);
    std::fflush(stream);
}

QString text(const std::string &utf8)
{
    return QString::fromStdString(utf8);
}

} // namespace

Output::Output(bool json)
    : m_json(json)
    , m_colour(::isatty(STDERR_FILENO) && qEnvironmentVariableIsEmpty("NO_COLOR") &&
               qgetenv("TERM") != "dumb")
    , m_terminal(::isatty(STDERR_FILENO))
{
}

QString Output::styled(Style style, const QString &words) const
{
    if (!m_colour)
        return words;
    const char *code = "0";
    switch (style) {
    case Style::Bad: code = "31"; break;
    case Style::Warn: code = "33"; break;
    case Style::Good: code = "32"; break;
    case Style::Quiet: code = "2"; break;
    case Style::Bold: code = "1"; break;
    }
    return QStringLiteral("\033[%1m%2\033[0m").arg(QLatin1String(code), words);
}

void Output::line(const QString &words)
{
    print(stdout, words.toUtf8() + '\n');
}

void Output::json(const nlohmann::json &value)
{
    json(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Output::json(const std::string &words)
{
    print(stdout, QByteArray::fromStdString(words) + '\n');
}

void Output::table(const QStringList &head, const std::vector<QStringList> &rows,
                   const QString &otherwise)
{
    if (rows.empty()) {
        note(otherwise);
        return;
    }
    std::vector<qsizetype> widths;
    for (qsizetype column = 0; column < head.size(); ++column) {
        qsizetype width = head[column].size();
        for (const QStringList &row : rows)
            width = std::max(width, row.value(column).size());
        widths.push_back(width);
    }
    const auto show = [&](const QStringList &row) {
        QString shown;
        for (qsizetype column = 0; column < head.size(); ++column)
            shown += row.value(column).leftJustified(widths[std::size_t(column)] + 2);
        while (shown.endsWith(u' '))
            shown.chop(1);
        line(shown);
    };
    show(head);
    for (const QStringList &row : rows)
        show(row);
}

void Output::toError(const QString &words)
{
    if (std::exchange(m_progressOpen, false))
        print(stderr, "\r\033[K");
    print(stderr, words.toUtf8() + '\n');
}

void Output::note(const QString &words)
{
    toError(words);
}

void Output::progress(const QString &words)
{
    if (!m_terminal) {
        toError(words);
        return;
    }
    print(stderr, "\r\033[K" + styled(Style::Quiet, words).toUtf8());
    m_progressOpen = true;
}

void Output::log(const runtime::LogLine &entry, bool withTime)
{
    QString shown = text(entry.text);
    if (entry.isError)
        shown = styled(Style::Warn, shown);
    if (withTime)
        shown = styled(Style::Quiet, clockText(entry.timeUs) + u' ' + text(entry.function)) +
                QStringLiteral("  ") + shown;
    toError(shown);
}

void Output::fault(const QString &title, const runtime::Fault &fault)
{
    QString shown = styled(Style::Bad, title) + QStringLiteral("\n  ") + text(fault.type);
    if (!fault.message.empty())
        shown += QStringLiteral(": ") + text(fault.message);
    for (const std::string &frame : fault.stack)
        shown += QStringLiteral("\n    ") + text(frame);
    toError(shown);
}

void Output::error(const runtime::Error &error)
{
    const UserMessage message = describe(error);
    if (message.title.isEmpty())
        return;
    QString shown = styled(Style::Bad, message.title) + QStringLiteral("\n  ") + message.text;
    // Evidence of one line stands in the text already, where it helps there.
    const QString evidence = text(error.detail).trimmed();
    if (!evidence.isEmpty() && !message.text.contains(evidence, Qt::CaseInsensitive))
        shown += QStringLiteral("\n  ") + styled(Style::Quiet, message.details);
    toError(shown);
    if (m_json)
        json(nlohmann::json{{"error", errorObject(error)}});
}

void Output::warning(const QString &words)
{
    toError(styled(Style::Warn, words));
}

json errorObject(const runtime::Error &error)
{
    const UserMessage message = describe(error);
    return {{"code", runtime::wireName(error.code)},
            {"title", message.title.toStdString()},
            {"text", message.text.toStdString()},
            {"detail", error.detail}};
}

QString clockText(std::int64_t timeUs)
{
    return QDateTime::fromMSecsSinceEpoch(timeUs / 1000).toString(QStringLiteral("HH:mm:ss.zzz"));
}

QString alarmLine(const runtime::AlarmChange &change)
{
    const QString message = QString::fromStdString(change.alarm.message);
    return QStringLiteral("%1 %2: %3 %4 (%5)%6")
        .arg(clockText(change.timeUs), QString::fromStdString(change.function),
             QString::fromStdString(runtime::describe(change.alarm)),
             change.isRaised ? QStringLiteral("raised") : QStringLiteral("is over"),
             QString::fromStdString(change.figure),
             message.isEmpty() ? message : QStringLiteral(": ") + message);
}

QString durationText(double milliseconds)
{
    return milliseconds < 1000
               ? QString::number(milliseconds, 'f', milliseconds < 10 ? 2 : 1) +
                     QStringLiteral(" ms")
               : QString::number(milliseconds / 1000, 'f', 2) + QStringLiteral(" s");
}

json valueOf(const std::string &jsonText)
{
    if (jsonText.empty())
        return nullptr;
    json value = runtime::readJson(jsonText);
    return value.is_discarded() ? json(jsonText) : value;
}

} // namespace app
