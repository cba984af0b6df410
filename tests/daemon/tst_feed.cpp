#include "tests/daemon/testruntime.h"

#include <QTest>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

class TestFeed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_runtime.reset(); }
    void printedAndReturnedNumbersAreReadings();
    void onlyWantedSourcesCount();
    void aLostConnectionLosesAndDoublesNothing();
    void readingsSurviveAKill();
    void aSlowReaderGetsEverythingInOrder();
    void statesAndSwitchesAreTold();
    void recordsAreKept();

private:
    std::unique_ptr<Subscription> follow(Client &client, std::vector<Reading> &seen,
                                         std::optional<std::uint64_t> after = {})
    {
        SubscribeRequest wanted;
        wanted.readings = true;
        wanted.readingsFromNow = !after;
        wanted.afterCursor = after.value_or(0);
        auto feed = client.subscribe(wanted);
        connect(feed.get(), &Subscription::happened, this, [&seen](const Happening &happening) {
            for (const Reading &reading : happening.readings)
                seen.push_back(reading);
        });
        return feed;
    }
    /// Whether sequences go up by one from 1 and cursors rise.
    static QString gapIn(const std::vector<Reading> &readings)
    {
        for (std::size_t i = 0; i < readings.size(); ++i)
            if (readings[i].sequence != i + 1 ||
                (i > 0 && readings[i].cursor <= readings[i - 1].cursor))
                return QStringLiteral("at %1: sequence %2").arg(i).arg(readings[i].sequence);
        return {};
    }
    std::unique_ptr<TestRuntime> m_runtime;
};

void TestFeed::init()
{
    m_runtime = std::make_unique<TestRuntime>();
    QVERIFY(m_runtime->start());
}

void TestFeed::printedAndReturnedNumbersAreReadings()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "import sys\n"
                     "def handler(event, context):\n"
                     "    print('lux:12.5 lamp=1')\n"
                     "    print('hidden:9', file=sys.stderr)\n"
                     "    return {'lux': 99, 'on': True, 'text': 'x'}\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    std::vector<Reading> seen;
    const auto feed = follow(m_runtime->client(), seen);
    const auto invocation = m_runtime->invoke("f");
    QVERIFY_OK(invocation);
    QTRY_COMPARE(seen.size(), std::size_t(3));
    QCOMPARE(seen[0].series, std::string("lux"));
    QCOMPARE(seen[0].value, 12.5); // the printed one counts
    QCOMPARE(seen[1].series, std::string("lamp"));
    QCOMPARE(seen[2].series, std::string("on"));
    QCOMPARE(seen[2].value, 1.0);
    for (const Reading &reading : seen) {
        QCOMPARE(reading.function, std::string("f"));
        QCOMPARE(reading.invocation, invocation->id);
        QCOMPARE(reading.bundle, invocation->bundle);
        QVERIFY(reading.timeUs >= invocation->startUs);
    }
    QCOMPARE(gapIn(seen), QString());
}

void TestFeed::onlyWantedSourcesCount()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n"
                     "    print('a:1')\n"
                     "    return {'b': 2}\n");
    std::vector<Reading> seen;
    const auto feed = follow(m_runtime->client(), seen);
    FunctionSpec spec = TestRuntime::spec("f");
    spec.readingsFromLog = false;
    QVERIFY_OK(m_runtime->putLinked(spec));
    QVERIFY_OK(m_runtime->invoke("f"));
    QTRY_COMPARE(seen.size(), std::size_t(1));
    QCOMPARE(seen[0].series, std::string("b"));
    spec.readingsFromLog = true;
    spec.readingsFromResult = false;
    QVERIFY_OK(m_runtime->putLinked(spec));
    QVERIFY_OK(m_runtime->invoke("f"));
    QTRY_COMPARE(seen.size(), std::size_t(2));
    QCOMPARE(seen[1].series, std::string("a"));
}

void TestFeed::aLostConnectionLosesAndDoublesNothing()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "N = 0\n"
                     "def handler(event, context):\n"
                     "    global N\n"
                     "    for i in range(5):\n"
                     "        N += 1\n"
                     "        print('n:%d' % N)\n");
    FunctionSpec spec = TestRuntime::spec("f");
    spec.triggers.push_back(TimerTrigger{10ms});
    std::vector<Reading> seen;
    auto client = m_runtime->createClient();
    auto feed = follow(*client, seen, 0);
    QVERIFY_OK(m_runtime->putLinked(spec));
    for (int cut = 0; cut < 5; ++cut) {
        const std::size_t wanted = seen.size() + 50;
        QTRY_VERIFY(seen.size() >= wanted);
        feed.reset();
        client.reset(); // whatever was on its way is lost with it
        client = m_runtime->createClient();
        QVERIFY(client);
        feed = follow(*client, seen, seen.back().cursor);
    }
    const std::size_t wanted = seen.size() + 100;
    QTRY_VERIFY(seen.size() >= wanted);
    QCOMPARE(gapIn(seen), QString());
    for (std::size_t i = 0; i < seen.size(); ++i)
        QCOMPARE(seen[i].value, double(i + 1));
}

