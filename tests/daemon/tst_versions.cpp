#include "tests/daemon/testruntime.h"

#include "runtime-bridge/base/digest.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <zstd.h>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

class TestVersions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_runtime.reset(); }
    void aFunctionThatDoesNotLoadIsRefused_data();
    void aFunctionThatDoesNotLoadIsRefused();
    void aVersionThatDoesNotLoadLeavesTheOldOneServing();
    void packagesOfABundleAreFound_data();
    void packagesOfABundleAreFound();
    void aChangedFileBecomesANewVersion();
    void aMistakeInAChangedFileIsShownAndMended();
    void noRequestFailsWhileVersionsChange();
    void onlyMissingContentsAreAskedFor();
    void contentsOfAnotherDigestAreRefused();
    void theSameBundleChangesNothing();
    void rollbackBringsTheOneBefore();
    void aVersionWhoseFirstInvocationsFailIsTakenBack();
    void aVersionThatHasAnsweredStays();
    void aFirstVersionThatFailsStays();
    void whatFollowsAPutReachesTheNewVersion();
    void contentsThatAPowerCutSpoiltAreAskedForAgain();
    void fiveVersionsAreKept();
    void keptFunctionsServeAgainAfterAKill();
    void aDamagedBundleIsNotServed();
    void whatCannotBeRememberedIsSaid();
    void leasedFunctionsGoWithTheirConnection();
    void aFunctionOfTwoLeasesStaysForTheSecond();
    void removeEndsAFunction();

private:
    static QByteArray answering(const QByteArray &value)
    {
        return "def handler(event, context):\n    return " + value + "\n";
    }
    std::string answer(const std::string &function)
    {
        const auto invocation = m_runtime->invoke(function);
        return invocation ? invocation->result : invocation.error().detail;
    }
    std::unique_ptr<TestRuntime> m_runtime;
};

void TestVersions::init()
{
    m_runtime = std::make_unique<TestRuntime>();
    QVERIFY(m_runtime->start());
}

void TestVersions::aFunctionThatDoesNotLoadIsRefused_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("place");
    QTest::newRow("python syntax")
        << QStringLiteral("main.py") << QByteArray("def handler(event, context):\n    return (\n")
        << QStringLiteral("python3") << QStringLiteral("SyntaxError")
        << QStringLiteral("main.py:2 in <module>");
    QTest::newRow("python import")
        << QStringLiteral("main.py") << QByteArray("import json\nimport not_there\n")
        << QStringLiteral("python3") << QStringLiteral("ModuleNotFoundError")
        << QStringLiteral("main.py:2 in <module>");
    QTest::newRow("python no handler")
        << QStringLiteral("main.py") << QByteArray("x = 1\n") << QStringLiteral("python3")
        << QStringLiteral("AttributeError") << QString();
    QTest::newRow("node syntax") << QStringLiteral("main.js")
                                 << QByteArray("exports.handler = () => {\n  return (;\n};\n")
                                 << QStringLiteral("nodejs") << QStringLiteral("SyntaxError")
                                 << QStringLiteral("main.js:2 in <module>");
    QTest::newRow("node module") << QStringLiteral("main.mjs")
                                 << QByteArray("export const handler = 1;\nthrow new Error('x');\n")
                                 << QStringLiteral("nodejs") << QStringLiteral("Error")
                                 << QStringLiteral("main.mjs:2 in <module>");
}

void TestVersions::aFunctionThatDoesNotLoadIsRefused()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    QFETCH(QString, runtime);
    QFETCH(QString, type);
    QFETCH(QString, place);
    m_runtime->write(QStringLiteral("f"), file, text);
    const auto put = m_runtime->putBundle(TestRuntime::spec("f", runtime.toStdString()));
    QVERIFY(!put);
    QCOMPARE(put.error().code, ErrorCode::FunctionInitFailed);
    const QString detail = QString::fromStdString(put.error().detail);
    QVERIFY2(detail.contains(QLatin1String("\"type\":\"") + type + QLatin1Char('"')),
             qPrintable(detail));
    QVERIFY2(detail.contains(place), qPrintable(detail));
    QVERIFY(!m_runtime->state("f"));
}

