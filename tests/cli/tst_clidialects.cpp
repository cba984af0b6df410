#include "program.h"

#include <QFile>
#include <QRegularExpression>
#include <QTcpSocket>
#include <QTest>

/// Every dialect and every form from one file, with no application file beside it.
class CliDialectsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyDialectIsInvoked_data();
    void everyDialectIsInvoked();
    void everyFormIsServed_data();
    void everyFormIsServed();
    void aTaskIsWaitedFor();

private:
    Program m_program;
};

void CliDialectsTest::everyDialectIsInvoked_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("dialect"); // empty: found in the source
    QTest::addColumn<QByteArray>("event");
    QTest::addColumn<QByteArray>("out");
    const auto row = [](const char *name, const char *file, const char *text, const char *dialect,
                        const char *out, const char *event = R"({"a": 1})") {
        QTest::newRow(name) << QString::fromLatin1(file) << QByteArray(text)
                            << QString::fromLatin1(dialect) << QByteArray(event) << QByteArray(out);
    };
    const char *const get = R"({"method": "GET", "path": "/?n=x"})";
    row("aws python", "a1.py", "def lambda_handler(event, context):\n    return event['a'] + 1\n",
        "", "2\n");
    row("aws nodejs", "a2.js", "exports.handler = async (event) => event.a + 1;\n", "", "2\n");
    row("serverless-framework python", "s1.py",
        "def hello(event, context):\n    return {'statusCode': 200, 'body': str(event['a'])}\n",
        "serverless-framework", "{\"statusCode\":200,\"body\":\"1\"}\n");
    row("serverless-framework nodejs", "s2.js",
        "module.exports.hello = async (event) => ({statusCode: 200, body: String(event.a)});\n",
        "serverless-framework", "{\"statusCode\":200,\"body\":\"1\"}\n");
    row("gcp python", "g1.py",
        "import functions_framework\n\n@functions_framework.http\n"
        "def f(request):\n    return 'Hi ' + request.args['n']\n",
        "", "\"body\":\"Hi x\"", get);
    row("gcp nodejs", "g2.js",
        "require('@google-cloud/functions-framework').http('f', (req, res) =>\n"
        "  res.send('Hi ' + req.query.n));\n",
        "", "\"body\":\"Hi x\"", get);
    row("azure python", "z1.py",
        "import azure.functions as func\n\ndef main(req: func.HttpRequest) -> str:\n"
        "    return 'Hi ' + req.params['n']\n",
        "", "\"body\":\"Hi x\"", get);
    row("azure nodejs", "z2.js",
        "const { app } = require('@azure/functions');\n"
        "app.http('f', { handler: async (req) => ({ body: 'Hi ' + req.query.get('n') }) });\n",
        "", "\"body\":\"Hi x\"", get);
    row("alibaba python", "l1.py", "def handler(event, context):\n    return event\n", "alibaba",
        "{\"a\": 1}");
    row("alibaba nodejs", "l2.js",
        "exports.handler = (event, context, callback) =>\n"
        "  callback(null, JSON.parse(event).a + context.function.name);\n",
        "alibaba", "1l2\n");
    row("tencent python", "t1.py", "def main_handler(event, context):\n    return event['a'] + 1\n",
        "", "2\n");
    row("tencent nodejs", "t2.js", "exports.main_handler = async (event) => event.a + 1;\n", "",
        "2\n");
    row("cloudbase python", "c1.py", "def main(event, context):\n    return event['a'] + 1\n",
        "cloudbase", "2\n");
    row("cloudbase nodejs", "c2.js", "exports.main = async (event, context) => event.a + 1;\n",
        "cloudbase", "2\n");
    row("openfaas python", "o1.py", "def handle(req):\n    return req.upper()\n", "", "HI\n",
        R"("hi")");
    row("openfaas nodejs", "o2.js",
        "module.exports = async (event, context) => context.status(200).succeed(event.body);\n",
        "openfaas", "\"statusCode\":200");
    row("openwhisk python", "w1.py", "def main(args):\n    return {'b': args['a'] + 1}\n", "",
        "{\"b\":2}\n");
    row("openwhisk nodejs", "w2.js", "function main(params) { return {b: params.a + 1}; }\n", "",
        "{\"b\":2}\n");
    row("kubeless python", "k1.py",
        "def hello(event, context):\n    return event['data']['a'] + 1\n", "kubeless", "2");
    row("kubeless nodejs", "k2.js",
        "module.exports = { hello: (event, context) => event.data.a + 1 };\n", "kubeless", "2");
    row("knative python", "n1.py",
        "from parliament import Context\n\ndef main(context: Context):\n"
        "    return 'Hi ' + context.request.args['n'], 200\n",
        "", "\"body\":\"Hi x\"", get);
    row("knative nodejs", "n2.js",
        "const handle = async (context, body) => ({ body: 'Hi ' + context.query.n });\n"
        "module.exports = { handle };\n",
        "knative", "\"body\":\"Hi x\"", get);
    row("custom", "bootstrap",
        "#!/usr/bin/python3\nimport http.client, os\n"
        "api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
        "base = '/2018-06-01/runtime/invocation/'\nwhile True:\n"
        "    api.request('GET', base + 'next')\n    call = api.getresponse()\n    call.read()\n"
        "    id = call.headers['Lambda-Runtime-Aws-Request-Id']\n"
        "    api.request('POST', base + id + '/response', b'[2]')\n"
        "    api.getresponse().read()\n",
        "", "[2]\n");
}

