#include "tests/daemon/triggertest.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QFile>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

/// Files that tests write and rotate as programs and logrotate do.
class TestLogs : public tests::TriggerTest
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { endRuntime(); }
    void linesAreEvents();
    void onlyMatchingLinesAreEvents();
    void cloudWatchForAws();
    void aFileThatIsRotatedIsFollowed();
    void aFileThatIsCutOffBeginsAnew();
    void nothingIsLostThroughKills();
    void rotationWhileTheRuntimeIsAway();
    void whatFailsIsTriedAgainAndKeptAside();
    void aFileThatIsNotThereIsWaitedFor();
    void badPatternsAreRefused();

private:
    [[nodiscard]] QString path() const { return m_folder->filePath(QStringLiteral("app.log")); }
    [[nodiscard]] LogTrigger trigger() const { return {path().toStdString()}; }
    void append(const QByteArray &bytes, const QString &name = QStringLiteral("app.log"));
    bool rename(const char *from, const char *to)
    {
        return QFile::rename(m_folder->filePath(QLatin1String(from)),
                             m_folder->filePath(QLatin1String(to)));
    }
    bool waitForLines(const std::vector<std::string> &lines);

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestLogs::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    startRuntime();
}

void TestLogs::append(const QByteArray &bytes, const QString &name)
{
    QFile file(m_folder->filePath(name));
    QVERIFY(file.open(QIODevice::Append));
    QCOMPARE(file.write(bytes), bytes.size());
}

