#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/function/entry.h"

#include <QTemporaryDir>
#include <QTest>

using namespace runtime;
namespace fs = std::filesystem;

class EntryTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dialectIsFoundFromTheSource_data();
    void dialectIsFoundFromTheSource();
    void unclearSourceAsksForTheDialect_data();
    void unclearSourceAsksForTheDialect();
    void givenDialectNarrowsTheSearch_data();
    void givenDialectNarrowsTheSearch();
    void givenHandlerIsLookedAt();
    void severalHandlersAreListed();
    void everyDialectHasItsNames();

private:
    fs::path put(const char *file, const char *text)
    {
        const fs::path path = fs::path(m_folder.path().toStdString()) / file;
        if (!writeFile(path, text))
            qFatal("cannot write %s", path.c_str());
        return path;
    }
    QTemporaryDir m_folder;
};

void EntryTest::dialectIsFoundFromTheSource_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("found"); // "handler dialect form"
    const auto row = [](const char *name, const char *file, const char *text, const char *found) {
        QTest::newRow(name) << QString::fromUtf8(file) << QString::fromUtf8(text)
                            << QString::fromUtf8(found);
    };
    row("aws python", "f.py", "def handler(event, context):\n    return 1\n",
        "f.handler aws event");
    row("aws lambda_handler", "lambda_function.py",
        "import json\n\ndef lambda_handler(event, context):\n    return {'statusCode': 200}\n",
        "lambda_function.lambda_handler aws event");
    row("aws own name", "f.py", "def resize(event, context):\n    return 1\n",
        "f.resize aws event");
    row("aws beside helpers", "f.py",
        "def parse(request):\n    pass\ndef main(args):\n    pass\n"
        "def handler(event, context):\n    return 1\n",
        "f.handler aws event");
    row("aws wrapped", "f.py", "from mangum import Mangum\nhandler = Mangum(app)\n",
        "f.handler aws event");
    row("aws exports", "f.js", "exports.handler = async (event) => event;", "f.handler aws event");
    row("aws module", "f.mjs", "export const handler = async (event) => event;",
        "f.handler aws event");
    row("aws typed list", "f.js",
        "const handler = async (event, context) => 1;\nmodule.exports = { handler, other: 1 };",
        "f.handler aws event");
    row("aws bundled", "f.js",
        "var x = {};\n__export(x, { handler: () => handler });\nmodule.exports = toCjs(x);\n"
        "async function handler(event) { return 1; }",
        "f.handler aws event");
    row("gcp python registered", "main.py",
        "import functions_framework\n\n@functions_framework.http\ndef hello(request):\n"
        "    return 'hi'\n",
        "main.hello gcp http");
    row("gcp python event registered", "main.py",
        "import functions_framework\n@functions_framework.cloud_event\ndef f(e):\n    pass\n",
        "main.f gcp event");
    row("gcp python", "main.py", "def hello_get(request):\n    return 'Hello World!'\n",
        "main.hello_get gcp http");
    row("gcp python legacy", "main.py",
        "def hello_gcs(event, context):\n    print(context.event_id)\n",
        "main.hello_gcs gcp event");
    row("gcp node", "index.js", "exports.helloHttp = (req, res) => { res.send('hi'); };",
        "index.helloHttp gcp http");
    row("gcp node registered", "index.js",
        "const functions = require('@google-cloud/functions-framework');\n"
        "functions.http('hello-http', (req, res) => res.send('hi'));",
        "index.hello-http gcp http");
    row("gcp node event", "index.js",
        "const ff = require('@google-cloud/functions-framework');\n"
        "ff.cloudEvent('onWrite', (e) => console.log(e.id));",
        "index.onWrite gcp event");
    row("gcp node registered at once", "index.js",
        "require('@google-cloud/functions-framework').http('hello', (req, res) => res.end());",
        "index.hello gcp http");
    row("azure python", "__init__.py",
        "import azure.functions as func\n\n"
        "def main(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:\n    pass\n",
        "__init__.main azure http");
    row("azure python timer", "__init__.py",
        "import azure.functions as func\ndef main(mytimer: func.TimerRequest) -> None:\n    pass\n",
        "__init__.main azure event");
    row("azure python app", "function_app.py",
        "import azure.functions as func\napp = func.FunctionApp()\n\n"
        "@app.function_name(name=\"Hello\")\n@app.route(route=\"hello\")\n"
        "def hello(req: func.HttpRequest):\n    return 'x'\n",
        "function_app.hello azure http");
    row("azure node 3", "index.js",
        "module.exports = async function (context, req) { context.res = { body: 'x' }; };",
        "index.default azure http");
    row("azure node 3 timer", "index.js",
        "module.exports = async function (context, myTimer) { context.log('tick'); };",
        "index.default azure event");
    row("azure node 4", "hello.js",
        "const { app } = require('@azure/functions');\n"
        "app.http('hello', { methods: ['GET'], handler: async (request, context) => ({}) });",
        "hello.hello azure http");
    row("azure node 4 timer", "tick.js",
        "const { app } = require('@azure/functions');\n"
        "app.timer('tick', { schedule: '0 * * * * *', handler: (t, context) => {} });",
        "tick.tick azure event");
    row("alibaba python", "index.py",
        "import json\ndef handler(event, context):\n    evt = json.loads(event)\n    return evt\n",
        "index.handler alibaba event");
    row("alibaba wsgi", "index.py",
        "def handler(environ, start_response):\n    start_response('200 OK', [])\n    return []\n",
        "index.handler alibaba http");
    row("alibaba node", "index.js",
        "module.exports.handler = function (event, context, callback) {\n"
        "  callback(null, JSON.parse(event.toString())); };",
        "index.handler alibaba event");
    row("alibaba node http", "index.js",
        "exports.handler = (req, resp, context) => { resp.send('x'); };",
        "index.handler alibaba http");
    row("tencent python", "index.py", "def main_handler(event, context):\n    return event\n",
        "index.main_handler tencent event");
    row("tencent node", "index.js", "exports.main_handler = async (event, context) => event;",
        "index.main_handler tencent event");
    row("cloudbase", "index.js", "exports.main = async (event, context) => ({ sum: 1 });",
        "index.main cloudbase event");
    row("cloudbase sdk", "index.js",
        "const cloud = require('wx-server-sdk');\nexports.main = async (data) => data;",
        "index.main cloudbase event");
    row("openfaas python", "handler.py", "def handle(req):\n    return req\n",
        "handler.handle openfaas event");
    row("openfaas python watchdog", "handler.py",
        "def handle(event, context):\n    return {'statusCode': 200, 'body': event.body}\n",
        "handler.handle openfaas http");
    row("openfaas node watchdog", "handler.js",
        "'use strict'\nmodule.exports = async (event, context) => {\n"
        "  return context.status(200).succeed({ body: event.body }) }",
        "handler.default openfaas http");
    row("openfaas node", "handler.js",
        "module.exports = (context, callback) => callback(undefined, { status: 'done' });",
        "handler.default openfaas event");
    row("openwhisk python", "hello.py", "def main(args):\n    return {'a': 1}\n",
        "hello.main openwhisk event");
    row("openwhisk node", "hello.js", "function main(params) { return params; }",
        "hello.main openwhisk event");
    row("openwhisk web", "hello.js", "exports.main = (event, ctx) => ({ body: event.__ow_path });",
        "hello.main openwhisk event");
    row("kubeless python", "f.py",
        "def hello(event, context):\n    print(event['extensions']['request'])\n"
        "    return event['data']\n",
        "f.hello kubeless event");
    row("knative python", "func.py",
        "from parliament import Context\n\ndef main(context: Context):\n    return 'x', 200\n",
        "func.main knative http");
    row("knative python asgi", "func.py",
        "def new():\n    return Function()\n\nclass Function:\n"
        "    async def handle(self, scope, receive, send):\n        pass\n",
        "func.new knative http");
    row("knative node", "index.js",
        "const handle = async (context, body) => {\n  context.log.info(context.query);\n"
        "  return body;\n}\nmodule.exports = { handle };",
        "index.handle knative http");
    row("commented out", "f.js",
        "// exports.main_handler = 1\n/* exports.main = (event, context) => 1 */\n"
        "const s = 'exports.main_handler = 2';\nexports.handler = (event) => 1;",
        "f.handler aws event");
    row("in a string", "f.py",
        "\"\"\"\ndef main_handler(event, context):\n\"\"\"\n"
        "def handler(event,\n            context):\n    return 1\n",
        "f.handler aws event");
}