void CliDialectsTest::everyDialectIsInvoked()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    QFETCH(QString, dialect);
    QFETCH(QByteArray, event);
    QFETCH(QByteArray, out);
    m_program.write(file, text);
    if (text.startsWith("#!"))
        QFile::setPermissions(m_program.path(file),
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QStringList words{QStringLiteral("invoke"), file, QStringLiteral("--event"),
                      QString::fromUtf8(event)};
    if (!dialect.isEmpty())
        words << QStringLiteral("--dialect") << dialect;
    const Run run = m_program.run(words);
    QVERIFY2(run.exit == 0, run.err);
    QVERIFY2(out.endsWith('\n') ? run.out == out : run.out.contains(out), run.out);
}

void CliDialectsTest::everyFormIsServed_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("event function")
        << QStringLiteral("event.py")
        << QByteArray("def lambda_handler(event, context):\n    return 'here'\n");
    QTest::newRow("http function") << QStringLiteral("request.js")
                                   << QByteArray("exports.helloHttp = (req, res) => {\n"
                                                 "  res.write('he'); res.end('re'); };\n");
    QTest::newRow("service") << QStringLiteral("server.js")
                             << QByteArray("require('http').createServer((req, res) =>\n"
                                           "  res.end('here')).listen(process.env.PORT);\n");
}

void CliDialectsTest::everyFormIsServed()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    m_program.write(file, text);
    const std::unique_ptr<QProcess> served = m_program.start(
        {QStringLiteral("run"), file, QStringLiteral("--port"), QStringLiteral("0")});
    QByteArray said;
    static const QRegularExpression address(QStringLiteral("http://127\\.0\\.0\\.1:(\\d+)"));
    QRegularExpressionMatch found;
    QTRY_VERIFY2_WITH_TIMEOUT((said += served->readAllStandardOutput(),
                               said += served->readAllStandardError(),
                               found = address.match(QString::fromUtf8(said)), found.hasMatch()),
                              said.constData(), 30'000);
    QTcpSocket client;
    client.connectToHost(QStringLiteral("127.0.0.1"), found.captured(1).toUShort());
    QVERIFY(client.waitForConnected());
    client.write("GET /function/" + file.section(QLatin1Char('.'), 0, 0).toUtf8() +
                 " HTTP/1.0\r\n\r\n");
    QVERIFY(client.waitForDisconnected(30'000));
    const QByteArray answer = client.readAll();
    QVERIFY2(answer.startsWith("HTTP/1.1 200") && answer.contains("here"), answer);
}

void CliDialectsTest::aTaskIsWaitedFor()
{
    m_program.write(QStringLiteral("work.py"),
                    "def lambda_handler(event, context):\n    return 'done'\n");
    const Run begun = m_program.run(
        {QStringLiteral("invoke"), QStringLiteral("work.py"), QStringLiteral("--async")});
    QVERIFY2(begun.exit == 0, begun.err);
    const QString id = QString::fromUtf8(begun.out).trimmed();
    const Run ended = m_program.run({QStringLiteral("task"), id, QStringLiteral("--wait")});
    QVERIFY2(ended.exit == 0, ended.err);
    QCOMPARE(ended.out, QByteArray("\"done\"\n"));
}

QTEST_GUILESS_MAIN(CliDialectsTest)
#include "tst_clidialects.moc"
