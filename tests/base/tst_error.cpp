#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/error.h"

#include <QTest>

#include <set>

using namespace runtime;

class ErrorTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCodeHasItsOwnWireName()
    {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < errorCodeCount; ++i) {
            const std::string_view name = wireName(ErrorCode(i));
            QVERIFY(!name.empty());
            QVERIFY2(names.insert(name).second, std::string(name).c_str());
            QCOMPARE(errorCodeFromWireName(name), std::optional(ErrorCode(i)));
        }
        QVERIFY(!errorCodeFromWireName("No.SuchCode"));
    }

    void digestIsThatOfTheStandard()
    {
        // FIPS 180-4, example for "abc".
        QCOMPARE(digestOf("abc"),
                 "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        QVERIFY(isDigest(digestOf("")));
        QVERIFY(!isDigest("sha256:xyz"));
        QCOMPARE(shortDigest(digestOf("abc")), "ba7816b");
    }
};

QTEST_GUILESS_MAIN(ErrorTest)
#include "tst_error.moc"