void EntryTest::dialectIsFoundFromTheSource()
{
    QFETCH(QString, file);
    QFETCH(QString, text);
    QFETCH(QString, found);
    const Result<Entry> entry = findEntry(put(qPrintable(file), qPrintable(text)));
    QVERIFY2(entry, entry ? "" : entry.error().detail.c_str());
    QCOMPARE(entry->handler + " " + entry->dialect + " " + std::string(wireName(*entry->form)),
             found.toStdString());
}

void EntryTest::unclearSourceAsksForTheDialect_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("choices");
    QTest::newRow("data") << "f.py"
                          << "def handler(event, context):\n    return event['data']\n"
                          << "aws, kubeless";
    QTest::newRow("req") << "f.py"
                         << "def main(req):\n    return {}\n"
                         << "azure, openwhisk";
    QTest::newRow("main") << "f.py"
                          << "def main(event, context):\n    return {}\n"
                          << "aws, cloudbase";
    QTest::newRow("handle") << "f.py"
                            << "def handle(x):\n    return x\ndef handler(event, context):\n"
                               "    return 1\n"
                            << "aws, openfaas";
}

void EntryTest::unclearSourceAsksForTheDialect()
{
    QFETCH(QString, file);
    QFETCH(QString, text);
    QFETCH(QString, choices);
    const fs::path source = put(qPrintable(file), qPrintable(text));
    const Result<Entry> entry = findEntry(source);
    QVERIFY(!entry);
    QCOMPARE(entry.error().code, ErrorCode::DialectAmbiguous);
    QCOMPARE(entry.error().detail, choices.toStdString());
    for (const QString &choice : choices.split(QStringLiteral(", "))) {
        const Result<Entry> chosen = findEntry(source, {{}, {}, choice.toStdString(), {}});
        QVERIFY2(chosen, chosen ? "" : chosen.error().detail.c_str());
        QCOMPARE(chosen->dialect, choice.toStdString());
    }
}

