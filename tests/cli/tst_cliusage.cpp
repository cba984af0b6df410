#include "program.h"

#include <QTest>

#include <nlohmann/json.hpp>

class CliUsageTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_program.write(QStringLiteral("f.py"), "def handler(event, context):\n    return event\n");
    }

    void wrongUseSaysWhatAndEndsWithItsCode_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("exit");
        QTest::addColumn<QByteArray>("said");
        const auto row = [](const char *words, int exit, const char *said) {
            QTest::newRow(words) << QString::fromUtf8(words).split(u' ', Qt::SkipEmptyParts) << exit
                                 << QByteArray(said);
        };
        row("invok", 2, "did you mean \"invoke\"?");
        row("new no-such-template dir", 2, "no template \"no-such-template\"");
        row("new night-light", 2, "folder to make is missing");
        row("check no-such-folder", 2, "no such file or folder");
        row("check", 2, "edgewright.yaml");
        row("invoke", 2, "WHAT is missing");
        row("invoke no-such-file.py", 2, "no such file");
        row("invoke f.py --event {\"a\":}", 2, "not JSON: line 1, column 6");
        row("invoke f.py --event @none.json", 2, "none.json");
        row("invoke f.py --dialect cobol", 2, "cobol");
        row("invoke f.py --handler nothing.there", 2, "nothing.there");
        row("invoke f.py --on nowhere", 2, "no target \"nowhere\"");
        row("invoke f.py extra", 2, "no argument \"extra\"");
        row("run --port 70000", 2, "70000");
        row("run --port x", 2, "--port");
        row("run no-such-folder", 2, "No application");
        row("logs --limit -3", 2, "--limit");
        row("logs --on nowhere", 2, "nowhere");
        row("device", 2, "missing");
        row("device info nobody", 2, "no device \"nobody\"");
        row("device test nobody", 2, "nobody");
        row("device remove nobody", 2, "nobody");
        row("device add porch @@@", 2, "@@@");
        row("device add bad/name pi@127.0.0.1", 2, "bad/name");
        row("device add porch pi@127.0.0.1 --host-key MD5:1", 2, "SHA256");
        row("device add porch pi@127.0.0.1 --key none", 2, "no such key file");
        row("device add porch pi@127.0.0.1:1", 3, "Cannot reach");
        row("device group add", 2, "GROUP is missing");
        row("device group add garden nobody", 2, "no device \"nobody\"");
        row("device group add bad/name nobody", 2, "bad/name");
        row("device group remove garden", 2, "device group add");
        row("watch nobody", 2, "nobody");
        row("watch nobody --for soon", 2, "--for");
        row("push", 2, "--to or --group is missing");
        row("deploy --to nowhere", 2, "nowhere");
        row("status --to here", 2, "here");
        row("ide no-such-folder", 2, "no such folder");
        row("completion tcsh", 2, "tcsh");
    }

    void wrongUseSaysWhatAndEndsWithItsCode()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, exit);
        QFETCH(QByteArray, said);
        const Run run = m_program.run(arguments);
        QVERIFY2(run.err.contains(said), run.err);
        QCOMPARE(run.exit, exit);
        QCOMPARE(run.out, QByteArray());
        QVERIFY2(run.err.count('\n') <= 3, run.err); // a title, a text, at most some evidence
    }

    void everyCommandRefusesAnUnknownOption_data()
    {
        QTest::addColumn<QStringList>("command");
        for (const char *name : {"new",
                                 "check",
                                 "invoke",
                                 "run",
                                 "fire",
                                 "logs",
                                 "invocations",
                                 "devices",
                                 "discover",
                                 "device add",
                                 "device info",
                                 "device test",
                                 "device setup",
                                 "device remove",
                                 "device simulate",
                                 "device group add",
                                 "device group remove",
                                 "device group list",
                                 "push",
                                 "watch",
                                 "targets",
                                 "deploy",
                                 "status",
                                 "rollback",
                                 "remove",
                                 "ide",
                                 "completion"})
            QTest::newRow(name) << QString::fromUtf8(name).split(u' ');
    }

    void everyCommandRefusesAnUnknownOption()
    {
        QFETCH(QStringList, command);
        const Run refused =
            m_program.run(command + QStringList{QStringLiteral("--no-such-option")});
        QCOMPARE(refused.exit, 2);
        QVERIFY2(refused.err.contains("Cannot understand \"edgewright " +
                                      command.join(u' ').toUtf8() + '"'),
                 refused.err);
        const Run help = m_program.run(command + QStringList{QStringLiteral("--help")});
        QCOMPARE(help.exit, 0);
        QVERIFY2(help.out.contains("Examples:\n  edgewright " + command.join(u' ').toUtf8()),
                 help.out);
        QVERIFY2(help.out.contains("--json"), help.out);
        QCOMPARE(help.err, QByteArray());
    }

    void errorsAreJsonToo()
    {
        const Run run = m_program.run({QStringLiteral("device"), QStringLiteral("info"),
                                       QStringLiteral("nobody"), QStringLiteral("--json")});
        QCOMPARE(run.exit, 2);
        QCOMPARE(run.json()["error"]["code"].dump(), std::string("\"Device.Unknown\""));
        QVERIFY(!run.err.isEmpty());
    }

    void completionKnowsEveryCommand()
    {
        for (const char *shell : {"bash", "zsh", "fish"}) {
            const Run run = m_program.run({QStringLiteral("completion"), QString::fromUtf8(shell)});
            QCOMPARE(run.exit, 0);
            for (const char *word : {"invoke", "simulate", "deploy", "host-key"})
                QVERIFY2(run.out.contains(word), word);
        }
        QProcess bash;
        bash.start(QStringLiteral("bash"),
                   {QStringLiteral("-c"),
                    QStringLiteral("source <(" EDGEWRIGHT_BIN_DIR "/edgewright completion bash); "
                                   "COMP_WORDS=(edgewright device add --h); COMP_CWORD=3; "
                                   "_edgewright; echo ${COMPREPLY[@]}")});
        QVERIFY(bash.waitForFinished());
        QCOMPARE(bash.readAllStandardOutput(), QByteArray("--help --host-key\n"));
    }

    void templatesAreListedAndWritten()
    {
        const Run list = m_program.run({QStringLiteral("new"), QStringLiteral("--json")});
        QCOMPARE(list.exit, 0);
        for (const nlohmann::json &item : list.json()) {
            const QString name = QString::fromStdString(item["name"].get<std::string>());
            const Run made = m_program.run({QStringLiteral("new"), name, name});
            QVERIFY2(made.exit == 0, made.err);
            const Run check = m_program.run({QStringLiteral("check"), name});
            QVERIFY2(check.exit == 0, check.out + check.err);
            QCOMPARE(m_program.run({QStringLiteral("new"), name, name}).exit, 2);
        }
        QCOMPARE(list.json().size(), std::size_t(4));
    }

    void checkTellsPlaces()
    {
        m_program.write(QStringLiteral("app/edgewright.yaml"),
                        "application: a\nfunctions:\n  f:\n    source: f.py\n    timout: 3s\n"
                        "  g:\n    source: g.js\n");
        m_program.write(QStringLiteral("app/f.py"),
                        "def handler(event, context):\n    return 1 +\n");
        m_program.write(QStringLiteral("app/g.js"),
                        "exports.handler = (event) => {\n  foo(;\n};\n");
        const Run run = m_program.run({QStringLiteral("check"), QStringLiteral("app")});
        QCOMPARE(run.exit, 1);
        QVERIFY2(run.out.contains("app/edgewright.yaml:5:5: error: unknown key \"timout\""),
                 run.out);
        QVERIFY2(run.out.contains("app/f.py:2:"), run.out);
        QVERIFY2(run.out.contains("app/g.js:2:7: error: Unexpected token ';'"), run.out);
        QVERIFY(!QFileInfo::exists(m_program.path(QStringLiteral("app/__pycache__"))));
        const Run json = m_program.run(
            {QStringLiteral("check"), QStringLiteral("app"), QStringLiteral("--json")});
        QCOMPARE(json.json().size(), std::size_t(3));
        QCOMPARE(json.json()[0]["line"].dump(), std::string("5"));
    }

private:
    Program m_program;
};

QTEST_GUILESS_MAIN(CliUsageTest)
#include "tst_cliusage.moc"