void TestVersions::aVersionThatDoesNotLoadLeavesTheOldOneServing()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), "raise KeyError('no')\n");
    const auto put = m_runtime->putBundle(TestRuntime::spec("f"));
    QVERIFY(!put);
    QCOMPARE(put.error().code, ErrorCode::FunctionInitFailed);
    QCOMPARE(answer("f"), std::string("1"));
    const auto state = m_runtime->state("f");
    QCOMPARE(state->version, std::uint64_t(1));
    QCOMPARE(state->condition, FunctionCondition::Failed);
    QCOMPARE(state->fault.type, std::string("KeyError"));
}

void TestVersions::packagesOfABundleAreFound_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QString>("package");
    QTest::addColumn<QByteArray>("contents");
    QTest::newRow("python") << QStringLiteral("python3") << QStringLiteral("main.py")
                            << QByteArray("import word\n"
                                          "def handler(event, context):\n    return word.WORD\n")
                            << QStringLiteral("word.py") << QByteArray("WORD = 'brought'\n");
    QTest::newRow("node") << QStringLiteral("nodejs") << QStringLiteral("main.js")
                          << QByteArray("exports.handler = async () => require('word');\n")
                          << QStringLiteral("node_modules/word/index.js")
                          << QByteArray("module.exports = 'brought';\n");
}

void TestVersions::packagesOfABundleAreFound()
{
    QFETCH(QString, runtime);
    QFETCH(QString, file);
    QFETCH(QByteArray, source);
    QFETCH(QString, package);
    QFETCH(QByteArray, contents);
    m_runtime->write(QStringLiteral("f"), file, source);
    PutRequest request = m_runtime->bundleRequest(TestRuntime::spec("f", runtime.toStdString()));
    const std::string bytes = contents.toStdString(), digest = digestOf(bytes);
    request.manifest.files.push_back(
        {std::string(packagesInBundle) + '/' + package.toStdString(), digest, bytes.size(), false});
    request.blobs[digest] = bytes;
    QVERIFY_OK(m_runtime->wait(m_runtime->client().put(request)));
    QCOMPARE(answer("f"), std::string("\"brought\""));
}

void TestVersions::aChangedFileBecomesANewVersion()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("lib/value.py"), "VALUE = 1\n");
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "from lib.value import VALUE\n"
                     "def handler(event, context):\n    return VALUE\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    QCOMPARE(answer("f"), std::string("1"));
    // The same size within the same second: only the contents tell.
    m_runtime->write(QStringLiteral("f"), QStringLiteral("lib/value.py"), "VALUE = 2\n");
    QTRY_COMPARE(answer("f"), std::string("2"));
    QCOMPARE(m_runtime->state("f")->version, std::uint64_t(2));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("more/new.py"), "X = 3\n");
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "from more.new import X\n" + answering("X"));
    QTRY_COMPARE(answer("f"), std::string("3"));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("more/new.py"), "X = 4\n");
    QTRY_COMPARE(answer("f"), std::string("4"));
}

void TestVersions::aMistakeInAChangedFileIsShownAndMended()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("(") + "\n");
    QTRY_COMPARE(m_runtime->state("f")->condition, FunctionCondition::Failed);
    QCOMPARE(m_runtime->state("f")->fault.type, std::string("SyntaxError"));
    QCOMPARE(answer("f"), std::string("1"));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    QTRY_COMPARE(m_runtime->state("f")->condition, FunctionCondition::Ready);
    QCOMPARE(m_runtime->state("f")->version, std::uint64_t(1));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("2"));
    QTRY_COMPARE(answer("f"), std::string("2"));
}

void TestVersions::noRequestFailsWhileVersionsChange()
{
    const auto text = [](int version) {
        return "import time\nVERSION = " + QByteArray::number(version) +
               "\ndef handler(event, context):\n    time.sleep(0.005)\n    return VERSION\n";
    };
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), text(0));
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    int answered = 0, open = 0, newest = 0;
    QStringList failures;
    bool done = false;
    std::function<void()> next = [&] {
        ++open;
        m_runtime->client().invoke({"f", "{}", "manual", {}}).then(this, [&](Result<Invocation> r) {
            --open;
            ++answered;
            if (!r || r->outcome != Outcome::Result)
                failures.push_back(QString::fromStdString(r ? r->fault.message : r.error().detail));
            else
                newest = std::max(newest, std::stoi(r->result));
            if (!done)
                next();
        });
    };
    for (int i = 0; i < 4; ++i)
        next();
    for (int version = 1; version <= 8; ++version) {
        m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), text(version));
        const int wanted = answered + 20;
        QTRY_VERIFY(answered >= wanted);
    }
    QTRY_COMPARE(newest, 8);
    done = true;
    QTRY_COMPARE(open, 0);
    QVERIFY2(failures.isEmpty(), failures.join(QLatin1Char('\n')).toUtf8());
    QVERIFY(m_runtime->state("f")->workers <= 10);
}

