#include "runtime-bridge/daemon/triggers/triggertimer.h"
#include "tests/daemon/testruntime.h"

#include <QTest>

#include <thread>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

class TestTimers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_runtime.reset(); }
    void ticksKeepTheirGrid();
    void aTimerFires();
    void ticksWhileOneRunsAreCounted();
    void disarmedTimersRest();
    void frozenFunctionsWaitAndTheirTimeoutStandsStill();
    void fireRunsATriggerNow();

private:
    FunctionSpec timed(const std::string &name, std::chrono::milliseconds every)
    {
        FunctionSpec spec = TestRuntime::spec(name);
        spec.triggers.push_back(TimerTrigger{every});
        return spec;
    }
    std::unique_ptr<Subscription> listen(std::vector<Invocation> &seen)
    {
        SubscribeRequest wanted;
        wanted.invocations = true;
        auto feed = m_runtime->client().subscribe(wanted);
        connect(feed.get(), &Subscription::happened, this, [&seen](const Happening &happening) {
            if (happening.kind == Happening::Kind::Invocation)
                seen.push_back(happening.invocation);
        });
        return feed;
    }
    std::unique_ptr<TestRuntime> m_runtime;
};

void TestTimers::init()
{
    m_runtime = std::make_unique<TestRuntime>();
    QVERIFY(m_runtime->start());
}

void TestTimers::ticksKeepTheirGrid()
{
    using Clock = TriggerTimer::Clock;
    boost::asio::io_context io;
    std::vector<Clock::time_point> due;
    std::uint64_t lost = 0;
    TriggerTimer timer(io, 10ms, [&](Clock::time_point time, std::uint64_t missed) {
        due.push_back(time);
        lost += missed;
        if (due.size() == 3)
            std::this_thread::sleep_for(44ms); // a busy runtime
        if (due.size() == 10)
            io.stop();
    });
    io.run();
    QCOMPARE(due.size(), std::size_t(10));
    for (const Clock::time_point time : due)
        QVERIFY((time - due.front()) % 10ms == 0ns);
    QVERIFY(lost >= 3);
    QCOMPARE((due.back() - due.front()) / 10ms, std::int64_t(9 + lost));
}

void TestTimers::aTimerFires()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n    return event['source']\n");
    std::vector<Invocation> seen;
    const auto feed = listen(seen);
    QVERIFY_OK(m_runtime->putLinked(timed("f", 20ms)));
    QTRY_VERIFY(seen.size() >= 20);
    for (const Invocation &invocation : seen) {
        QCOMPARE(invocation.trigger, std::string("timer"));
        QCOMPARE(invocation.outcome, Outcome::Result);
        QCOMPARE(invocation.result, std::string("\"aws.events\""));
    }
}

void TestTimers::ticksWhileOneRunsAreCounted()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "import time\ndef handler(event, context):\n    time.sleep(0.2)\n");
    std::vector<Invocation> seen;
    const auto feed = listen(seen);
    QVERIFY_OK(m_runtime->putLinked(timed("f", 20ms)));
    QTRY_VERIFY(seen.size() >= 3);
    const auto state = m_runtime->state("f");
    QVERIFY(state->overruns >= 15);
    QCOMPARE(state->workers, 1);
    const double distance = double(seen[2].startUs - seen[1].startUs) / 1000;
    QVERIFY2(distance >= 199, qPrintable(QString::number(distance)));
}

void TestTimers::disarmedTimersRest()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n    return 1\n");
    std::vector<Invocation> seen;
    const auto feed = listen(seen);
    QVERIFY_OK(m_runtime->putLinked(timed("f", 10ms), false, false));
    QVERIFY(!m_runtime->state("f")->armed);
    for (int i = 0; i < 3; ++i) // ticks would have come between these answers
        QVERIFY_OK(m_runtime->invoke("f"));
    for (const Invocation &invocation : seen)
        QCOMPARE(invocation.trigger, std::string("manual"));
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().arm("f", true)));
    QTRY_VERIFY(seen.size() > 10);
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().arm("f", false)));
    (void)m_runtime->invoke("f"); // whatever was under way is done
    const std::uint64_t after = m_runtime->state("f")->invocations;
    for (int i = 0; i < 5; ++i)
        QVERIFY_OK(m_runtime->invoke("f"));
    QCOMPARE(m_runtime->state("f")->invocations, after + 5);
}

void TestTimers::frozenFunctionsWaitAndTheirTimeoutStandsStill()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "import time\n"
                     "def handler(event, context):\n"
                     "    print('began')\n"
                     "    time.sleep(event.get('sleep', 0))\n"
                     "    return 1\n");
    FunctionSpec spec = timed("f", 10ms);
    spec.timeout = 300ms;
    QVERIFY_OK(m_runtime->putLinked(spec, false, false));
    SubscribeRequest wanted;
    wanted.log = true;
    const auto feed = m_runtime->client().subscribe(wanted);
    bool began = false;
    connect(feed.get(), &Subscription::happened, this, [&](const Happening &) { began = true; });
    auto running = m_runtime->client().invoke({"f", R"({"sleep":0.6})", "manual", {}});
    QTRY_VERIFY(began);
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().freeze("f", true)));
    QVERIFY(m_runtime->state("f")->frozen);
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().arm("f", true)));
    const auto invocation = TestRuntime::wait(running);
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Result); // twice its timeout
    QCOMPARE(m_runtime->state("f")->invocations, std::uint64_t(1));
    QCOMPARE(m_runtime->state("f")->overruns, std::uint64_t(0));
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().freeze("f", false)));
    QTRY_VERIFY(m_runtime->state("f")->invocations > 3);
    const auto late = m_runtime->invoke("f", R"({"sleep":2})");
    QVERIFY_OK(late);
    QCOMPARE(late->outcome, Outcome::Timeout);
}

void TestTimers::fireRunsATriggerNow()
{
    m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                     "def handler(event, context):\n    return sorted(event)[0]\n");
    FunctionSpec spec = timed("f", 10h);
    spec.triggers.push_back(HttpTrigger{"/x", {"POST"}});
    QVERIFY_OK(m_runtime->putLinked(spec));
    const auto timer = TestRuntime::wait(m_runtime->client().fire("f", 0));
    QVERIFY_OK(timer);
    QCOMPARE(timer->trigger, std::string("timer"));
    QCOMPARE(timer->result, std::string("\"account\""));
    const auto http = TestRuntime::wait(m_runtime->client().fire("f", 1));
    QVERIFY_OK(http);
    QCOMPARE(http->trigger, std::string("http"));
    QCOMPARE(TestRuntime::wait(m_runtime->client().fire("f", 2)).error().code,
             ErrorCode::RequestInvalid);
}

QTEST_GUILESS_MAIN(TestTimers)
#include "tst_timers.moc"
