#include "tests/daemon/testruntime.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QFile>
#include <QTest>

using namespace runtime;
using nlohmann::json;
using tests::TestRuntime;
using namespace std::chrono_literals;

/// Triggers of a real runtime: each test's function returns the event that it was given.
class TestTriggers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void cronFiresAtItsTimes();
    void aZoneThatIsNotThereIsTheTriggersState();
    void objectsAreToldWhenTheyAreComplete();
    void objectsHaveTheShapeOfTheirCloud_data();
    void objectsHaveTheShapeOfTheirCloud();
    void newFoldersAndRemovedFilesAreTold();
    void frozenBucketsWait();

private:
    Result<PutResult> put(const std::string &dialect, const Trigger &trigger);
    void writeObject(const QString &key, const QByteArray &bytes);
    [[nodiscard]] QString bucket() const
    {
        return m_runtime->folder() + QStringLiteral("/buckets/uploads");
    }
    [[nodiscard]] json event(std::size_t index) const { return json::parse(m_seen[index].event); }

    std::unique_ptr<TestRuntime> m_runtime;
    std::unique_ptr<Subscription> m_feed;
    std::vector<Invocation> m_seen;
};

void TestTriggers::init()
{
    m_seen.clear();
    m_runtime = std::make_unique<TestRuntime>();
    QVERIFY(m_runtime->start());
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context=None):\n    return event\n");
    SubscribeRequest wanted;
    wanted.invocations = true;
    m_feed = m_runtime->client().subscribe(wanted);
    connect(m_feed.get(), &Subscription::happened, this, [this](const Happening &happening) {
        if (happening.kind == Happening::Kind::Invocation)
            m_seen.push_back(happening.invocation);
    });
}

void TestTriggers::cleanup()
{
    m_feed.reset();
    m_runtime.reset();
}

Result<PutResult> TestTriggers::put(const std::string &dialect, const Trigger &trigger)
{
    FunctionSpec spec = TestRuntime::spec("f");
    spec.dialect = dialect;
    spec.triggers = {trigger};
    return m_runtime->putLinked(spec);
}

void TestTriggers::writeObject(const QString &key, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(bucket() + QLatin1Char('/') + key).path());
    QFile file(bucket() + QLatin1Char('/') + key);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