void TestVersions::onlyMissingContentsAreAskedFor()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "import data\n" + answering("data.X"));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("data.py"), "X = 5\n");
    PutRequest request = m_runtime->bundleRequest(TestRuntime::spec("f"));
    const auto blobs = std::exchange(request.blobs, {});
    const auto first = TestRuntime::wait(m_runtime->client().put(request));
    QVERIFY_OK(first);
    QCOMPARE(first->missing.size(), std::size_t(2));
    QVERIFY(!m_runtime->state("f"));
    for (const std::string &digest : first->missing) {
        const std::string &plain = blobs.at(digest);
        std::string compressed(ZSTD_compressBound(plain.size()), '\0');
        compressed.resize(
            ZSTD_compress(compressed.data(), compressed.size(), plain.data(), plain.size(), 3));
        request.blobs["zstd:" + digest] = compressed;
    }
    const auto second = TestRuntime::wait(m_runtime->client().put(request));
    QVERIFY_OK(second);
    QVERIFY(second->missing.empty() && second->changed);
    QVERIFY(second->initMs > 0 && second->switchedUs > 0);
    QCOMPARE(answer("f"), std::string("5"));

    m_runtime->write(QStringLiteral("f"), QStringLiteral("data.py"), "X = 6\n");
    PutRequest change = m_runtime->bundleRequest(TestRuntime::spec("f"));
    const std::string changed = change.manifest.files.front().digest;
    change.blobs.clear();
    const auto third = TestRuntime::wait(m_runtime->client().put(change));
    QVERIFY_OK(third);
    QCOMPARE(third->missing, std::vector<std::string>{changed});
}

void TestVersions::contentsOfAnotherDigestAreRefused()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    PutRequest request = m_runtime->bundleRequest(TestRuntime::spec("f"));
    request.blobs.begin()->second += "# more\n";
    const auto put = TestRuntime::wait(m_runtime->client().put(request));
    QVERIFY(!put);
    QCOMPARE(put.error().code, ErrorCode::RequestInvalid);
    QVERIFY(!m_runtime->state("f"));
}

void TestVersions::theSameBundleChangesNothing()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    const auto first = m_runtime->putBundle(TestRuntime::spec("f"));
    QVERIFY_OK(first);
    const auto second = m_runtime->putBundle(TestRuntime::spec("f"));
    QVERIFY_OK(second);
    QVERIFY(!second->changed);
    QCOMPARE(second->bundle, first->bundle);
    QCOMPARE(second->version, std::uint64_t(1));
}

void TestVersions::rollbackBringsTheOneBefore()
{
    for (const char *value : {"1", "2"}) {
        m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering(value));
        QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    }
    const std::string before = m_runtime->state("f")->previousBundle;
    const auto rolled = TestRuntime::wait(m_runtime->client().rollback("f"));
    QVERIFY_OK(rolled);
    QCOMPARE(rolled->bundle, before);
    QCOMPARE(rolled->version, std::uint64_t(3));
    QCOMPARE(answer("f"), std::string("1"));
    const auto nowhere = TestRuntime::wait(m_runtime->client().rollback("f", digestOf("x")));
    QVERIFY(!nowhere);
    QCOMPARE(nowhere.error().code, ErrorCode::RequestInvalid);
}

