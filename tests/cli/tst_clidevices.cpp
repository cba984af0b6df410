#include "program.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <nlohmann/json.hpp>

#include <signal.h>

#include <map>

/// Against the simulated Raspberry Pi that `device simulate` runs: a real sshd.
class CliDevicesTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_program.write(QStringLiteral("edgewright.yaml"),
                        "application: porch\nfunctions:\n  ticker:\n    source: ticker.py\n"
                        "    triggers: [{timer: {every: 20ms}}]\n");
        m_program.write(QStringLiteral("ticker.py"), source);
        m_simulated = m_program.start(
            {QStringLiteral("device"), QStringLiteral("simulate"), QStringLiteral("--json")});
        QTRY_VERIFY_WITH_TIMEOUT(
            m_simulated->canReadLine() || m_simulated->state() == QProcess::NotRunning, 20'000);
        if (m_simulated->state() == QProcess::NotRunning)
            QSKIP(qPrintable(QStringLiteral("no simulated device here (package openssh-server): ") +
                             QString::fromUtf8(m_simulated->readAllStandardError())));
        m_device = QByteArray(m_simulated->readLine());
    }

    void cleanupTestCase()
    {
        if (m_simulated->state() == QProcess::NotRunning)
            return;
        ::kill(pid_t(m_simulated->processId()), SIGINT);
        QVERIFY(m_simulated->waitForFinished(5'000));
        QCOMPARE(m_simulated->exitCode(), 130);
    }

    void simulatedDeviceIsKnown()
    {
        const Run run = m_program.run({QStringLiteral("devices"), QStringLiteral("--json")});
        QCOMPARE(run.exit, 0);
        QCOMPARE(run.json()[0]["name"].dump(), std::string("\"simulated-pi\""));
        QVERIFY(m_program.run({QStringLiteral("targets")}).out.contains("simulated-pi"));
    }

    void anUnknownHostKeyMustBeGiven()
    {
        const nlohmann::json device = nlohmann::json::parse(m_device.toStdString());
        const auto address = QString::fromStdString(device["address"].get<std::string>());
        const auto hostKey = QString::fromStdString(device["host_key"].get<std::string>());
        const QStringList add{QStringLiteral("device"), QStringLiteral("add"),
                              QStringLiteral("other"), address};
        const Run unknown = m_program.run(add);
        QCOMPARE(unknown.exit, 3);
        QVERIFY2(unknown.err.contains(hostKey.toUtf8()), unknown.err);
        const Run changed = m_program.run(
            add +
            QStringList{QStringLiteral("--host-key"),
                        QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")});
        QCOMPARE(changed.exit, 3);
        QVERIFY2(changed.err.contains("has changed"), changed.err);
        QVERIFY(!m_program.run({QStringLiteral("devices")}).out.contains("other"));
    }

    void pushTellsOneObjectForEachDevice()
    {
        const Run run = push();
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.lines().size(), 1);
        const nlohmann::json object = run.json();
        QCOMPARE(object["device"].dump(), std::string("\"simulated-pi\""));
        QCOMPARE(object["function"].dump(), std::string("\"ticker\""));
        QVERIFY(object["bundle"].get<std::string>().starts_with("sha256:"));
        QVERIFY(object["bytes_sent"].get<int>() > 0);
        QVERIFY(object["ms"].get<double>() > 0);
        QCOMPARE(object["rolled_back"].dump(), std::string("false"));
        QVERIFY(object["error"].is_null());
        const Run invoked = m_program.run({QStringLiteral("invoke"), QStringLiteral("ticker"),
                                           QStringLiteral("--on"), QStringLiteral("simulated-pi"),
                                           QStringLiteral("--json")});
        QVERIFY2(invoked.exit == 0, invoked.err);
        QCOMPARE(invoked.json()["bundle"].dump(), object["bundle"].dump());
    }

    void readingsComeWithoutGap()
    {
        QCOMPARE(push().exit, 0);
        const Run run = m_program.run({QStringLiteral("watch"), QStringLiteral("simulated-pi"),
                                       QStringLiteral("ticker"), QStringLiteral("--csv"),
                                       QStringLiteral("--for"), QStringLiteral("1s")});
        QVERIFY2(run.exit == 0, run.err);
        const QList<QByteArray> lines = run.lines();
        QCOMPARE(lines.first(), QByteArray("time,function,series,value,sequence,bundle"));
        QVERIFY2(lines.size() > 30, QByteArray::number(lines.size()));
        qulonglong last = 0;
        for (const QByteArray &line : lines.mid(1)) {
            const QList<QByteArray> fields = line.split(',');
            QCOMPARE(fields.size(), 6);
            QCOMPARE(fields[0].size() - fields[0].indexOf('.'), 7);
            QCOMPARE(fields[1], QByteArray("ticker"));
            QVERIFY(last == 0 || fields[4].toULongLong() == last + 1);
            last = fields[4].toULongLong();
        }
    }

    void readingsGoOutInTheFormsOfOthers()
    {
        QCOMPARE(push().exit, 0);
        const QString file = m_program.path(QStringLiteral("out/ticker.prom"));
        const Run run = m_program.run({QStringLiteral("watch"), QStringLiteral("simulated-pi"),
                                       QStringLiteral("ticker"), QStringLiteral("--influx"),
                                       QStringLiteral("--prometheus"), file,
                                       QStringLiteral("--for"), QStringLiteral("1s")});
        QVERIFY2(run.exit == 0, run.err);
        static const QRegularExpression form(QStringLiteral(
            "^ticker,bundle=[0-9a-f]{7},device=simulated-pi \\w+=[-0-9.e+]+ \\d{16}000$"));
        QVERIFY2(run.lines().size() > 30, run.out);
        for (const QByteArray &line : run.lines())
            QVERIFY2(form.match(QString::fromUtf8(line)).hasMatch(), line);
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        const QByteArray text = written.readAll();
        const QByteArray total =
            "\n" + QByteArray("edgewright_readings_total{device=\"simulated-pi\","
                              "function=\"ticker\"");
        QVERIFY2(text.contains(total), text);
        const Run both = m_program.run({QStringLiteral("watch"), QStringLiteral("simulated-pi"),
                                        QStringLiteral("--influx"), QStringLiteral("--csv")});
        QCOMPARE(both.exit, 2);
        const Run nowhere =
            m_program.run({QStringLiteral("watch"), QStringLiteral("simulated-pi"),
                           QStringLiteral("--prometheus"), QStringLiteral("/proc/no/x.prom")});
        QCOMPARE(nowhere.exit, 1);
        QVERIFY2(nowhere.err.contains("/proc/no/x.prom"), nowhere.err);
    }

    void aVersionThatDoesNotLoadIsRolledBack()
    {
        QCOMPARE(push().exit, 0);
        m_program.write(QStringLiteral("ticker.py"), "import no_such_module_here\n" + source);
        const Run run = push();
        m_program.write(QStringLiteral("ticker.py"), source);
        QCOMPARE(run.exit, 1);
        QCOMPARE(run.json()["rolled_back"].dump(), std::string("true"));
        QCOMPARE(run.json()["error"]["code"].dump(), std::string("\"Function.InitFailed\""));
        QCOMPARE(m_program
                     .run({QStringLiteral("invoke"), QStringLiteral("ticker"),
                           QStringLiteral("--on"), QStringLiteral("simulated-pi")})
                     .exit,
                 0);
    }

    void rollbackBringsTheVersionBeforeBack()
    {
        const std::string before = push().json()["bundle"].dump();
        m_program.write(QStringLiteral("ticker.py"), source + "# changed\n");
        const Run changed = push();
        m_program.write(QStringLiteral("ticker.py"), source);
        QVERIFY(changed.json()["bundle"].dump() != before);
        const Run back = m_program.run({QStringLiteral("rollback"), QStringLiteral("--to"),
                                        QStringLiteral("simulated-pi"), QStringLiteral("--json")});
        QVERIFY2(back.exit == 0, back.err);
        QCOMPARE(back.json()["bundle"].dump(), before);
    }

    void deviceTellsOfItself()
    {
        const Run info = m_program.run({QStringLiteral("device"), QStringLiteral("info"),
                                        QStringLiteral("simulated-pi"), QStringLiteral("--json")});
        QVERIFY2(info.exit == 0, info.err);
        QVERIFY(info.json()["memory_bytes"].get<double>() > 0);
        const Run test = m_program.run(
            {QStringLiteral("device"), QStringLiteral("test"), QStringLiteral("simulated-pi")});
        QVERIFY2(test.exit == 0, test.out);
        QVERIFY2(test.out.contains("light sensor  usable"), test.out);
        QVERIFY2(test.out.contains("dtoverlay=w1-gpio"), test.out);
        // A simulated device has no service manager and no cron of its own.
        QVERIFY2(test.out.contains("note  boot          with the next connection. "), test.out);
    }

    void aRemovalIsAskedForAndTellsWhatGoes()
    {
        QCOMPARE(push().exit, 0);
        const QStringList uninstall{QStringLiteral("device"), QStringLiteral("uninstall"),
                                    QStringLiteral("simulated-pi")};
        const Run asked = m_program.run(uninstall); // nobody is there to be asked
        QCOMPARE(asked.exit, 2);
        QVERIFY2(asked.err.contains("ticker") && asked.err.contains("--yes"), asked.err);
        QVERIFY(m_program
                    .run({QStringLiteral("device"), QStringLiteral("info"),
                          QStringLiteral("simulated-pi")})
                    .out.contains("ticker"));
        const Run removed = m_program.run(
            uninstall + QStringList{QStringLiteral("--yes"), QStringLiteral("--json")});
        QVERIFY2(removed.exit == 0, removed.err);
        QCOMPARE(removed.json()["functions"].dump(), std::string("[\"ticker\"]"));
        QVERIFY(removed.json()["readings_not_fetched"].get<int>() > 0);
        const Run again = m_program.run(uninstall);
        QCOMPARE(again.exit, 0);
        QVERIFY2(again.err.contains("There is no runtime"), again.err);
        QVERIFY(!m_program
                     .run({QStringLiteral("device"), QStringLiteral("info"),
                           QStringLiteral("simulated-pi")})
                     .out.contains("ticker"));
    }

private:
    Run push()
    {
        return m_program.run({QStringLiteral("push"), QStringLiteral("--to"),
                              QStringLiteral("simulated-pi"), QStringLiteral("--json")});
    }

    static inline const QByteArray source = "import itertools\n"
                                            "count = itertools.count(1)\n"
                                            "def handler(event, context):\n"
                                            "    return {'n': next(count)}\n";
    Program m_program;
    std::unique_ptr<QProcess> m_simulated;
    QByteArray m_device;
};

QTEST_GUILESS_MAIN(CliDevicesTest)
#include "tst_clidevices.moc"
