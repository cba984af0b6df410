#include "testruntime.h"

#include "runtime-bridge/function/entry.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace runtime;
using namespace tests;

/// Functions of every dialect, each one file, found from its source and invoked with an event.
class TestDialects final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void eachDialectAnswersAnEvent_data();
    void eachDialectAnswersAnEvent();
    void eachDialectFailsWithTheUsersLine_data();
    void eachDialectFailsWithTheUsersLine();
    void standInsGiveWayToWhatIsInstalled();
    void packageIsLoadedOnce();

private:
    Result<Invocation> run(const QString &name, const QString &file, const QString &text,
                           const QString &dialect, const QString &event);
    TestRuntime m_runtime;
};

Result<Invocation> TestDialects::run(const QString &name, const QString &file, const QString &text,
                                     const QString &dialect, const QString &event)
{
    const std::string root = m_runtime.write(name, file, text.toUtf8()).toStdString();
    const Result<Entry> entry =
        findEntry(root + "/" + file.toStdString(), {{}, {}, dialect.toStdString(), {}});
    if (!entry)
        return tl::unexpected(entry.error());
    FunctionSpec spec = TestRuntime::spec(name.toStdString(), entry->runtime);
    spec.handler = entry->handler;
    spec.dialect = entry->dialect;
    spec.form = *entry->form;
    if (const auto put = m_runtime.putLinked(spec); !put)
        return tl::unexpected(put.error());
    return m_runtime.invoke(spec.name, event.toStdString());
}