void TestVersions::aVersionWhoseFirstInvocationsFailIsTakenBack()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    QCOMPARE(answer("f"), std::string("1"));
    const std::string good = m_runtime->state("f")->bundle;
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("int('x')"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(m_runtime->invoke("f")->outcome, Outcome::FunctionError);
    QTRY_COMPARE(m_runtime->state("f")->bundle, good);
    QCOMPARE(answer("f"), std::string("1"));
    const FunctionState state = *m_runtime->state("f");
    QCOMPARE(state.condition, FunctionCondition::Failed);
    QCOMPARE(state.fault.type, std::string("RolledBack"));
    QVERIFY2(state.fault.message.starts_with("version 2 failed its first 3 invocations") &&
                 state.fault.message.find("ValueError") != std::string::npos,
             state.fault.message.c_str());
    // It stays so over a restart, and until something better comes.
    m_runtime->killHard();
    QVERIFY(m_runtime->start());
    QCOMPARE(answer("f"), std::string("1"));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("3"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    QCOMPARE(answer("f"), std::string("3"));
    QCOMPARE(m_runtime->state("f")->condition, FunctionCondition::Ready);
}

void TestVersions::aVersionThatHasAnsweredStays()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    QCOMPARE(answer("f"), std::string("1"));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("event['n']"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    const std::string bundle = m_runtime->state("f")->bundle;
    QCOMPARE(m_runtime->invoke("f")->outcome, Outcome::FunctionError);
    QCOMPARE(m_runtime->invoke("f", R"({"n":2})")->result, std::string("2"));
    for (int i = 0; i < 5; ++i)
        QCOMPARE(m_runtime->invoke("f")->outcome, Outcome::FunctionError);
    QTest::qWait(100);
    QCOMPARE(m_runtime->state("f")->bundle, bundle);
    QCOMPARE(m_runtime->state("f")->condition, FunctionCondition::Ready);
}

void TestVersions::aFirstVersionThatFailsStays()
{
    // Nothing tells that the version before did better.
    for (const char *text : {"int('x')", "int('y')"}) {
        m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering(text));
        QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
        for (int i = 0; i < 4; ++i)
            QCOMPARE(m_runtime->invoke("f")->outcome, Outcome::FunctionError);
    }
    QTest::qWait(100);
    QCOMPARE(m_runtime->state("f")->version, std::uint64_t(2));
}

void TestVersions::whatFollowsAPutReachesTheNewVersion()
{
    for (int i = 1; i <= 20; ++i) {
        const QByteArray value = QByteArray::number(i);
        m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering(value));
        const auto put = m_runtime->client().put(m_runtime->bundleRequest(TestRuntime::spec("f")));
        const auto invoked = TestRuntime::wait(m_runtime->client().invoke({"f", "{}", {}, {}}));
        QVERIFY_OK(invoked);
        QCOMPARE(invoked->result, value.toStdString());
        QVERIFY_OK(TestRuntime::wait(put));
    }
}

void TestVersions::contentsThatAPowerCutSpoiltAreAskedForAgain()
{
    const QByteArray whole = answering("1"), spoilt = answering("2") + "# and more\n";
    const auto pathOf = [&](const QByteArray &text) {
        const std::string digest = digestOf(text.toStdString());
        return m_runtime->folder() + QStringLiteral("/blobs/") +
               QString::fromStdString(digest.substr(digest.find(':') + 1));
    };
    m_runtime->killHard();
    QVERIFY(QDir().mkpath(m_runtime->folder() + QStringLiteral("/blobs")));
    for (const auto &[text, contents] :
         {std::pair(whole, whole), std::pair(spoilt, QByteArray(spoilt.size(), '\0'))}) {
        QFile file(pathOf(text));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(contents);
    }
    QVERIFY(m_runtime->start());
    QVERIFY(QFile::exists(pathOf(whole)));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), spoilt);
    PutRequest request = m_runtime->bundleRequest(TestRuntime::spec("f"));
    const auto blobs = std::exchange(request.blobs, {});
    const auto missing = TestRuntime::wait(m_runtime->client().put(request));
    QVERIFY_OK(missing);
    QCOMPARE(missing->missing.size(), std::size_t(1));
    request.blobs = blobs;
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().put(request)));
    QCOMPARE(answer("f"), std::string("2"));
}

