#include "runtime-bridge/daemon/alarms/alarmwatch.h"
#include "tests/daemon/testruntime.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace runtime;
using nlohmann::json;
using tests::TestRuntime;
using namespace std::chrono_literals;

namespace {

/// Takes what is posted, and answers as it is told to.
class Receiver final : public QObject
{
public:
    Receiver()
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port");
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = m_server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] { onData(socket); });
            connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        });
    }
    [[nodiscard]] std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(m_server.serverPort()) + "/alarms?team=shop";
    }

    std::vector<json> posted;
    int refusals = 0; ///< So many are answered with 503 first.
    QByteArray head;

private:
    void onData(QTcpSocket *socket)
    {
        QByteArray &data = m_data[socket];
        data += socket->readAll();
        const qsizetype end = data.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        head = data.left(end);
        const json body = json::parse(data.mid(end + 4).toStdString(), nullptr, false);
        if (body.is_discarded())
            return; // not all of it yet
        posted.push_back(body);
        socket->write(refusals-- > 0 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
                                     : "HTTP/1.1 204 No Content\r\n\r\n");
        socket->disconnectFromHost();
        m_data.remove(socket);
    }

    QTcpServer m_server;
    QHash<QTcpSocket *, QByteArray> m_data;
};

Alarm alarmOn(AlarmKind kind, std::chrono::milliseconds window)
{
    Alarm alarm;
    alarm.on = kind;
    alarm.window = window;
    return alarm;
}

Invocation endedAs(Outcome outcome, double durationMs = 1)
{
    Invocation invocation;
    invocation.outcome = outcome;
    invocation.durationMs = durationMs;
    return invocation;
}

} // namespace

/// Alarms: what they count, and what a real runtime does with them.
class TestAlarms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_changes.clear(); }
    void cleanup()
    {
        m_feed.reset();
        m_runtime.reset();
    }

    void failuresAreRaisedOverTheirShareOnly();
    void whatHoversAtItsLimitDoesNotFlap();
    void durationLooksAtTheSlowestTwentieth();
    void absenceEndsWithAnInvocation();
    void restIsNoTime();

    void failuresAreToldToEverybodyAndClear();
    void webhooksAreTriedAgain();
    void functionsAreInvokedWithTheAlarm();
    void newVersionsChangeNothing();
    void absenceWaitsUntilTheFunctionIsArmed();
    void badAlarmsAreRefused();

private:
    void serve(const std::vector<Alarm> &alarms)
    {
        m_runtime = std::make_unique<TestRuntime>();
        QVERIFY(m_runtime->start());
        SubscribeRequest wanted;
        wanted.functions = true;
        m_feed = m_runtime->client().subscribe(wanted);
        connect(m_feed.get(), &Subscription::happened, this, [this](const Happening &happening) {
            if (happening.kind == Happening::Kind::Alarm)
                m_changes.push_back(happening.alarm);
        });
        m_spec = TestRuntime::spec("shop");
        m_spec.alarms = alarms;
        m_runtime->write(QStringLiteral("shop"), QStringLiteral("main.py"),
                         "def handler(event, context):\n"
                         "    if event.get('bad'): raise ValueError('closed')\n");
        QVERIFY_OK(m_runtime->putLinked(m_spec));
    }
    void fail() { QVERIFY_OK(m_runtime->invoke("shop", R"({"bad":1})")); }
    AlarmState alarm() { return m_runtime->state("shop")->alarms.at(0); }
    QByteArray metrics()
    {
        const auto address = TestRuntime::wait(m_runtime->client().gateway());
        const std::unique_ptr<QNetworkReply> reply(
            m_network.get(QNetworkRequest(QUrl(QString::fromStdString(*address + "/_metrics")))));
        return QTest::qWaitFor([&] { return reply->isFinished(); }, 10'000) ? reply->readAll()
                                                                            : QByteArray();
    }

    std::unique_ptr<TestRuntime> m_runtime;
    std::unique_ptr<Subscription> m_feed;
    std::vector<AlarmChange> m_changes;
    FunctionSpec m_spec;
    QNetworkAccessManager m_network;
};