void TestDialects::eachDialectAnswersAnEvent_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("dialect"); // empty: found from the source
    QTest::addColumn<QString>("event");
    QTest::addColumn<QString>("result"); // ID stands for the invocation's
    const auto row = [](const char *name, const char *file, const char *text, const char *dialect,
                        const char *event, const char *result) {
        QTest::newRow(name) << QString::fromUtf8(file) << QString::fromUtf8(text)
                            << QString::fromLatin1(dialect) << QString::fromUtf8(event)
                            << QString::fromUtf8(result);
    };
    row("aws-py", "main.py",
        "def handler(event, context):\n"
        "    assert 2000 < context.get_remaining_time_in_millis() <= 3000\n"
        "    return [event, context.aws_request_id, context.function_name,\n"
        "            context.memory_limit_in_mb, context.identity.cognito_identity_id]\n",
        "", R"({"a":1})", R"([{"a":1},"ID","aws-py","256",null])");
    row("aws-js", "main.js",
        "exports.handler = (event, context, callback) => {\n"
        "  setImmediate(() => callback(null, [event.a, context.awsRequestId])); };",
        "", R"({"a":1})", R"([1,"ID"])");
    row("aws-js-done", "main.js",
        "exports.handler = (event, context) => { context.succeed({ a: event.a }); };", "aws",
        R"({"a":1})", R"({"a":1})");
    row("sls-js", "handler.js", "module.exports.hello = async (event) => ({ got: event.a });",
        "serverless-framework", R"({"a":1})", R"({"got":1})");
    row("gcp-event-py", "main.py",
        "import functions_framework\n\n@functions_framework.cloud_event\ndef f(e):\n"
        "    return [e['id'], e['type'], e['source'], e.data, e.get('subject')]\n",
        "",
        R"({"specversion":"1.0","id":"7","type":"t","source":"s","subject":"x","data":{"a":1}})",
        R"(["7","t","s",{"a":1},"x"])");
    row("gcp-plain-py", "main.py",
        "from cloudevents.http import CloudEvent\n"
        "def f(cloud_event: CloudEvent):\n    return [cloud_event['id'], cloud_event.data]\n",
        "", R"({"a":1})", R"(["ID",{"a":1}])");
    row("gcp-legacy-py", "main.py",
        "def f(event, context):\n"
        "    return [event['name'], context.event_id, context.event_type, context.resource]\n",
        "",
        R"({"context":{"eventId":"9","timestamp":"2020-01-01T00:00:00Z",
            "eventType":"google.storage.object.finalize",
            "resource":{"service":"storage.googleapis.com","type":"storage#object",
            "name":"projects/_/buckets/b/objects/o"}},"data":{"name":"o"}})",
        R"(["o","9","google.storage.object.finalize",{"service":"storage.googleapis.com",)"
        R"("name":"projects/_/buckets/b/objects/o","type":"storage#object"}])");
    row("gcp-from-legacy-js", "index.js",
        "const functions = require('@google-cloud/functions-framework');\n"
        "functions.cloudEvent('f', (e) => [e.type, e.source, e.subject, e.data]);",
        "",
        R"({"context":{"eventId":"9","timestamp":"2020-01-01T00:00:00Z",
            "eventType":"google.storage.object.finalize",
            "resource":"projects/_/buckets/b/objects/o#12"},"data":{"name":"o"}})",
        R"(["google.cloud.storage.object.v1.finalized",)"
        R"("//storage.googleapis.com/projects/_/buckets/b","objects/o",{"name":"o"}])");
    row("gcp-legacy-js", "index.js",
        "exports.f = (message, context) => {\n"
        "  return [Buffer.from(message.data, 'base64').toString(), context.eventId,\n"
        "          context.eventType]; };",
        "",
        R"({"specversion":"1.0","id":"5","time":"2020-01-01T00:00:00Z",
            "type":"google.cloud.pubsub.topic.v1.messagePublished",
            "source":"//pubsub.googleapis.com/projects/p/topics/t",
            "data":{"message":{"data":"aGk=","messageId":"5"}}})",
        R"(["hi","5","google.pubsub.topic.publish"])");
    row("azure-timer-py", "__init__.py",
        "import azure.functions as func\n\n"
        "def main(mytimer: func.TimerRequest, out: func.Out[str], context: func.Context) -> None:\n"
        "    out.set(f'{mytimer.past_due} {context.invocation_id} {context.function_name}')\n",
        "", "{}", R"({"out":"False ID azure-timer-py"})");
    row("azure-queue-py", "__init__.py",
        "from __future__ import annotations\nimport azure.functions as func\n\n"
        "def main(msg: func.QueueMessage):\n"
        "    return [msg.get_json()['a'], msg.get_body().decode()]\n",
        "", R"({"a":1})", R"([1,"{\"a\": 1}"])");
    row("azure-app-py", "function_app.py",
        "import azure.functions as func\napp = func.FunctionApp()\n\n"
        "@app.blob_trigger(arg_name='blob', path='in/{name}', connection='')\n"
        "def resize(blob: func.InputStream):\n    return [blob.name, blob.read().decode()]\n",
        "", R"({"name":"in/a.txt","data":"hello"})", R"(["in/a.txt","hello"])");
    row("azure-timer-js", "index.js",
        "module.exports = async function (context, myTimer) {\n"
        "  context.log('tick'); context.bindings.out = [myTimer.isPastDue, context.invocationId]; "
        "};",
        "", R"({"isPastDue":false})", R"({"out":[false,"ID"]})");
    row("azure-done-js", "index.js",
        "module.exports = function (context, item) {\n"
        "  context.log.info(item); setImmediate(() => context.done(null, item.a)); };",
        "", R"({"a":1})", "1");
    row("azure4-queue-js", "q.js",
        "const { app, output } = require('@azure/functions');\n"
        "const out = output.storageQueue({ queueName: 'q', name: 'out' });\n"
        "app.storageQueue('q', { queueName: 'in', extraOutputs: [out],\n"
        "  handler: async (item, context) => { context.extraOutputs.set(out, item.a);\n"
        "    context.warn(context.functionName); } });",
        "", R"({"a":1})", R"({"out":1})");
    row("alibaba-py", "index.py",
        "import json\ninitialized = []\ndef initialize(context):\n"
        "    initialized.append(context.request_id)\n"
        "def handler(event, context):\n    assert isinstance(event, bytes)\n"
        "    context.logger.warning('seen')\n"
        "    return [json.loads(event), context.request_id, context.function.name,\n"
        "            context.function.memory, context.credentials.access_key_id, "
        "len(initialized)]\n",
        "", R"({"a":1})", R"([{"a":1},"ID","alibaba-py",256,"",1])");
    row("alibaba-bytes-py", "index.py", "def handler(event, context):\n    return event[::-1]\n",
        "alibaba", "123", R"("321")");
    row("alibaba-js", "index.js",
        "exports.handler = (event, context, callback) => {\n"
        "  context.logger.info('seen');\n"
        "  callback(null, [Buffer.isBuffer(event), JSON.parse(event.toString()).a,\n"
        "    context.requestId, context.function.timeout]); };",
        "", R"({"a":1})", R"([true,1,"ID",3])");
    row("tencent-py", "index.py",
        "def main_handler(event, context):\n"
        "    return [event['a'], context['request_id'], context['memory_limit_in_mb'],\n"
        "            context['time_limit_in_ms'], context['function_name']]\n",
        "", R"({"a":1})", R"([1,"ID",256,3000,"tencent-py"])");
    row("tencent-js", "index.js",
        "exports.main_handler = async (event, context) =>\n"
        "  [event.a, context.request_id, context.getRemainingTimeInMillis() > 2000];",
        "", R"({"a":1})", R"([1,"ID",true])");
    row("cloudbase-js", "index.js",
        "exports.main = async (event, context) => ({ sum: event.a + event.b });", "",
        R"({"a":1,"b":2})", R"({"sum":3})");
    row("openfaas-py", "handler.py", "def handle(req):\n    return req.upper()\n", "", R"("hi")",
        R"("HI")");
    row("openfaas-json-py", "handler.py", "def handle(req):\n    return req\n", "", R"({"a":1})",
        R"("{\"a\":1}")");
    row("openfaas-http-py", "handler.py",
        "def handle(event, context):\n"
        "    return {'statusCode': 201, 'body': event.body.decode() + event.method,\n"
        "            'headers': {'X-Path': event.path}}\n",
        "", R"({"method":"PUT","path":"/p","body":"x"})",
        R"({"statusCode":201,"headers":{"content-type":"text/html; charset=utf-8",)"
        R"("x-path":"/p"},"body":"xPUT","isBase64Encoded":false})");
    row("openfaas-js", "handler.js",
        "module.exports = (context, callback) => callback(undefined, { status: context });", "",
        R"("hi")", R"({"status":"hi"})");
    row("openfaas-http-js", "handler.js",
        "module.exports = async (event, context) =>\n"
        "  context.status(202).headers({ 'X-A': 'b' }).succeed({ got: event.body.a });",
        "", R"({"a":1})",
        R"({"statusCode":202,"headers":{"x-a":"b","content-type":"application/json"},)"
        R"("body":"{\"got\":1}","isBase64Encoded":false})");
    row("openwhisk-py", "hello.py",
        "import os\ndef main(args):\n"
        "    return {'a': args['a'], 'id': os.environ['__OW_ACTIVATION_ID']}\n",
        "", R"({"a":1})", R"({"a":1,"id":"ID"})");
    row("openwhisk-js", "hello.js",
        "function main(params) {\n"
        "  return Promise.resolve({ a: params.a, id: process.env.__OW_ACTIVATION_ID }); }",
        "", R"({"a":1})", R"({"a":1,"id":"ID"})");
    row("kubeless-py", "f.py",
        "def handler(event, context):\n"
        "    return [event['data'], event['event-id'], event['extensions']['request'],\n"
        "            context['function-name'], context['memory-limit']]\n",
        "", R"({"a":1})", R"([{"a":1},"ID",null,"kubeless-py","256Mi"])");
    row("kubeless-js", "f.js",
        "module.exports = { hello: (event, context) => [event.data, context['function-name']] };",
        "kubeless", R"("text")", R"(["text","kubeless-js"])");
    row("knative-py", "func.py",
        "from parliament import Context\n\ndef main(context: Context):\n"
        "    return {'m': context.request.method, 'a': context.request.json['a']}, 201\n",
        "", R"({"a":1})",
        R"({"statusCode":201,"headers":{"content-type":"application/json"},)"
        R"("body":"{\"m\": \"POST\", \"a\": 1}","isBase64Encoded":false})");
    row("knative-event-js", "index.js",
        "const handle = async (context, event) => {\n"
        "  context.log.info(context.cloudevent.id);\n"
        "  return context.cloudEventResponse({ got: event.data.a }).id('1').type('t').source('s')\n"
        "    .response(); };\nmodule.exports = { handle };",
        "", R"({"specversion":"1.0","id":"7","type":"t","source":"s","data":{"a":1}})",
        R"({"statusCode":200,"headers":{"content-type":"application/json",)"
        R"("ce-specversion":"1.0","ce-id":"1","ce-type":"t","ce-source":"s"},)"
        R"("body":"{\"got\":1}","isBase64Encoded":false})");

    // The variables that platforms set.
    row("variables-gcp", "main.py",
        "import os\ndef hello(cloud_event):\n"
        "    return [os.environ['FUNCTION_TARGET'], os.environ['K_SERVICE'],\n"
        "            'AWS_LAMBDA_FUNCTION_NAME' in os.environ]\n",
        "", "{}", R"(["hello","variables-gcp",false])");
    row("variables-kubeless", "f.js",
        "exports.hello = () => [process.env.MOD_NAME, process.env.FUNC_HANDLER,\n"
        "  process.env.FUNC_TIMEOUT, process.env.FUNC_MEMORY_LIMIT];",
        "kubeless", "{}", R"(["f","hello","3","256Mi"])");
    row("variables-azure", "index.js",
        "module.exports = async (context, timer) => { context.log('x');\n"
        "  return process.env.FUNCTIONS_WORKER_RUNTIME; };",
        "", "{}", R"("node")");
}

