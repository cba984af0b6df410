#include "program.h"

#include <QRegularExpression>
#include <QTcpSocket>
#include <QTest>

#include <nlohmann/json.hpp>

#include <signal.h>

using nlohmann::json;

class CliFunctionsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_program.write(QStringLiteral("hello.py"),
                        "import sys\n"
                        "def handler(event, context):\n"
                        "    print('to out')\n"
                        "    print('to err', file=sys.stderr)\n"
                        "    if event.get('boom'):\n"
                        "        raise ValueError('boom é')\n"
                        "    return 'hello ' + event.get('name', 'wörld')\n");
        m_program.write(QStringLiteral("add.js"),
                        "exports.main = (params) => ({sum: params.a + params.b});\n");
    }

    void aFileNeedsNoApplication()
    {
        const Run run = m_program.run({QStringLiteral("invoke"), QStringLiteral("hello.py")});
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("\"hello wörld\"\n"));
        QCOMPARE(run.err, QByteArray("to out\nto err\n"));
    }

    void eventComesFromWordsFileOrInput()
    {
        m_program.write(QStringLiteral("e.json"), "{\"name\": \"file\"}");
        const auto invoke = [this](const char *event, const QByteArray &input) {
            return m_program
                .run({QStringLiteral("invoke"), QStringLiteral("hello.py"),
                      QStringLiteral("--event"), QString::fromUtf8(event)},
                     input)
                .out;
        };
        QCOMPARE(invoke("{\"name\":\"words\"}", {}), QByteArray("\"hello words\"\n"));
        QCOMPARE(invoke("@e.json", {}), QByteArray("\"hello file\"\n"));
        QCOMPARE(invoke("-", "{\"name\":\"input\"}"), QByteArray("\"hello input\"\n"));
    }

    void textOfATextDialectIsShownAsItIs()
    {
        m_program.write(QStringLiteral("shout.py"), "def handle(req):\n    return req.upper()\n");
        const auto invoke = [this](QStringList options) {
            return m_program.run(QStringList{QStringLiteral("invoke"), QStringLiteral("shout.py"),
                                             QStringLiteral("--event"), QStringLiteral("\"hi\"")} +
                                 options);
        };
        QCOMPARE(invoke({}).out, QByteArray("HI\n"));
        QCOMPARE(invoke({QStringLiteral("--dialect"), QStringLiteral("openfaas")}).out,
                 QByteArray("HI\n"));
        QVERIFY(invoke({QStringLiteral("--json")}).out.contains("\"result\":\"HI\""));
    }

    void unclearDialectIsAskedFor()
    {
        m_program.write(QStringLiteral("data.py"),
                        "def handler(event, context):\n    return event['data']\n");
        const QStringList words{QStringLiteral("invoke"), QStringLiteral("data.py"),
                                QStringLiteral("--event"), QStringLiteral("{\"a\":1}")};
        const Run run = m_program.run(words);
        QCOMPARE(run.exit, 2);
        QVERIFY2(run.err.contains("aws, kubeless") && run.err.contains("--dialect"), run.err);
        QCOMPARE(
            m_program
                .run(words + QStringList{QStringLiteral("--dialect"), QStringLiteral("kubeless")})
                .out,
            QByteArray("{\"a\":1}\n"));
    }

    void invokeJsonHasTheAgreedShape()
    {
        const Run run = m_program.run(
            {QStringLiteral("invoke"), QStringLiteral("hello.py"), QStringLiteral("--json")});
        QCOMPARE(run.exit, 0);
        json object = run.json();
        QVERIFY(object["cold"].is_boolean());
        for (const char *name : {"init_ms", "duration_ms", "memory_kb"})
            QVERIFY2(object[name].is_number(), name);
        QVERIFY(object["bundle"].get<std::string>().starts_with("sha256:"));
        for (const char *name : {"cold", "init_ms", "duration_ms", "memory_kb", "bundle"})
            object.erase(name);
        QCOMPARE(QString::fromStdString(object.dump()),
                 QStringLiteral("{\"error\":null,\"log\":[\"to out\",\"to err\"],"
                                "\"outcome\":\"result\",\"result\":\"hello wörld\"}"));
    }

    void aFailingFunctionEndsWithOneAndItsStack()
    {
        const QStringList words{QStringLiteral("invoke"), QStringLiteral("hello.py"),
                                QStringLiteral("--event"), QStringLiteral("{\"boom\": 1}")};
        const Run run = m_program.run(words);
        QCOMPARE(run.exit, 1);
        QCOMPARE(run.out, QByteArray());
        QVERIFY2(run.err.contains("ValueError: boom é") &&
                     run.err.contains("hello.py:6 in handler"),
                 run.err);
        const Run asJson = m_program.run(words + QStringList{QStringLiteral("--json")});
        QCOMPARE(asJson.exit, 1);
        QCOMPARE(asJson.json()["outcome"].dump(), std::string("\"function_error\""));
        QCOMPARE(asJson.json()["error"]["type"].dump(), std::string("\"ValueError\""));
        QVERIFY(asJson.json()["result"].is_null());
    }

    void codeThatDoesNotLoadIsAnOutcomeToo()
    {
        m_program.write(QStringLiteral("broken.py"), "import no_such_module_here\n"
                                                     "def handler(e, c): pass\n");
        const Run run = m_program.run(
            {QStringLiteral("invoke"), QStringLiteral("broken.py"), QStringLiteral("--json")});
        QCOMPARE(run.exit, 1);
        QCOMPARE(run.json()["outcome"].dump(), std::string("\"function_error\""));
        QVERIFY2(run.err.contains("no_such_module_here"), run.err);
    }

    void nodeFilesRunToo()
    {
        const Run run =
            m_program.run({QStringLiteral("invoke"), QStringLiteral("add.js"),
                           QStringLiteral("--event"), QStringLiteral("{\"a\": 40, \"b\": 2}")});
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("{\"sum\":42}\n"));
    }

    void recordsTellWhatWas()
    {
        (void)m_program.run({QStringLiteral("invoke"), QStringLiteral("hello.py")});
        const Run logs = m_program.run({QStringLiteral("logs"), QStringLiteral("hello")});
        QVERIFY2(logs.out.contains("to out"), logs.out);
        const Run list = m_program.run({QStringLiteral("invocations"), QStringLiteral("hello"),
                                        QStringLiteral("--limit"), QStringLiteral("1"),
                                        QStringLiteral("--json")});
        QCOMPARE(list.lines().size(), 1);
        QCOMPARE(list.json()["trigger"].dump(), std::string("\"manual\""));
        const Run metrics = m_program.run(
            {QStringLiteral("metrics"), QStringLiteral("hello"), QStringLiteral("--json")});
        QVERIFY2(metrics.exit == 0 && metrics.lines().size() == 1, metrics.err);
        QVERIFY(metrics.json()["invocations"] >= 1);
        QVERIFY(metrics.json()["outcomes"]["result"] >= 1);
    }

    void runServesUntilInterruptedAndShowsReloads()
    {
        m_program.write(QStringLiteral("edgewright.yaml"),
                        "application: a\nfunctions:\n  web:\n    source: web/\n"
                        "    triggers: [{http: {path: /light}}]\n");
        const QByteArray source = "def handler(event, context):\n"
                                  "    print('served')\n"
                                  "    return {'statusCode': 200, 'body': 'version one'}\n";
        m_program.write(QStringLiteral("web/handler.py"), source);
        const auto process = m_program.start({QStringLiteral("run")});
        QTRY_VERIFY_WITH_TIMEOUT(process->canReadLine(), 10'000);
        const QByteArray address = process->readLine().trimmed();
        QVERIFY2(QRegularExpression(QStringLiteral("^http://127\\.0\\.0\\.1:\\d+$"))
                     .match(QString::fromUtf8(address))
                     .hasMatch(),
                 address);
        QVERIFY(get(address).endsWith("version one"));
        QByteArray said;
        QTRY_VERIFY((said += process->readAllStandardError()).contains("served"));

        // Invoking from another terminal leaves what is served as it is.
        QCOMPARE(m_program.run({QStringLiteral("invoke"), QStringLiteral("web")}).exit, 0);
        QVERIFY(get(address).endsWith("version one"));

        m_program.write(QStringLiteral("web/handler.py"), "import no_such_module_here\n" + source);
        QTRY_VERIFY((said += process->readAllStandardError()).contains("does not load"));
        QVERIFY(get(address).endsWith("version one"));

        ::kill(pid_t(process->processId()), SIGINT);
        QVERIFY(process->waitForFinished(5'000));
        QCOMPARE(process->exitCode(), 130);
        QCOMPARE(process->readAllStandardOutput(), QByteArray());
        QFile::remove(m_program.path(QStringLiteral("edgewright.yaml")));
    }

    void interruptEndsAnInvocation()
    {
        m_program.write(QStringLiteral("slow.py"), "import time\n"
                                                   "def handler(event, context):\n"
                                                   "    print('begun', flush=True)\n"
                                                   "    time.sleep(2)\n");
        const auto process = m_program.start({QStringLiteral("invoke"), QStringLiteral("slow.py")});
        QByteArray said;
        QTRY_VERIFY((said += process->readAllStandardError()).contains("begun"));
        ::kill(pid_t(process->processId()), SIGINT);
        QVERIFY(process->waitForFinished(1'500));
        QCOMPARE(process->exitCode(), 130);
    }

private:
    static QByteArray get(const QByteArray &address)
    {
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"),
                             quint16(address.mid(address.lastIndexOf(':') + 1).toUInt()));
        socket.write("GET /light HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        while (socket.waitForReadyRead(5'000)) {
        }
        return socket.readAll();
    }

    Program m_program;
};

QTEST_GUILESS_MAIN(CliFunctionsTest)
#include "tst_clifunctions.moc"