void EntryTest::givenDialectNarrowsTheSearch_data()
{
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("found"); // "handler form"
    const QString two = QStringLiteral("def handler(event, context):\n    return 1\n"
                                       "def hello(request):\n    return 'x'\n");
    QTest::newRow("aws") << "aws" << two << "f.handler event";
    QTest::newRow("serverless") << "serverless-framework" << two << "f.handler event";
    QTest::newRow("gcp") << "gcp" << two << "f.hello http";
    QTest::newRow("kubeless") << "kubeless" << two << "f.handler event";
    QTest::newRow("alibaba") << "alibaba" << two << "f.handler event";
    QTest::newRow("gcp event") << "gcp"
                               << "def f(event, context):\n    pass\n"
                               << "f.f event";
    QTest::newRow("azure event") << "azure"
                                 << "def main(timer):\n    pass\n"
                                 << "f.main event";
    QTest::newRow("only one") << "openwhisk"
                              << "def anything(x, y, z):\n    pass\n"
                              << "f.anything event";
}

void EntryTest::givenDialectNarrowsTheSearch()
{
    QFETCH(QString, dialect);
    QFETCH(QString, text);
    QFETCH(QString, found);
    const Result<Entry> entry =
        findEntry(put("f.py", qPrintable(text)), {{}, {}, dialect.toStdString(), {}});
    QVERIFY2(entry, entry ? "" : entry.error().detail.c_str());
    QCOMPARE(entry->dialect, dialect.toStdString());
    QCOMPARE(entry->handler + " " + std::string(wireName(*entry->form)), found.toStdString());
}

void EntryTest::givenHandlerIsLookedAt()
{
    const fs::path file = put("f.py", "def handler(event, context):\n    return 1\n"
                                      "def page(request):\n    return 'x'\n");
    const Result<Entry> page = findEntry(file, {{}, "page", {}, {}});
    QVERIFY(page);
    QCOMPARE(page->handler + " " + page->dialect, std::string("f.page gcp"));
    QCOMPARE(findEntry(file, {{}, "f.unseen", {}, {}})->dialect, std::string("aws"));
    QCOMPARE(findEntry(file, {{}, "g.handler", {}, {}}).error().code, ErrorCode::SourceMissing);
    QCOMPARE(findEntry(file, {{}, {}, {}, FunctionForm::Task})->form, FunctionForm::Task);
}

void EntryTest::severalHandlersAreListed()
{
    const fs::path file =
        put("f.py", "def one(event, context):\n    return 1\ndef two(event, context):\n    pass\n");
    const Result<Entry> entry = findEntry(file);
    QVERIFY(!entry);
    QCOMPARE(entry.error().code, ErrorCode::SourceAmbiguous);
    QCOMPARE(entry.error().detail, std::string("f.one, f.two"));
}

void EntryTest::everyDialectHasItsNames()
{
    QCOMPARE(dialects().size(), std::size_t(12));
    for (const Dialect &dialect : dialects()) {
        QCOMPARE(findDialect(dialect.name), &dialect);
        QVERIFY(dialect.name == "custom" ||
                (!dialect.pythonNames.empty() && !dialect.nodeNames.empty()));
    }
    QVERIFY(!findDialect("cobol"));
}

QTEST_GUILESS_MAIN(EntryTest)
#include "tst_entry.moc"
