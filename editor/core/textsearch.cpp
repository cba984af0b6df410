#include "editor/core/textsearch.h"

#include <QRegularExpression>

namespace editor {

namespace {

QRegularExpression expressionOf(const SearchQuery &query)
{
    QString pattern =
        query.regularExpression ? query.pattern : QRegularExpression::escape(query.pattern);
    // Not \b: a pattern such as "$x" has no word character at its edge and would never be found.
    if (query.wholeWords)
        pattern = QStringLiteral("(?<!\\w)(?:%1)(?!\\w)").arg(pattern);
    QRegularExpression::PatternOptions options =
        QRegularExpression::MultilineOption | QRegularExpression::UseUnicodePropertiesOption;
    if (!query.caseSensitive)
        options |= QRegularExpression::CaseInsensitiveOption;
    return QRegularExpression(pattern, options);
}

QString filledIn(const QString &replacement, const QRegularExpressionMatch &match)
{
    QString filled;
    for (qsizetype i = 0; i < replacement.size(); ++i) {
        const QChar c = replacement[i];
        const QChar next = i + 1 < replacement.size() ? replacement[i + 1] : QChar();
        if (c == u'$' && next.isDigit() && next.unicode() < 128) {
            filled += match.captured(next.digitValue());
            ++i;
        } else if ((c == u'$' && next == u'$') || (c == u'\\' && next == u'\\')) {
            filled += next;
            ++i;
        } else if (c == u'\\' && (next == u'n' || next == u't')) {
            filled += next == u'n' ? u'\n' : u'\t';
            ++i;
        } else {
            filled += c;
        }
    }
    return filled;
}

} // namespace

SearchResult findAll(const QString &text, const SearchQuery &query)
{
    SearchResult result;
    if (query.pattern.isEmpty())
        return result;
    if (query.regularExpression) {
        // Alone, so that the offset of an error counts in what the user typed.
        const QRegularExpression typed(query.pattern);
        if (!typed.isValid()) {
            result.patternError = typed.errorString();
            result.errorOffset = typed.patternErrorOffset();
            return result;
        }
    }
    QRegularExpressionMatchIterator it = expressionOf(query).globalMatch(text);
    while (it.hasNext()) {
        const QRegularExpressionMatch match = it.next();
        if (match.capturedLength() == 0)
            continue; // "x*" is everywhere; an empty place cannot be shown
        if (result.matches.size() == searchLimit) {
            result.truncated = true;
            break;
        }
        result.matches.append({match.capturedStart(), match.capturedLength()});
    }
    return result;
}

QString replacementFor(const QString &text, const TextMatch &match, const SearchQuery &query,
                       const QString &replacement)
{
    if (!query.regularExpression)
        return replacement;
    // At its place in the whole text, so that looking behind and anchors work.
    const QRegularExpressionMatch found =
        expressionOf(query).match(text, match.begin, QRegularExpression::NormalMatch,
                                  QRegularExpression::AnchorAtOffsetMatchOption);
    return found.hasMatch() ? filledIn(replacement, found) : replacement;
}

} // namespace editor
