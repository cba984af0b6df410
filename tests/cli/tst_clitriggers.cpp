#include "program.h"

#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>

#include <signal.h>

using nlohmann::json;

/// fire, record, replay, queues and tasks, from the command line.
class CliTriggersTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_program.write(QStringLiteral("edgewright.yaml"),
                        "application: shop\nfunctions:\n  orders:\n    source: orders.py\n"
                        "    triggers:\n"
                        "      - queue: {name: orders, attempts: 1}\n"
                        "      - object: {bucket: uploads, suffix: .jpg}\n"
                        "  frost:\n    source: orders.py\n"
                        "    triggers:\n"
                        "      - sensor: {w1: 28-none, every: 20ms, below: 0}\n");
        m_program.write(QStringLiteral("orders.py"),
                        "def handler(event, context):\n"
                        "    record = event['Records'][0]\n"
                        "    if record.get('body') == '\"bad\"': raise ValueError('bad')\n"
                        "    print('got', record.get('body', 'an object'))\n"
                        "    return record['eventSource']\n");
        m_serving = m_program.start({QStringLiteral("run")});
        QTRY_VERIFY_WITH_TIMEOUT(m_serving->canReadLine(), 15'000);
    }

    void cleanupTestCase()
    {
        ::kill(pid_t(m_serving->processId()), SIGINT);
        QVERIFY(m_serving->waitForFinished(5'000));
    }

    void runTellsWhyATriggerCannotWork()
    {
        QByteArray said;
        QTRY_VERIFY2_WITH_TIMEOUT((said += m_serving->readAllStandardError())
                                      .contains("frost: 28-none below 0: there is no "),
                                  said, 15'000);
        QTest::qWait(1'500); // it is looked for again
        said += m_serving->readAllStandardError();
        QCOMPARE(said.count("there is no "), 1);
        const Run shown = edgewright("fire frost --show");
        QVERIFY2(shown.exit == 0, shown.err);
        QCOMPARE(shown.json()["condition"].dump(), std::string("\"below\""));
    }

    void fireShowsAndGivesTheSampleOfItsKind()
    {
        const Run shown = edgewright("fire orders:object --show");
        QVERIFY2(shown.exit == 0, shown.err);
        json event = shown.json();
        QCOMPARE(event["Records"][0]["s3"]["object"]["key"].dump(), std::string("\"example.jpg\""));
        event["Records"][0]["eventSource"] = "edited";
        m_program.write(QStringLiteral("event.json"), QByteArray::fromStdString(event.dump()));
        QCOMPARE(edgewright("fire orders:object --event @event.json").out,
                 QByteArray("\"edited\"\n"));
        QCOMPARE(edgewright("fire orders:object").out, QByteArray("\"aws:s3\"\n"));
        QCOMPARE(edgewright("fire orders:queue").out, QByteArray("\"aws:sqs\"\n"));
    }

    void queuesAreSentToAndLooked()
    {
        QCOMPARE(edgewright("queue send orders 1").exit, 0);
        QCOMPARE(edgewright("queue send orders nonsense").exit, 2);
        QCOMPARE(edgewright("queue send orders \"bad\"").exit, 0);
        QTRY_VERIFY(edgewright("queue list --json").out.contains("\"dead\":1"));
        const Run dead = edgewright("queue dead orders");
        QVERIFY2(dead.out.contains("bad") && dead.out.contains("function_error"), dead.out);
        QCOMPARE(edgewright("queue purge orders").out, QByteArray("1 messages are gone\n"));
    }

    void recordedEventsAreReplayed()
    {
        const auto recording = m_program.start({QStringLiteral("record"), QStringLiteral("orders"),
                                                QStringLiteral("--to"), QStringLiteral("r.jsonl"),
                                                QStringLiteral("--count"), QStringLiteral("2")});
        QByteArray said;
        QTRY_VERIFY((said += recording->readAllStandardError()).contains("Recording"));
        QCOMPARE(edgewright("queue send orders 11").exit, 0);
        QCOMPARE(edgewright("queue send orders 12").exit, 0);
        QVERIFY(recording->waitForFinished(10'000));
        QCOMPARE(recording->exitCode(), 0);
        const Run replayed = edgewright("replay r.jsonl --at-once --json");
        QVERIFY2(replayed.exit == 0, replayed.err);
        QCOMPARE(replayed.lines().size(), 2);
        QVERIFY(replayed.out.contains("\"trigger\":\"queue\""));
        QCOMPARE(edgewright("replay r.jsonl --speed 100").exit, 0);
        // One step for each Enter; the end of the input is the end.
        QCOMPARE(edgewright("replay r.jsonl --step", "\n").out.count("ok"), 1);
        QCOMPARE(edgewright("replay r.jsonl --step", "\n\n").out.count("ok"), 2);
        m_program.write(QStringLiteral("broken.jsonl"), "{\"function\": 1}\n");
        QCOMPARE(edgewright("replay broken.jsonl").exit, 2);
    }

    void tasksAreAcceptedAndAskedFor()
    {
        const Run accepted =
            edgewright("invoke orders --async --event {\"Records\":[{\"eventSource\":\"task\"}]}");
        QVERIFY2(accepted.exit == 0, accepted.err);
        const Run done =
            m_program.run({QStringLiteral("task"), QString::fromUtf8(accepted.out.trimmed()),
                           QStringLiteral("--wait")});
        QCOMPARE(done.out, QByteArray("\"task\"\n"));
        QCOMPARE(done.exit, 0);
        QVERIFY(edgewright("tasks").out.contains("done"));
        QVERIFY(edgewright("invocations orders").out.contains("task"));
        QCOMPARE(edgewright("task nosuch").exit, 1);
    }

private:
    Run edgewright(const char *words, const QByteArray &input = {})
    {
        return m_program.run(QString::fromUtf8(words).split(QLatin1Char(' ')), input);
    }

    Program m_program;
    std::unique_ptr<QProcess> m_serving;
};

QTEST_GUILESS_MAIN(CliTriggersTest)
#include "tst_clitriggers.moc"