void TestFeed::readingsSurviveAKill()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n    print('n:1')\n");
    QVERIFY_OK(m_runtime->putBundle(TestRuntime::spec("f")));
    std::vector<Reading> before, after;
    {
        const auto feed = follow(m_runtime->client(), before);
        for (int i = 0; i < 10; ++i)
            QVERIFY_OK(m_runtime->invoke("f"));
        QTRY_COMPARE(before.size(), std::size_t(10));
    }
    m_runtime->killHard();
    QVERIFY(m_runtime->start());
    const auto feed = follow(m_runtime->client(), after, 0);
    QVERIFY_OK(m_runtime->invoke("f"));
    QTRY_COMPARE(after.size(), std::size_t(11));
    QCOMPARE(gapIn(after), QString());
}

void TestFeed::aSlowReaderGetsEverythingInOrder()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n"
                     "    for i in range(20000):\n"
                     "        print('a_series_with_a_rather_long_name:%d' % i)\n");
    FunctionSpec spec = TestRuntime::spec("f");
    spec.timeout = 20s;
    QVERIFY_OK(m_runtime->putLinked(spec));
    std::vector<Reading> seen;
    const auto other = m_runtime->createClient();
    const auto feed = follow(m_runtime->client(), seen);
    // This thread reads nothing while the function runs: the runtime must wait for it.
    auto invocation = other->invoke({"f", "{}", "manual", {}});
    QVERIFY_OK(TestRuntime::wait(invocation));
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), std::size_t(20'000), 15'000);
    QCOMPARE(gapIn(seen), QString());
}

void TestFeed::statesAndSwitchesAreTold()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n    return 1\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    SubscribeRequest wanted;
    wanted.functions = true;
    QStringList told;
    const auto feed = m_runtime->client().subscribe(wanted);
    connect(feed.get(), &Subscription::happened, this, [&](const Happening &happening) {
        switch (happening.kind) {
        case Happening::Kind::Function:
            told << QStringLiteral("state %1").arg(happening.function.version);
            break;
        case Happening::Kind::Switch:
            told << QStringLiteral("switch %1").arg(happening.switched.version);
            break;
        case Happening::Kind::FunctionRemoved:
            told << QStringLiteral("removed ") + QString::fromStdString(happening.functionName);
            break;
        default: told << QStringLiteral("?");
        }
    });
    QTRY_COMPARE(told.join(QLatin1Char(',')), QStringLiteral("state 1"));
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n    return 2\n");
    QTRY_COMPARE(told.join(QLatin1Char(',')), QStringLiteral("state 1,switch 2,state 2"));
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().remove("f")));
    QTRY_COMPARE(told.last(), QStringLiteral("removed f"));
}

void TestFeed::recordsAreKept()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "print('loading')\n"
                     "def handler(event, context):\n    print('hello')\n    return event\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    const auto invocation = m_runtime->invoke("f", R"({"n":1})");
    QVERIFY_OK(invocation);
    const auto list = TestRuntime::wait(m_runtime->client().invocations("f", 10));
    QVERIFY_OK(list);
    QCOMPARE(list->size(), std::size_t(1));
    const auto again = TestRuntime::wait(m_runtime->client().invocation(invocation->id));
    QVERIFY_OK(again);
    QCOMPARE(again->event, std::string(R"({"n":1})"));
    QCOMPARE(again->result, std::string(R"({"n":1})"));
    QCOMPARE(again->log.size(), std::size_t(1));
    const auto lines = TestRuntime::wait(m_runtime->client().logs("f", 10));
    QVERIFY_OK(lines);
    QCOMPARE(lines->size(), std::size_t(2));
    QCOMPARE(lines->front().text, std::string("loading"));
    QCOMPARE(lines->front().invocation, std::string());
    const auto nothing = TestRuntime::wait(m_runtime->client().invocation("unknown"));
    QVERIFY(!nothing);
}

QTEST_GUILESS_MAIN(TestFeed)
#include "tst_feed.moc"
