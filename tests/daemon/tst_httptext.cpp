#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/jsontext.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace runtime;

class TestHttpText final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyLengthOfBytesSurvivesBase64()
    {
        std::string bytes;
        for (int i = 0; i < 300; ++i) {
            const std::string text = toBase64(bytes);
            QCOMPARE(text, QByteArray::fromStdString(bytes).toBase64().toStdString());
            const std::optional<std::string> back = fromBase64(text);
            QVERIFY(back);
            QCOMPARE(*back, bytes);
            bytes += char(i * 7);
        }
    }

    void badBase64IsRefused()
    {
        for (const char *text : {"A", "AB=A", "!!!!", "AAA===", "AAAAA=", "AB="})
            QVERIFY2(!fromBase64(text), text);
        QCOMPARE(fromBase64("QU\r\nJD").value_or("?"), std::string("ABC"));
        QCOMPARE(fromBase64("QUI").value_or("?"), std::string("AB"));
    }

    void utf8IsToldFromBytes()
    {
        for (const char *good : {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
            QVERIFY(isUtf8(good));
        for (const char *bad : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                "\xe0\x80\x80", "a\x80"})
            QVERIFY(!isUtf8(bad));
    }

    void escapesAreDecoded()
    {
        QCOMPARE(percentDecoded("a%20b+c%2Fd%zz%4"), std::string("a b+c/d%zz%4"));
        QCOMPARE(percentDecoded("a+b", true), std::string("a b"));
        const auto pairs = queryPairs("a=1&b=x%26y&&c&a=2");
        QCOMPARE(pairs.size(), std::size_t(4));
        QCOMPARE(pairs[1].second, std::string("x&y"));
        QCOMPARE(pairs[2].first, std::string("c"));
        QCOMPARE(pairs[3].second, std::string("2"));
    }

    void headersCannotBreakTheMessage()
    {
        QVERIFY(isHeader("X-A", "b c\td"));
        QVERIFY(!isHeader("X-A", "b\r\nSet-Cookie: x"));
        QVERIFY(!isHeader("X A", "b"));
        QVERIFY(!isHeader("", "b"));
        QVERIFY(isConnectionHeader("Content-Length"));
        QVERIFY(!isConnectionHeader("Content-Type"));
    }

    void whatIsWrittenAsJsonIsReadBack()
    {
        std::string odd("\0\x01\x1f\"\\/\n\x7f", 8);
        odd += "grün 温度";
        JsonText text;
        text.beginObject().member(odd, std::string_view(odd)).key("list").beginArray();
        text.value(std::int64_t(-5)).value(true).raw("{}").endArray();
        text.member("bytes", std::string_view("a\xff\xfe"));
        text.key("none").beginObject().endObject().endObject();
        const auto json = nlohmann::json::parse(text.take(), nullptr, false);
        QCOMPARE(json.value(odd, std::string()), odd);
        QCOMPARE(json["list"].dump(), std::string("[-5,true,{}]"));
        QCOMPARE(json.value("bytes", std::string()), std::string("a??"));
        QCOMPARE(json["none"].dump(), std::string("{}"));
    }
};

QTEST_GUILESS_MAIN(TestHttpText)
#include "tst_httptext.moc"