void TestDialects::eachDialectAnswersAnEvent()
{
    QFETCH(QString, file);
    QFETCH(QString, text);
    QFETCH(QString, dialect);
    QFETCH(QString, event);
    QFETCH(QString, result);
    const auto invocation =
        run(QString::fromLatin1(QTest::currentDataTag()), file, text, dialect, event);
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->fault.message, std::string());
    result.replace(QStringLiteral("ID"), QString::fromStdString(invocation->id));
    QCOMPARE(QString::fromStdString(invocation->result), result);
}

void TestDialects::eachDialectFailsWithTheUsersLine_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("place");
    const auto row = [](const char *name, const char *file, const char *text, const char *place) {
        QTest::newRow(name) << QString::fromUtf8(file) << QString::fromUtf8(text)
                            << QString::fromUtf8(place);
    };
    row("fail-gcp-py", "main.py", "def f(request):\n    raise ValueError('bad')\n",
        "main.py:2 in f");
    row("fail-gcp-js", "index.js", "exports.f = (req, res) => {\n  throw new Error('bad');\n};",
        "index.js:2 in f");
    row("fail-gcp-async-js", "index.js",
        "exports.f = async (req, res) => {\n  throw new Error('bad');\n};", "index.js:2 in f");
    row("fail-azure-py", "__init__.py",
        "import azure.functions as func\n"
        "def main(req: func.HttpRequest):\n    raise ValueError('bad')\n",
        "__init__.py:3 in main");
    row("fail-azure-js", "index.js",
        "module.exports = async function run(context, req) {\n  throw new Error('bad');\n};",
        "index.js:2 in run");
    row("fail-openfaas-py", "handler.py", "def handle(req):\n    raise ValueError('bad')\n",
        "handler.py:2 in handle");
    row("fail-openfaas-js", "handler.js",
        "module.exports = async (event, context) => {\n  throw new Error('bad');\n};",
        "handler.js:2 in module.exports");
    row("fail-tencent-py", "index.py",
        "def main_handler(event, context):\n    raise ValueError('bad')\n",
        "index.py:2 in main_handler");
}

