#include "editor/core/textsearch.h"

#include <QTest>

using namespace editor;

class TextSearchTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void places_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<SearchQuery>("query");
        QTest::addColumn<QList<qsizetype>>("begins");
        using L = QList<qsizetype>;
        const auto query = [](const QString &pattern, bool sensitive, bool words, bool regex) {
            return SearchQuery{pattern, sensitive, words, regex};
        };
        const QString text = QStringLiteral("lux Lux luxury\nlux");
        QTest::newRow("any case") << text << query(u"lux"_qs, false, false, false)
                                  << L{0, 4, 8, 15};
        QTest::newRow("this case") << text << query(u"Lux"_qs, true, false, false) << L{4};
        QTest::newRow("words") << text << query(u"lux"_qs, false, true, false) << L{0, 4, 15};
        QTest::newRow("not a pattern")
            << u"a.b axb"_qs << query(u"a.b"_qs, true, false, false) << L{0};
        QTest::newRow("a pattern")
            << u"a.b axb"_qs << query(u"a.b"_qs, true, false, true) << L{0, 4};
        QTest::newRow("line starts") << text << query(u"^lux"_qs, true, false, true) << L{0, 15};
        QTest::newRow("word with a sign")
            << u"$x y$x $x1"_qs << query(u"$x"_qs, true, true, false) << L{0};
        QTest::newRow("empty places are none")
            << u"aXa"_qs << query(u"X*"_qs, true, false, true) << L{1};
        QTest::newRow("nothing") << text << query(QString(), true, false, false) << L{};
    }

    void places()
    {
        QFETCH(QString, text);
        QFETCH(SearchQuery, query);
        QList<qsizetype> begins;
        for (const TextMatch &match : findAll(text, query).matches)
            begins.append(match.begin);
        QTEST(begins, "begins");
    }

    void aBadPatternIsSaidWithItsPlace()
    {
        const SearchResult result = findAll(u"text"_qs, {u"a(b"_qs, false, true, true});
        QVERIFY(result.matches.isEmpty());
        QVERIFY2(result.patternError.contains(u"parenthes"), qPrintable(result.patternError));
        QCOMPARE(result.errorOffset, 3);
    }

    void groupsAreFilledIn()
    {
        const QString text = u"lux=213\nlux=5"_qs;
        const SearchQuery query{u"^(\\w+)=(\\d+)$"_qs, true, false, true};
        const SearchResult result = findAll(text, query);
        QCOMPARE(result.matches.size(), 2);
        QCOMPARE(replacementFor(text, result.matches[1], query, u"$2:$1\\t$$ $0"_qs),
                 u"5:lux\t$ lux=5"_qs);
    }

    void plainReplacementsAreTakenAsTheyAre()
    {
        QCOMPARE(replacementFor(u"a"_qs, {0, 1}, {u"a"_qs}, u"$1\\n"_qs), u"$1\\n"_qs);
    }
};

QTEST_GUILESS_MAIN(TextSearchTest)
#include "tst_textsearch.moc"
