#pragma once

#include <QList>
#include <QString>

namespace editor {

/// What to look for.
struct SearchQuery {
    QString pattern;
    bool caseSensitive = false;
    bool wholeWords = false;
    bool regularExpression = false;
    bool operator==(const SearchQuery &) const = default;
};

/// A place in a text, in UTF-16 code units.
struct TextMatch {
    qsizetype begin = 0;
    qsizetype length = 0;
    bool operator==(const TextMatch &) const = default;
};

struct SearchResult {
    QList<TextMatch> matches;   ///< In order, apart from each other, at most searchLimit.
    bool truncated = false;     ///< There are more.
    QString patternError;       ///< The regular expression's fault, "missing closing parenthesis".
    qsizetype errorOffset = -1; ///< Where in the pattern it is.
};

inline constexpr qsizetype searchLimit = 100'000;

/// All places of \a query in \a text. An empty pattern is nowhere.
[[nodiscard]] SearchResult findAll(const QString &text, const SearchQuery &query);

/// What \a match becomes: \a replacement, in which for a regular expression $0 to $9, \n, \t, $$
/// and \\ are filled in.
[[nodiscard]] QString replacementFor(const QString &text, const TextMatch &match,
                                     const SearchQuery &query, const QString &replacement);

} // namespace editor