void TestTriggers::cronFiresAtItsTimes()
{
    QVERIFY_OK(put("aws", TimerTrigger{0ms, "* * * * * *", "Asia/Kathmandu"}));
    QTRY_VERIFY(m_seen.size() >= 2);
    QCOMPARE(m_seen[0].trigger, std::string("timer"));
    // Begun at the second it is for, and never before.
    const auto late = m_seen[1].startUs % 1'000'000;
    QVERIFY2(late < 900'000, qPrintable(QString::number(late)));
    QCOMPARE(event(1)["detail-type"].get<std::string>(), std::string("Scheduled Event"));
    const auto state = m_runtime->state("f");
    QCOMPARE(state->triggers.size(), std::size_t(1));
    QVERIFY2(state->triggers[0].words.starts_with("next at 20"), state->triggers[0].words.c_str());
    QVERIFY(state->triggers[0].events >= 2);
    QVERIFY(!state->triggers[0].failing);
}

void TestTriggers::aZoneThatIsNotThereIsTheTriggersState()
{
    QVERIFY_OK(put("aws", TimerTrigger{0ms, "@daily", "Moon/Tycho"}));
    const auto state = m_runtime->state("f");
    QVERIFY(state->triggers.at(0).failing);
    QVERIFY(state->triggers.at(0).words.find("Moon/Tycho") != std::string::npos);
}

void TestTriggers::objectsAreToldWhenTheyAreComplete()
{
    QVERIFY_OK(put("aws", ObjectTrigger{"uploads", {}, {"created"}, {}, ".jpg"}));
    QTRY_VERIFY(QFileInfo::exists(bucket()));
    QFile slow(bucket() + QStringLiteral("/slow.jpg"));
    QVERIFY(slow.open(QIODevice::WriteOnly));
    slow.write("first half, ");
    slow.flush();
    writeObject(QStringLiteral("notes.txt"), "no suffix of ours");
    writeObject(QStringLiteral(".upload"), "renamed into place");
    QVERIFY(QFile::rename(bucket() + QStringLiteral("/.upload"),
                          bucket() + QStringLiteral("/a b+ü.jpg")));
    QTRY_COMPARE(m_seen.size(), std::size_t(1));
    const json record = event(0)["Records"][0];
    QCOMPARE(record["eventName"].get<std::string>(), std::string("ObjectCreated:Put"));
    QCOMPARE(record["s3"]["object"]["key"].get<std::string>(), std::string("a+b%2B%C3%BC.jpg"));
    QCOMPARE(record["s3"]["object"]["size"].get<int>(), 18);
    slow.write("second half");
    slow.close();
    QTRY_COMPARE(m_seen.size(), std::size_t(2));
    QCOMPARE(event(1)["Records"][0]["s3"]["object"]["size"].get<int>(), 23);
    QCOMPARE(event(1)["Records"][0]["s3"]["object"]["eTag"].get<std::string>(),
             std::string("8ea62be32c6d157bfa61e45ec121b82b"));
}

void TestTriggers::objectsHaveTheShapeOfTheirCloud_data()
{
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<QString>("keyAt");
    QTest::addColumn<QString>("nameAt");
    QTest::addColumn<QString>("name");
    const auto row = [](const char *dialect, const char *keyAt, const char *nameAt,
                        const char *name) {
        QTest::newRow(dialect) << dialect << keyAt << nameAt << name;
    };
    // From each platform's public description of its events.
    row("aws", "/Records/0/s3/object/key", "/Records/0/eventName", "ObjectCreated:Put");
    row("tencent", "/Records/0/cos/cosObject/key", "/Records/0/event/eventName",
        "cos:ObjectCreated:Put");
    row("cloudbase", "/Records/0/cos/cosObject/key", "/Records/0/event/eventName",
        "cos:ObjectCreated:Put");
    row("alibaba", "/events/0/oss/object/key", "/events/0/eventName", "ObjectCreated:PutObject");
    row("azure", "/data/url", "/eventType", "Microsoft.Storage.BlobCreated");
    row("gcp", "/data/name", "/type", "google.cloud.storage.object.v1.finalized");
    row("openwhisk", "/key", "/status", "added");
}

void TestTriggers::objectsHaveTheShapeOfTheirCloud()
{
    QFETCH(QString, dialect);
    QFETCH(QString, keyAt);
    QFETCH(QString, nameAt);
    QFETCH(QString, name);
    QVERIFY_OK(put(dialect.toStdString(), ObjectTrigger{"uploads", {}, {}, {}, {}}));
    QTRY_VERIFY(QFileInfo::exists(bucket()));
    writeObject(QStringLiteral("photo.png"), "pixels");
    QTRY_COMPARE(m_seen.size(), std::size_t(1));
    const json seen = event(0);
    QCOMPARE(seen.at(json::json_pointer(nameAt.toStdString())).get<std::string>(),
             name.toStdString());
    QVERIFY(
        seen.at(json::json_pointer(keyAt.toStdString())).get<std::string>().ends_with("photo.png"));
    QVERIFY2(seen.dump().find("${") == std::string::npos, seen.dump().c_str());
}

void TestTriggers::newFoldersAndRemovedFilesAreTold()
{
    QVERIFY_OK(put("aws", ObjectTrigger{"uploads", {}, {}, "2026/", {}}));
    QTRY_VERIFY(QFileInfo::exists(bucket()));
    writeObject(QStringLiteral("2026/11/deep.txt"), "deep");
    writeObject(QStringLiteral("2025/11/deep.txt"), "another prefix");
    QTRY_VERIFY(m_seen.size() >= 1);
    QCOMPARE(event(0)["Records"][0]["s3"]["object"]["key"].get<std::string>(),
             std::string("2026/11/deep.txt"));
    QVERIFY(QFile::remove(bucket() + QStringLiteral("/2026/11/deep.txt")));
    QTRY_COMPARE(event(m_seen.size() - 1)["Records"][0]["eventName"].get<std::string>(),
                 std::string("ObjectRemoved:Delete"));
    QVERIFY(!event(m_seen.size() - 1)["Records"][0]["s3"]["object"].contains("size"));
}

void TestTriggers::frozenBucketsWait()
{
    QVERIFY_OK(put("aws", ObjectTrigger{"uploads", {}, {}, {}, {}}));
    QTRY_VERIFY(QFileInfo::exists(bucket()));
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().freeze("f", true)));
    writeObject(QStringLiteral("one"), "1");
    for (int i = 0; i < 3; ++i) // it would have come between these answers
        QVERIFY(m_runtime->state("f"));
    QVERIFY(m_seen.empty());
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().freeze("f", false)));
    QTRY_COMPARE(m_seen.size(), std::size_t(1));
}

QTEST_GUILESS_MAIN(TestTriggers)
#include "tst_triggers.moc"
