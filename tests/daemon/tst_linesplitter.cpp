#include "runtime-bridge/daemon/linesplitter.h"

#include <QTest>

using namespace runtime;

class TestLineSplitter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void joinsPiecesAndCutsEnds();
    void cutsLongLines();
    void replacesWhatIsNotUtf8_data();
    void replacesWhatIsNotUtf8();
};

void TestLineSplitter::joinsPiecesAndCutsEnds()
{
    std::vector<std::string> lines;
    LineSplitter splitter([&](std::string line) { lines.push_back(std::move(line)); });
    splitter.feed("one\r\ntw");
    splitter.feed("o\n\nrest");
    QCOMPARE(lines, (std::vector<std::string>{"one", "two", ""}));
    splitter.flush();
    splitter.flush();
    QCOMPARE(lines, (std::vector<std::string>{"one", "two", "", "rest"}));
}

void TestLineSplitter::cutsLongLines()
{
    std::size_t total = 0, longest = 0;
    LineSplitter splitter([&](std::string line) {
        total += line.size();
        longest = std::max(longest, line.size());
    });
    const std::string text(100'000, 'x');
    splitter.feed(text);
    splitter.feed("\n" + text + "\n");
    QCOMPARE(total, std::size_t(200'000));
    QCOMPARE(longest, LineSplitter::maxLine);
}

void TestLineSplitter::replacesWhatIsNotUtf8_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << QByteArray("abc") << QByteArray("abc");
    QTest::newRow("umlaut") << QByteArray("\xc3\xa4") << QByteArray("\xc3\xa4");
    QTest::newRow("emoji") << QByteArray("\xf0\x9f\x92\xa1") << QByteArray("\xf0\x9f\x92\xa1");
    QTest::newRow("lone lead") << QByteArray("a\xc3") << QByteArray("a\xef\xbf\xbd");
    QTest::newRow("overlong") << QByteArray("\xc0\x80") << QByteArray("\xef\xbf\xbd\xef\xbf\xbd");
    QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80")
                               << QByteArray("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    QTest::newRow("latin1") << QByteArray("gr\xfc\xdf") << QByteArray("gr\xef\xbf\xbd\xef\xbf\xbd");
}

void TestLineSplitter::replacesWhatIsNotUtf8()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, text);
    QCOMPARE(QByteArray::fromStdString(validUtf8(bytes.toStdString())), text);
}

QTEST_GUILESS_MAIN(TestLineSplitter)
#include "tst_linesplitter.moc"