void TestVersions::fiveVersionsAreKept()
{
    for (int i = 1; i <= 7; ++i) {
        m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                         answering(QByteArray::number(i)));
        QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    }
    const QDir bundles(m_runtime->folder() + QStringLiteral("/bundles"));
    QTRY_COMPARE(bundles.entryList(QDir::Dirs | QDir::Hidden | QDir::NoDotAndDotDot).size(), 5);
    QCOMPARE(answer("f"), std::string("7"));
}

void TestVersions::keptFunctionsServeAgainAfterAKill()
{
    m_runtime->write(QStringLiteral("kept"), QStringLiteral("main.py"), answering("1"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("kept")));
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().arm("kept", false)));
    m_runtime->write(QStringLiteral("linked"), QStringLiteral("main.py"), answering("2"));
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("linked")));
    m_runtime->write(QStringLiteral("leased"), QStringLiteral("main.py"), answering("3"));
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("leased"), true));
    m_runtime->killHard();
    QVERIFY(m_runtime->start());
    QCOMPARE(answer("kept"), std::string("1"));
    QCOMPARE(answer("linked"), std::string("2"));
    QVERIFY(!m_runtime->state("leased"));
    QVERIFY(!m_runtime->state("kept")->armed);
    QVERIFY(m_runtime->state("linked")->armed);
    QCOMPARE(m_runtime->state("kept")->version, std::uint64_t(1));
    m_runtime->write(QStringLiteral("linked"), QStringLiteral("main.py"), answering("4"));
    QTRY_COMPARE(answer("linked"), std::string("4"));
}

void TestVersions::aDamagedBundleIsNotServed()
{
    for (const char *value : {"1", "22"}) {
        m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering(value));
        QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    }
    const QString root = QString::fromStdString(m_runtime->state("f")->root);
    m_runtime->killHard();
    QVERIFY(QFile::remove(root + QStringLiteral("/main.py")));
    QVERIFY(m_runtime->start());
    QCOMPARE(answer("f"), std::string("1"));
}

void TestVersions::whatCannotBeRememberedIsSaid()
{
    QVERIFY(m_runtime->start());
    const QString file = m_runtime->folder() + QStringLiteral("/functions.json");
    QFile::remove(file);
    QVERIFY(QDir().mkpath(file + QStringLiteral("/taken"))); // nothing can be put in its place
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    const auto refused = m_runtime->putBundle(TestRuntime::spec("f"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::FileUnwritable);
    QVERIFY(refused.error().subject.find("functions.json") != std::string::npos);
    QCOMPARE(answer("f"), std::string("1")); // until a restart
    QVERIFY(QDir(file).removeRecursively());
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("22"));
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    m_runtime->killHard();
    QVERIFY(m_runtime->start());
    QCOMPARE(answer("f"), std::string("22"));
}

void TestVersions::leasedFunctionsGoWithTheirConnection()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f"), true));
    QCOMPARE(answer("f"), std::string("1"));
    m_runtime->dropClient();
    QVERIFY(m_runtime->connectClient());
    QTRY_VERIFY(!m_runtime->state("f"));
    QCOMPARE(m_runtime->invoke("f").error().code, ErrorCode::FunctionUnknown);
}

void TestVersions::aFunctionOfTwoLeasesStaysForTheSecond()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), answering("1"));
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f"), true));
    {
        PutRequest request = m_runtime->bundleRequest(TestRuntime::spec("f"));
        request.blobs.clear();
        request.root = m_runtime->state("f")->root;
        request.lease = true;
        const auto other = m_runtime->createClient();
        const auto put = TestRuntime::wait(other->put(request));
        QVERIFY_OK(put);
        QVERIFY(!put->changed);
    }
    const auto third = m_runtime->createClient(); // accepted after the second was seen to close
    QVERIFY(third);
    QCOMPARE(answer("f"), std::string("1"));
}

void TestVersions::removeEndsAFunction()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "import time\ndef handler(event, context):\n    time.sleep(100)\n");
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    auto running = m_runtime->client().invoke({"f", "{}", "manual", {}});
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().remove("f")));
    const auto invocation = TestRuntime::wait(running);
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Cancelled);
    QVERIFY(!m_runtime->state("f"));
    QCOMPARE(TestRuntime::wait(m_runtime->client().remove("f")).error().code,
             ErrorCode::FunctionUnknown);
}

QTEST_GUILESS_MAIN(TestVersions)
#include "tst_versions.moc"
