#include "runtime-bridge/protocol/boundedjson.h"
#include "runtime-bridge/protocol/frame.h"
#include "runtime-bridge/protocol/messages.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace runtime;
using nlohmann::json;

class FrameTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesSurviveAnyCut()
    {
        const std::string stream = encodeFrame({{"a", 1}}) + encodeFrame({{"b", "two"}});
        for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
            FrameReader reader;
            std::vector<json> got;
            for (const std::string_view part :
                 {std::string_view(stream).substr(0, cut), std::string_view(stream).substr(cut)}) {
                reader.feed(part);
                while (auto message = reader.next())
                    got.push_back(message->value());
            }
            QCOMPARE(got.size(), std::size_t(2));
            QCOMPARE(got[1].dump(), R"({"b":"two"})");
        }
    }

    void badFramesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("too large") << QByteArray("\xff\xff\xff\xff", 4);
        QTest::newRow("no CBOR") << QByteArray("\0\0\0\2\xff\xff", 6);
        QTest::newRow("no map") << QByteArray("\0\0\0\1\x01", 5);
        QTest::newRow("empty") << QByteArray("\0\0\0\0", 4);
        QTest::newRow("a size that cannot be")
            << QByteArray("\0\0\0\x09\xbb\x63\x6f\x6d\x65\x66\x72\x65\x73", 13);
        QTest::newRow("nested without end") << QByteArray("\0\x10\0\0", 4) +
                                                   QByteArray("\xa1\x61\x61", 3) +
                                                   QByteArray((1 << 20) - 3, '\x81');
    }

    void badFramesAreRefused()
    {
        QFETCH(QByteArray, bytes);
        FrameReader reader;
        reader.feed({bytes.constData(), std::size_t(bytes.size())});
        const auto message = reader.next();
        QVERIFY(message.has_value());
        QVERIFY(!message->has_value());
        QCOMPARE(message->error().code, ErrorCode::RequestInvalid);
    }

    void textsAreReadToABoundedDepth()
    {
        const auto nested = [](int depth) {
            return std::string(std::size_t(depth), '[') + std::string(std::size_t(depth), ']');
        };
        QVERIFY(isJson(nested(deepestJson)));
        QVERIFY(!isJson(nested(deepestJson + 1)));
        QVERIFY(!readJson(nested(deepestJson)).is_discarded());
        QVERIFY(readJson(nested(deepestJson + 1)).is_discarded());
        QVERIFY(readJson(nested(1'000'000)).is_discarded());
        QVERIFY(readJson("{\"a\":").is_discarded());
    }
    void valuesSurviveTheWire()
    {
        Invocation invocation;
        invocation.id = "1";
        invocation.outcome = Outcome::FunctionError;
        invocation.fault = {"ValueError", "bad \"lux\"", {"a.py:3 in handler"}};
        invocation.log.push_back({5, "f", "1", true, "täxt"});
        const Result<Invocation> back = fromJson<Invocation>(toJson(invocation));
        QVERIFY(back);
        QCOMPARE(toJson(*back).dump(), toJson(invocation).dump());

        Happening readings;
        readings.kind = Happening::Kind::Readings;
        readings.readings.push_back({7, 3, 1'000'000, "f", "lux", 0.1, "sha256:1", "i"});
        QCOMPARE(toJson(fromJson<Happening>(toJson(readings)).value()).dump(),
                 toJson(readings).dump());
    }

    void wrongValuesNameTheField()
    {
        const Result<Invocation> wrong = fromJson<Invocation>({{"id", "1"}, {"outcome", "fine"}});
        QVERIFY(!wrong);
        QVERIFY(wrong.error().detail.find("fine") != std::string::npos);
        QVERIFY(!fromJson<Reading>(json::array({1, 2})));
    }

    void aManifestCannotLeaveItsFolder()
    {
        for (const char *path : {"../x", "/etc/passwd", "", "a/../../b", "a//b", "./a"}) {
            const json manifest{
                {"spec", {{"name", "f"}, {"runtime", "python3"}, {"handler", "a.b"}}},
                {"files", json::array({{{"path", path},
                                        {"digest", "sha256:" + std::string(64, '0')},
                                        {"size", 1}}})}};
            QVERIFY2(!manifestFromJson(manifest), path);
        }
    }
};

QTEST_GUILESS_MAIN(FrameTest)
#include "tst_frame.moc"