void TestAlarms::failuresAreRaisedOverTheirShareOnly()
{
    Alarm alarm = alarmOn(AlarmKind::Failures, 60s);
    alarm.share = 0.05;
    const AlarmWatch::Time begin{1'000s};
    AlarmWatch watch(alarm, begin);
    QVERIFY(!watch.look(begin));
    for (int i = 0; i < 19; ++i)
        watch.count(endedAs(Outcome::Result), begin + std::chrono::seconds(i));
    watch.count(endedAs(Outcome::FunctionError), begin + 20s);
    watch.count(endedAs(Outcome::Cancelled), begin + 20s);
    QVERIFY(!watch.look(begin + 21s)); // just 5 %
    watch.count(endedAs(Outcome::Timeout), begin + 22s);
    QVERIFY(watch.look(begin + 23s));
    QVERIFY(watch.isRaised());
    QCOMPARE(watch.figure(), std::string("9.52% of 21 failed"));
    QVERIFY(!watch.look(begin + 24s)); // told once
    QVERIFY(!watch.look(begin + 79s));
    QVERIFY(watch.look(begin + 90s)); // both are longer ago than a minute
    QVERIFY(!watch.isRaised());
}

void TestAlarms::whatHoversAtItsLimitDoesNotFlap()
{
    Alarm alarm = alarmOn(AlarmKind::Failures, 10s);
    alarm.share = 0.5;
    const AlarmWatch::Time begin{1'000s};
    AlarmWatch watch(alarm, begin);
    int changes = 0;
    for (int i = 0; i < 1'000; ++i) { // one second bad, one second good, for 100 s
        const auto now = begin + i * 100ms;
        for (int n = 0; n < 1 + 4 * (i / 10 % 2); ++n)
            watch.count(endedAs(i / 10 % 2 ? Outcome::Result : Outcome::WorkerDied), now);
        for (int n = 0; n < 3 * (i / 60 % 2); ++n)
            watch.count(endedAs(Outcome::WorkerDied), now);
        changes += watch.look(now) ? 1 : 0;
    }
    QVERIFY2(changes >= 2 && changes <= 20, std::to_string(changes).c_str());
}

void TestAlarms::durationLooksAtTheSlowestTwentieth()
{
    Alarm alarm = alarmOn(AlarmKind::Duration, 60s);
    alarm.duration = 200ms;
    const AlarmWatch::Time begin{1'000s};
    AlarmWatch watch(alarm, begin);
    for (int i = 0; i < 38; ++i)
        watch.count(endedAs(Outcome::Result, 200), begin);
    watch.count(endedAs(Outcome::Result, 9'000), begin);
    watch.count(endedAs(Outcome::FunctionError, 201), begin);
    QVERIFY(!watch.look(begin + 1s));
    watch.count(endedAs(Outcome::Result, 201), begin);
    QVERIFY(watch.look(begin + 2s));
    QCOMPARE(watch.figure(), std::string("7.32% of 41 took longer"));
}

void TestAlarms::absenceEndsWithAnInvocation()
{
    const AlarmWatch::Time begin{1'000s};
    AlarmWatch watch(alarmOn(AlarmKind::Absence, 60s), begin);
    QVERIFY(!watch.look(begin + 60s));
    QVERIFY(watch.look(begin + 61s));
    QCOMPARE(watch.figure(), std::string("nothing for 61 s"));
    watch.count(endedAs(Outcome::FunctionError), begin + 62s);
    QVERIFY(watch.look(begin + 63s));
    QVERIFY(!watch.isRaised());
}

void TestAlarms::restIsNoTime()
{
    const AlarmWatch::Time begin{1'000s};
    AlarmWatch absence(alarmOn(AlarmKind::Absence, 60s), begin);
    absence.skip(begin + 30s, begin + 1'000s);
    QVERIFY(!absence.look(begin + 1'020s));
    QVERIFY(absence.look(begin + 1'031s));
    AlarmWatch failures(alarmOn(AlarmKind::Failures, 60s), begin);
    failures.count(endedAs(Outcome::FunctionError), begin + 10s);
    failures.skip(begin + 30s, begin + 1'000s);
    QVERIFY(failures.look(begin + 1'001s));
    QVERIFY(failures.look(begin + 1'100s));
}

void TestAlarms::failuresAreToldToEverybodyAndClear()
{
    Receiver receiver;
    Alarm alarm = alarmOn(AlarmKind::Failures, 1s);
    alarm.share = 0.05;
    alarm.webhook = receiver.url();
    alarm.message = "the shop is closed";
    serve({alarm});
    QVERIFY_OK(m_runtime->invoke("shop"));
    QVERIFY(!this->alarm().isRaised);
    QVERIFY2(metrics().contains(
                 "edgewright_alarm{function=\"shop\",alarm=\"failures above 5% in 1s\"} 0"),
             metrics());
    // Until it is raised: a busy machine may take longer than the window for one.
    QVERIFY(QTest::qWaitFor(
        [&] {
            (void)m_runtime->invoke("shop", R"({"bad":1})");
            return !m_changes.empty();
        },
        20'000));
    QVERIFY(m_changes[0].isRaised);
    QCOMPARE(m_changes[0].function, std::string("shop"));
    QVERIFY(m_changes[0].alarm.message == alarm.message);
    QVERIFY(this->alarm().isRaised);
    QVERIFY(this->alarm().sinceUs > 0);
    QVERIFY(metrics().contains("alarm=\"failures above 5% in 1s\"} 1"));
    QTRY_COMPARE(receiver.posted.size(), std::size_t(1));
    QVERIFY2(receiver.head.startsWith("POST /alarms?team=shop HTTP/1.1"), receiver.head);
    QCOMPARE(receiver.posted[0]["function"].get<std::string>(), std::string("shop"));
    QCOMPARE(receiver.posted[0]["state"].get<std::string>(), std::string("raised"));
    QCOMPARE(receiver.posted[0]["message"].get<std::string>(), alarm.message);
    QVERIFY(!receiver.posted[0].contains("webhook"));
    QTRY_VERIFY_WITH_TIMEOUT(!this->alarm().isRaised, 20'000);
    QTRY_COMPARE(receiver.posted.size(), std::size_t(2));
    QCOMPARE(receiver.posted[1]["state"].get<std::string>(), std::string("ok"));
    QCOMPARE(m_changes.size(), std::size_t(2));
}

void TestAlarms::webhooksAreTriedAgain()
{
    Receiver receiver;
    receiver.refusals = 2;
    Alarm alarm = alarmOn(AlarmKind::Absence, 1s);
    alarm.webhook = receiver.url();
    serve({alarm});
    QTRY_COMPARE_WITH_TIMEOUT(receiver.posted.size(), std::size_t(3), 20'000);
    QVERIFY(receiver.posted[0] == receiver.posted[2]);
    QTest::qWait(50);
    QCOMPARE(receiver.posted.size(), std::size_t(3));
}

void TestAlarms::functionsAreInvokedWithTheAlarm()
{
    Alarm alarm = alarmOn(AlarmKind::Absence, 1s);
    alarm.function = "caller";
    serve({alarm});
    m_runtime->write(QStringLiteral("caller"), QStringLiteral("main.py"),
                     "def handler(event, context): return event['alarm']\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("caller")));
    std::vector<Invocation> called;
    QTRY_VERIFY_WITH_TIMEOUT(
        !(called = *TestRuntime::wait(m_runtime->client().invocations("caller", 10))).empty(),
        20'000);
    QCOMPARE(called[0].trigger, std::string("alarm"));
    QCOMPARE(called[0].result, std::string("\"absence for 1s\""));
    QCOMPARE(json::parse(called[0].event)["function"].get<std::string>(), std::string("shop"));
    QVERIFY_OK(m_runtime->invoke("shop"));
    QTRY_VERIFY_WITH_TIMEOUT(m_changes.size() >= 2, 20'000);
    QVERIFY(!m_changes[1].isRaised);
}

void TestAlarms::newVersionsChangeNothing()
{
    serve({alarmOn(AlarmKind::Failures, 1h)});
    fail();
    QTRY_VERIFY_WITH_TIMEOUT(alarm().isRaised, 20'000);
    const std::int64_t since = alarm().sinceUs;
    m_runtime->write(QStringLiteral("shop"), QStringLiteral("main.py"),
                     "def handler(event, context): return 'open'\n");
    QTRY_COMPARE(m_runtime->state("shop")->version, std::uint64_t(2));
    QVERIFY(alarm().isRaised);
    QCOMPARE(alarm().sinceUs, since);
    // Another alarm begins anew, the one that stays goes on, and the last that goes is forgotten.
    m_spec.alarms.insert(m_spec.alarms.begin(), alarmOn(AlarmKind::Absence, 1h));
    QVERIFY_OK(m_runtime->putLinked(m_spec));
    const std::vector<AlarmState> both = m_runtime->state("shop")->alarms;
    QCOMPARE(both.size(), std::size_t(2));
    QVERIFY(!both[0].isRaised && both[1].isRaised);
    m_spec.alarms.clear();
    QVERIFY_OK(m_runtime->putLinked(m_spec));
    QVERIFY(m_runtime->state("shop")->alarms.empty());
    QVERIFY(!metrics().contains("edgewright_alarm"));
    QCOMPARE(m_changes.size(), std::size_t(1));
}

void TestAlarms::absenceWaitsUntilTheFunctionIsArmed()
{
    serve({alarmOn(AlarmKind::Absence, 1s)});
    QTRY_VERIFY_WITH_TIMEOUT(alarm().isRaised, 20'000);
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().arm("shop", false)));
    QVERIFY_OK(m_runtime->invoke("shop"));
    QTest::qWait(300); // more than it takes to look
    QVERIFY(alarm().isRaised);
    QVERIFY_OK(TestRuntime::wait(m_runtime->client().arm("shop", true)));
    QTRY_VERIFY_WITH_TIMEOUT(!alarm().isRaised || m_changes.size() > 1, 20'000);
}

void TestAlarms::badAlarmsAreRefused()
{
    serve({});
    const auto refused = [this](const Alarm &alarm) {
        m_spec.alarms = {alarm};
        const auto put = m_runtime->putLinked(m_spec);
        return put ? std::string("taken") : put.error().detail;
    };
    Alarm alarm = alarmOn(AlarmKind::Failures, 100ms);
    QVERIFY(refused(alarm).find("from 1s to 7 days") != std::string::npos);
    alarm.window = 1min;
    alarm.function = "shop";
    QVERIFY(refused(alarm).find("another function") != std::string::npos);
    alarm.function.clear();
    alarm.webhook = "https://example.com/x";
    QVERIFY(refused(alarm).find("without TLS") != std::string::npos);
    alarm.webhook = "http://user:pass@host/";
    QVERIFY(refused(alarm).find("is an address such as") != std::string::npos);
    alarm.webhook = "http://[::1]:8080";
    QCOMPARE(refused(alarm), std::string("taken"));
}

QTEST_GUILESS_MAIN(TestAlarms)
#include "tst_alarms.moc"