/// Exactly these, in their order.
bool TestLogs::waitForLines(const std::vector<std::string> &lines)
{
    const auto all = [this] {
        std::vector<std::string> texts;
        for (const json &event : noted())
            texts.push_back(event["line"].get<std::string>());
        return texts;
    };
    if (QTest::qWaitFor([&] { return all() == lines; }, 30'000))
        return true;
    for (const std::string &line : all())
        qWarning("there is: %s", line.c_str());
    return false;
}

void TestLogs::linesAreEvents()
{
    append("what was there before\n");
    QVERIFY_OK(arm(trigger()));
    QVERIFY2(state().words.starts_with("follows "), state().words.c_str());
    append("first\nsec");
    append("ond\r\n\n\xff\n");
    QVERIFY(waitForSuccesses(4));
    const json event = json::parse(seen[1].event);
    QCOMPARE(seen[0].trigger, std::string("log"));
    QCOMPARE(event["file"].get<std::string>(), path().toStdString());
    QCOMPARE(event["line"].get<std::string>(), std::string("second"));
    QCOMPARE(event["offset"].get<int>(), 28);
    QVERIFY(event["time"].is_string() && event["timestamp"].is_number());
    QVERIFY(waitForLines({"first", "second", "", "\xef\xbf\xbd"}));
    QCOMPARE(state().events, std::uint64_t(4));
    QVERIFY(!state().failing);
}

void TestLogs::onlyMatchingLinesAreEvents()
{
    LogTrigger wanted = trigger();
    wanted.match = "^(WARN|ERROR) [0-9]+";
    append({});
    QVERIFY_OK(arm(wanted));
    append("INFO 1\nERROR 2\nan ERROR 3\nWARN 4\n");
    QVERIFY(waitForLines({"ERROR 2", "WARN 4"}));
}

void TestLogs::cloudWatchForAws()
{
    append({});
    QVERIFY_OK(arm(trigger(), {}, "aws"));
    runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                   "import base64, gzip, json\n"
                   "def handler(event, context):\n"
                   "    data = gzip.decompress(base64.b64decode(event['awslogs']['data']))\n"
                   "    return json.loads(data)\n");
    QTRY_COMPARE(runtime->state("f")->version, 2);
    append("one\ntwo\nthree\n");
    QTRY_VERIFY_WITH_TIMEOUT(
        [this] {
            int count = 0;
            for (const std::string &result : results())
                count += int(json::parse(result)["logEvents"].size());
            return count == 3;
        }(),
        30'000);
    const json data = json::parse(results().front());
    QCOMPARE(data["messageType"].get<std::string>(), std::string("DATA_MESSAGE"));
    QCOMPARE(data["logGroup"].get<std::string>(), path().toStdString());
    QCOMPARE(data["subscriptionFilters"][0].get<std::string>(), std::string("f"));
    QCOMPARE(data["logEvents"][0]["message"].get<std::string>(), std::string("one"));
    QCOMPARE(data["logEvents"][0]["id"].get<std::string>().size(), std::size_t(56));
}

void TestLogs::aFileThatIsRotatedIsFollowed()
{
    append("before\n");
    QVERIFY_OK(arm(trigger()));
    append("1\n");
    QVERIFY(rename("app.log", "app.log.1"));
    append("2\n", QStringLiteral("app.log.1")); // who writes has not heard of it yet
    append({});                                 // made by who rotates
    append("3\n4", QStringLiteral("app.log.1"));
    QVERIFY(waitForLines({"1", "2", "3"}));
    append("5\n");
    QVERIFY(waitForLines({"1", "2", "3", "4", "5"}));
    QVERIFY(rename("app.log.1", "app.log.2"));
    QVERIFY(rename("app.log", "app.log.1"));
    append("6\n");
    QVERIFY(waitForLines({"1", "2", "3", "4", "5", "6"}));
}

void TestLogs::aFileThatIsCutOffBeginsAnew()
{
    append("a line of some length\n");
    QVERIFY_OK(arm(trigger()));
    append("1\n");
    QVERIFY(waitForLines({"1"}));
    QVERIFY(QFile::resize(path(), 0));
    append("2\n");
    QVERIFY(waitForLines({"1", "2"}));
}

void TestLogs::nothingIsLostThroughKills()
{
    append("before\n");
    QVERIFY_OK(arm(trigger()));
    int next = 0;
    for (int round = 0; round < 4; ++round) {
        const std::size_t before = noted().size();
        for (int i = 0; i < 200; ++i)
            append(QByteArray::number(next++) + '\n');
        QVERIFY(QTest::qWaitFor([&] { return noted().size() > before + 5; }, 30'000));
        restartRuntime();
        append(QByteArray::number(next++) + '\n');
    }
    const std::string missing = waitForAll("line", next);
    QVERIFY2(missing.empty(), missing.c_str());
    // Each is in the queue once: only what ran while it was killed runs again.
    QVERIFY2(noted().size() <= std::size_t(next) + 4, std::to_string(noted().size()).c_str());
}

void TestLogs::rotationWhileTheRuntimeIsAway()
{
    append("before\n");
    QVERIFY_OK(arm(trigger()));
    append("1\n");
    QVERIFY(waitForLines({"1"}));
    runtime->killHard();
    append("2\n");
    QVERIFY(rename("app.log", "app.log.1"));
    append("3\n");
    restartRuntime();
    QVERIFY(waitForLines({"1", "2", "3"}));
    runtime->killHard();
    QVERIFY(QFile::resize(path(), 0));
    append("longer than what was there\n"); // the same file, filled again
    restartRuntime();
    QVERIFY(waitForLines({"1", "2", "3", "longer than what was there"}));
}

void TestLogs::whatFailsIsTriedAgainAndKeptAside()
{
    append({});
    LogTrigger wanted = trigger();
    wanted.retry = {2, 20ms};
    QVERIFY_OK(arm(wanted));
    append("bad\ngood\n");
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), std::size_t(3), 30'000);
    QTRY_COMPARE(queue().dead, std::uint64_t(1));
    QVERIFY(queue().name.starts_with("log.f."));
}

void TestLogs::aFileThatIsNotThereIsWaitedFor()
{
    LogTrigger wanted{m_folder->filePath(QStringLiteral("new/app.log")).toStdString()};
    QVERIFY_OK(arm(wanted));
    QVERIFY(!state().failing);
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("new")));
    append("first\n", QStringLiteral("new/app.log"));
    QVERIFY(waitForLines({"first"}));
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("folder")));
    wanted.file = m_folder->filePath(QStringLiteral("folder")).toStdString();
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("is no file"), state().words.c_str());
}

void TestLogs::badPatternsAreRefused()
{
    LogTrigger wanted = trigger();
    wanted.match = "(";
    const auto put = arm(wanted);
    QVERIFY(!put);
    QVERIFY2(put.error().detail.find("no regular expression") != std::string::npos,
             put.error().detail.c_str());
}

QTEST_GUILESS_MAIN(TestLogs)
#include "tst_logs.moc"