void TestDialects::eachDialectFailsWithTheUsersLine()
{
    QFETCH(QString, file);
    QFETCH(QString, text);
    QFETCH(QString, place);
    const auto invocation =
        run(QString::fromLatin1(QTest::currentDataTag()), file, text, {}, QStringLiteral("{}"));
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::FunctionError);
    QCOMPARE(invocation->fault.message, std::string("bad"));
    QVERIFY(!invocation->fault.stack.empty());
    QCOMPARE(invocation->fault.stack.front(), place.toStdString());
}

/// A function that brings its own azure.functions gets requests of that.
void TestDialects::standInsGiveWayToWhatIsInstalled()
{
    const QString name = QStringLiteral("own-azure");
    m_runtime.write(name, QStringLiteral("azure/__init__.py"), "");
    m_runtime.write(name, QStringLiteral("azure/functions/__init__.py"),
                    "class HttpRequest:\n"
                    "    def __init__(self, method, url, *, headers=None, params=None,\n"
                    "                 route_params=None, body=b''):\n"
                    "        self.vendored = method + ' ' + url\n"
                    "class HttpResponse:\n    pass\n");
    const auto invocation =
        run(name, QStringLiteral("main.py"),
            QStringLiteral("import azure.functions as func\n"
                           "def main(req: func.HttpRequest):\n    return req.vendored\n"),
            {}, QStringLiteral(R"({"method":"GET","path":"/a"})"));
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->fault.message, std::string());
    QVERIFY2(invocation->result.find("GET http://localhost/a") != std::string::npos,
             invocation->result.c_str());
}

/// A function of an Azure application is a package with modules of its own.
void TestDialects::packageIsLoadedOnce()
{
    const QString name = QStringLiteral("package");
    m_runtime.write(name, QStringLiteral("Hello/words.py"), "GREETING = 'hi'\n");
    m_runtime.write(name, QStringLiteral("Hello/__init__.py"),
                    "import azure.functions as func\nfrom . import words\nprint('loaded')\n"
                    "def main(msg: func.QueueMessage):\n"
                    "    return [words.GREETING, __name__, msg.get_json()]\n");
    FunctionSpec spec = TestRuntime::spec("package");
    spec.handler = "Hello/__init__.main";
    spec.dialect = "azure";
    QVERIFY_OK(m_runtime.putLinked(spec));
    const auto invocation = m_runtime.invoke("package", "1");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->fault.message, std::string());
    QCOMPARE(invocation->result, std::string(R"(["hi","Hello",1])"));
}

QTEST_GUILESS_MAIN(TestDialects)
#include "tst_dialects.moc"
