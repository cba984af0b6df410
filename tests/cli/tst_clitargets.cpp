#include "program.h"

#include <QTcpServer>
#include <QTest>

#include <nlohmann/json.hpp>

/// Against this computer's own endpoint, on a free port.
class CliTargetsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QTcpServer probe;
        QVERIFY(probe.listen(QHostAddress::LocalHost));
        m_program.setVariable(QStringLiteral("EDGEWRIGHT_ENDPOINT_PORT"),
                              QString::number(probe.serverPort()));
        m_program.write(QStringLiteral("edgewright.yaml"),
                        "application: sums\nfunctions:\n  add:\n    source: add.py\n");
        m_program.write(QStringLiteral("add.py"),
                        "def main(params):\n"
                        "    return {'sum': params['a'] + params['b']}\n");
    }

    void planSaysWhatWouldChangeAndChangesNothing()
    {
        const Run plan = m_program.run(
            {QStringLiteral("deploy"), QStringLiteral("--plan"), QStringLiteral("--json")});
        QVERIFY2(plan.exit == 0, plan.err);
        QCOMPARE(plan.json()["items"][0]["change"].dump(), std::string("\"create\""));
        QCOMPARE(m_program.run({QStringLiteral("status"), QStringLiteral("--json")}).out,
                 QByteArray("[]\n"));
    }

    void deployedFunctionAnswersThere()
    {
        const Run deployed = m_program.run({QStringLiteral("deploy"), QStringLiteral("--json")});
        QVERIFY2(deployed.exit == 0, deployed.err);
        QCOMPARE(deployed.json()[0]["function"].dump(), std::string("\"add\""));
        const Run status = m_program.run({QStringLiteral("status"), QStringLiteral("--json")});
        QCOMPARE(status.json()[0]["bundle"].dump(), deployed.json()[0]["bundle"].dump());
        const Run invoked =
            m_program.run({QStringLiteral("invoke"), QStringLiteral("add"), QStringLiteral("--on"),
                           QStringLiteral("edgewright"), QStringLiteral("--event"),
                           QStringLiteral("{\"a\": 40, \"b\": 2}")});
        QVERIFY2(invoked.exit == 0, invoked.err);
        QCOMPARE(invoked.out, QByteArray("{\"sum\":42}\n"));
    }

    void whatHasNotChangedIsNotSent()
    {
        (void)m_program.run({QStringLiteral("deploy")});
        const Run again = m_program.run({QStringLiteral("deploy"), QStringLiteral("--json")});
        QCOMPARE(again.exit, 0);
        QCOMPARE(again.json()[0]["change"].dump(), std::string("\"keep\""));
        QCOMPARE(again.json()[0]["bytes_sent"].dump(), std::string("0"));
    }

    void rollbackSaysWhereItCannot()
    {
        (void)m_program.run({QStringLiteral("deploy")});
        const Run back = m_program.run({QStringLiteral("rollback"), QStringLiteral("add")});
        QCOMPARE(back.exit, 1);
        QVERIFY2(back.err.contains("keeps no former versions"), back.err);
    }

    void removedFunctionIsGone()
    {
        (void)m_program.run({QStringLiteral("deploy")});
        QCOMPARE(m_program.run({QStringLiteral("remove"), QStringLiteral("add")}).exit, 0);
        QCOMPARE(m_program.run({QStringLiteral("status"), QStringLiteral("--json")}).out,
                 QByteArray("[]\n"));
        const Run again = m_program.run({QStringLiteral("remove"), QStringLiteral("add")});
        QCOMPARE(again.exit, 2);
        QVERIFY2(again.err.contains("There is no function \"add\""), again.err);
    }

private:
    Program m_program;
};

QTEST_GUILESS_MAIN(CliTargetsTest)
#include "tst_clitargets.moc"
