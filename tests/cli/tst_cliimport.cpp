#include "program.h"

#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>

using nlohmann::json;

/// Folders of other tools, as the command line takes them.
class CliImportTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_program = std::make_unique<Program>();
        m_program->write(QStringLiteral("serverless.yml"),
                         "service: shop\n"
                         "provider: {name: aws, runtime: python3.11, tracing: true}\n"
                         "functions:\n"
                         "  greet:\n"
                         "    handler: src/greet.handler\n"
                         "    environment: {WORD: \"${env:EW_NOT_SET, 'hello'}\"}\n"
                         "    events: [{http: \"GET greet/{name}\"}]\n");
        m_program->write(QStringLiteral("src/greet.py"),
                         "import os\n"
                         "def handler(event, context):\n"
                         "    return os.environ['WORD'] + ' ' + event.get('name', 'you')\n");
    }

    void aFolderOfAnotherToolRunsAsItIs()
    {
        const Run run =
            m_program->run({QStringLiteral("invoke"), QStringLiteral("greet"),
                            QStringLiteral("--event"), QStringLiteral("{\"name\":\"me\"}")});
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("\"hello me\"\n"));
        QVERIFY(!QFile::exists(m_program->path(QStringLiteral("edgewright.yaml"))));
    }

    void checkTellsWhatDoesNotComeOver()
    {
        const Run run = m_program->run({QStringLiteral("check"), QStringLiteral("--json")});
        QVERIFY2(run.exit == 0, run.err);
        const json problems = run.json();
        QCOMPARE(problems.size(), std::size_t(1));
        QCOMPARE(QString::fromStdString(problems[0].dump()),
                 QStringLiteral("{\"column\":44,\"file\":\"serverless.yml\",\"line\":2,\"message\":"
                                "\"\\\"tracing\\\" in \\\"provider\\\" has no effect here\","
                                "\"severity\":\"warning\"}"));
    }

    void importWritesOursAndNeverOverOne()
    {
        const QStringList words{QStringLiteral("import"), QStringLiteral("serverless.yml")};
        const Run first = m_program->run(words);
        QVERIFY2(first.exit == 0, first.err);
        QCOMPARE(first.out, QByteArray("edgewright.yaml\n"));
        QVERIFY2(first.err.contains("serverless.yml:2:44: warning: \"tracing\""), first.err);
        const Run invoked = m_program->run({QStringLiteral("invoke"), QStringLiteral("greet")});
        QCOMPARE(invoked.out, QByteArray("\"hello you\"\n"));
        m_program->write(QStringLiteral("edgewright.yaml"), "mine\n");
        QCOMPARE(m_program->run(words).exit, 2);
        QCOMPARE(contents("edgewright.yaml"), QByteArray("mine\n"));
        QCOMPARE(m_program->run(words + QStringList{QStringLiteral("--force")}).exit, 0);
        QVERIFY(contents("edgewright.yaml").contains("src/greet.handler"));
    }

    void aBrokenFileIsNotImported()
    {
        m_program->write(QStringLiteral("serverless.yml"), "service: x\nfunctions: {a: [}\n");
        const Run run = m_program->run(
            {QStringLiteral("import"), QStringLiteral("serverless.yml"), QStringLiteral("--json")});
        QCOMPARE(run.exit, 1);
        const json result = run.json();
        QVERIFY(result["file"].is_null());
        QCOMPARE(result["findings"][0]["line"].get<int>(), 2);
        QCOMPARE(result["findings"][0]["column"].get<int>(), 17);
        QVERIFY(!QFile::exists(m_program->path(QStringLiteral("edgewright.yaml"))));
        m_program->write(QStringLiteral("notes.txt"), "nothing\n");
        const Run other = m_program->run({QStringLiteral("import"), QStringLiteral("notes.txt")});
        QCOMPARE(other.exit, 1);
        QVERIFY2(other.err.contains("serverless.yml, template.yaml"), other.err);
    }

private:
    QByteArray contents(const char *file) const
    {
        QFile out(m_program->path(QString::fromUtf8(file)));
        return out.open(QIODevice::ReadOnly) ? out.readAll() : QByteArray();
    }

    std::unique_ptr<Program> m_program;
};

QTEST_GUILESS_MAIN(CliImportTest)
#include "tst_cliimport.moc"
