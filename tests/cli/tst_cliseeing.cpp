#include "program.h"

#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>

#include <signal.h>

using nlohmann::json;

/// trace, failure, profile and alarms, from the command line.
class CliSeeingTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_program.write(QStringLiteral("edgewright.yaml"),
                        "application: shop\nfunctions:\n"
                        "  shop:\n    source: shop.py\n    environment: {DB_PASSWORD: hunter22}\n"
                        "    alarms:\n      - {on: failures, above: 5%, for: 1s, "
                        "action: {message: closed}}\n"
                        "  store:\n    source: store.py\n");
        m_program.write(QStringLiteral("shop.py"),
                        "import os, urllib.request\n"
                        "def handler(event, context):\n"
                        "    url = os.environ['EDGEWRIGHT_GATEWAY'] + '/function/store'\n"
                        "    headers = {'traceparent': os.environ['TRACEPARENT']}\n"
                        "    urllib.request.urlopen(urllib.request.Request(url, headers=headers))\n"
                        "    if event.get('n') == 1: raise ValueError('one')\n"
                        "    return 'sold'\n");
        m_program.write(QStringLiteral("store.py"), "def handler(event, context):\n    return 1\n");
        m_serving = m_program.start({QStringLiteral("run")});
        QTRY_VERIFY_WITH_TIMEOUT(m_serving->canReadLine(), 15'000);
    }

    void cleanupTestCase() { endServing(); }

    void traceShowsWhoCausedWhom()
    {
        QCOMPARE(edgewright("invoke shop").out, QByteArray("\"sold\"\n"));
        const json last = edgewright("invocations shop --limit 1 --json").json();
        const QByteArray id = QByteArray::fromStdString(last["id"].get<std::string>());
        const Run told = edgewright("trace " + id + " --json");
        QVERIFY2(told.exit == 0, told.err);
        const json tree = told.json();
        QCOMPARE(tree["trace_id"].dump(), last["trace_id"].dump());
        QCOMPARE(tree["invocations"].size(), std::size_t(1));
        const json &shop = tree["invocations"][0];
        QCOMPARE(shop["function"].get<std::string>(), std::string("shop"));
        QCOMPARE(shop["children"][0]["function"].get<std::string>(), std::string("store"));
        QCOMPARE(shop["children"][0]["trigger"].get<std::string>(), std::string("http"));
        const Run table = edgewright("trace " + id);
        QVERIFY2(table.out.contains("\n  store"), table.out);
        QCOMPARE(edgewright("trace nosuch").exit, 1);
        QCOMPARE(edgewright("trace").exit, 2);
    }

    void failuresAreShownAndTheirEventsGivenAgain()
    {
        const Run failed = edgewright("invoke shop --event {\"n\":1}");
        QCOMPARE(failed.exit, 1);
        const json last = edgewright("invocations shop --limit 1 --json").json();
        const QByteArray id = QByteArray::fromStdString(last["id"].get<std::string>());
        QVERIFY2(failed.err.contains("edgewright failure " + id), failed.err);
        const Run shown = edgewright("failure " + id);
        QVERIFY2(shown.exit == 0, shown.err);
        QVERIFY2(shown.out.contains("ValueError: one") &&
                     shown.out.contains("shop.py:6 in handler") &&
                     shown.out.contains("event = {'n': 1}"),
                 shown.out);
        const json told = edgewright("failure " + id + " --json").json();
        QCOMPARE(told["frames"][0]["locals"]["event"].get<std::string>(), std::string("{'n': 1}"));
        QCOMPARE(told["invocation"]["event"]["n"].get<int>(), 1);
        const Run event = edgewright("failure " + id + " --event");
        m_program.write(QStringLiteral("that.json"), event.out);
        const Run again = edgewright("invoke shop --event @that.json --json");
        QCOMPARE(again.json()["error"]["message"].get<std::string>(), std::string("one"));
        const json well = edgewright("invocations store --limit 1 --json").json();
        QCOMPARE(
            edgewright("failure " + QByteArray::fromStdString(well["id"].get<std::string>())).exit,
            1);
    }

    void profilesAreWrittenForFlameGraphs()
    {
        const auto profiling = m_program.start(
            {QStringLiteral("profile"), QStringLiteral("shop"), QStringLiteral("--for"),
             QStringLiteral("2s"), QStringLiteral("--to"), QStringLiteral("out.folded")});
        while (profiling->state() != QProcess::NotRunning) {
            edgewright("invoke shop");
            profiling->waitForFinished(1);
        }
        QCOMPARE(profiling->exitCode(), 0);
        const QByteArray table = profiling->readAllStandardOutput();
        QVERIFY2(table.contains("shop.py:5") && table.contains("handler"), table);
        QFile file(m_program.path(QStringLiteral("out.folded")));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray first = file.readLine();
        QVERIFY2(first.startsWith("handler shop.py:") && first.trimmed().back() >= '0' &&
                     first.trimmed().back() <= '9',
                 first);
        QCOMPARE(edgewright("profile shop --for nonsense").exit, 2);
        const Run idle = edgewright("profile store --for 10ms --json");
        QCOMPARE(idle.json()["samples"].get<int>(), 0);
    }

    void alarmsAreToldWhereTheyHappen()
    {
        const Run quiet = edgewright("alarms store");
        QVERIFY2(quiet.exit == 0 && quiet.err.contains("has an alarm"), quiet.err);
        const auto following =
            m_program.start({QStringLiteral("alarms"), QStringLiteral("--follow")});
        QByteArray told;
        QTRY_VERIFY(
            (told += following->readAllStandardOutput()).contains("failures above 5% in 1s"));
        const auto isRaised = [&] {
            edgewright("invoke shop --event {\"n\":1}");
            return edgewright("alarms shop --json").json()["state"] == "raised";
        };
        QVERIFY(QTest::qWaitFor(isRaised, 20'000));
        QTRY_VERIFY((told += following->readAllStandardOutput()).contains("raised ("));
        QVERIFY2(told.contains("): closed"), told);
        QByteArray served;
        QTRY_VERIFY((served += m_serving->readAllStandardError()).contains("in 1s raised"));
        ::kill(pid_t(following->processId()), SIGINT);
        QVERIFY(following->waitForFinished(10'000));
    }

private:
    Run edgewright(const QByteArray &words)
    {
        return m_program.run(QString::fromUtf8(words).split(QLatin1Char(' ')));
    }
    void endServing()
    {
        m_serving->terminate();
        QVERIFY(m_serving->waitForFinished(5'000));
    }

    Program m_program;
    std::unique_ptr<QProcess> m_serving;
};

QTEST_GUILESS_MAIN(CliSeeingTest)
#include "tst_cliseeing.moc"
