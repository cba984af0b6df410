#include "rawclient.h"
#include "testruntime.h"

#include "runtime-bridge/function/entry.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace runtime;
using namespace tests;

/// Functions of every dialect behind the real gateway: what a client sends and gets back.
class TestHttpFunctions final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_runtime.start());
        const auto address = TestRuntime::wait(m_runtime.client().gateway(0));
        QVERIFY_OK(address);
        m_address = *address;
    }
    void requestsAreAnswered_data();
    void requestsAreAnswered();
    void cloudEventsOfEveryShapeArrive_data();
    void cloudEventsOfEveryShapeArrive();
    void bytesGoBothWays_data();
    void bytesGoBothWays();

private:
    void serve(const QString &name, const QString &file, const QString &text,
               const QString &dialect);
    TestRuntime m_runtime;
    std::string m_address;
};

void TestHttpFunctions::serve(const QString &name, const QString &file, const QString &text,
                              const QString &dialect)
{
    if (m_runtime.state(name.toStdString()))
        return;
    const std::string root = m_runtime.write(name, file, text.toUtf8()).toStdString();
    const Result<Entry> entry =
        findEntry(root + "/" + file.toStdString(), {{}, {}, dialect.toStdString()});
    QVERIFY_OK(entry);
    FunctionSpec spec = TestRuntime::spec(name.toStdString(), entry->runtime);
    spec.handler = entry->handler;
    spec.dialect = entry->dialect;
    spec.form = *entry->form;
    HttpTrigger route;
    route.path = "/" + spec.name + "/{id}";
    spec.triggers = {route};
    QVERIFY_OK(m_runtime.putLinked(spec));
}

namespace {

const char *const flaskless = //
    "def f(request):\n"
    "    what = request.args.get('do')\n"
    "    if what == 'json':\n"
    "        return {'got': request.get_json()['a'], 'list': request.args.getlist('x'),\n"
    "                'path': request.path, 'agent': request.headers['USER-AGENT']}\n"
    "    if what == 'status':\n"
    "        return 'made', 201, {'X-A': 'b'}\n"
    "    if what == 'cookies':\n"
    "        return 'x', 200, [('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2')]\n"
    "    if what == 'form':\n"
    "        return request.form['n'] + request.cookies['c'] + request.method\n"
    "    if what == 'file':\n"
    "        return request.files['f'].read() + request.form['n'].encode()\n"
    "    if what == 'none':\n"
    "        return None\n"
    "    if what == 'fail':\n"
    "        raise ValueError('not good')\n"
    "    return 'Hello ' + (request.get_json(silent=True) or {}).get('name', 'World')\n";

const char *const flasky = //
    "import flask\nimport functions_framework\n\n"
    "@functions_framework.http\ndef f(request: flask.Request):\n"
    "    what = request.args.get('do')\n"
    "    assert isinstance(request, flask.Request)\n"
    "    if what == 'abort':\n        flask.abort(404)\n"
    "    if what == 'fail':\n        raise ValueError('not good')\n"
    "    if what == 'cookie':\n"
    "        made = flask.make_response('x', 202)\n"
    "        made.set_cookie('a', '1')\n        made.set_cookie('b', '2')\n        return made\n"
    "    return flask.jsonify(got=request.get_json(), url=flask.request.path)\n";

const char *const expressive = //
    "const ff = require('@google-cloud/functions-framework');\n"
    "ff.http('f', async (req, res) => {\n"
    "  switch (req.query.do) {\n"
    "  case 'json': return res.status(201).set('X-A', 'b').json({ got: req.body.a,\n"
    "    raw: req.rawBody.toString(), list: req.query.x, type: req.get('Content-Type'),\n"
    "    id: req.params.id, is: req.is('json') });\n"
    "  case 'cookies': res.cookie('a', '1'); res.cookie('b', '2 3', { httpOnly: true });\n"
    "    return res.send('x');\n"
    "  case 'form': return res.type('text/plain').end(req.body.n + req.method);\n"
    "  case 'redirect': return res.redirect('/else where');\n"
    "  case 'status': return res.sendStatus(404);\n"
    "  case 'write': res.setHeader('Content-Type', 'text/css'); res.write('a'); return "
    "res.end('b');\n"
    "  case 'pipe': res.status(203); return req.pipe(res);\n"
    "  case 'fail': throw new TypeError('not good');\n"
    "  default: res.send(`Hello ${req.body.name || 'World'}`);\n"
    "  } });\n";

const char *const azurePython = //
    "import azure.functions as func\n\n"
    "def main(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:\n"
    "    if req.params.get('do') == 'json':\n"
    "        return func.HttpResponse(str(req.get_json()['a']) + req.route_params.get('id', ''),\n"
    "                                 status_code=201, headers={'X-A': 'b'},\n"
    "                                 mimetype='application/json')\n"
    "    if req.params.get('do') == 'nothing':\n        return None\n"
    "    return f\"Hello {req.params.get('name')} {req.headers['x-b']} {req.method}\"\n";

const char *const azureNode = //
    "module.exports = async function (context, req) {\n"
    "  context.log('seen'); context.log.warn('warned');\n"
    "  if (req.query.do === 'return') return { status: 202, body: { got: req.body.a } };\n"
    "  if (req.query.do === 'send') { context.res.status(203).set('x-a', 'b').send('sent'); "
    "return; }\n"
    "  if (req.query.do === 'nothing') return;\n"
    "  context.res = { status: 201, headers: { 'X-A': 'b' }, body: 'Hello ' + req.params.id,\n"
    "    cookies: [{ name: 'a', value: '1', httpOnly: true }] }; };\n";

const char *const azureNode4 = //
    "const { app } = require('@azure/functions');\n"
    "app.http('f', { methods: ['GET', 'POST'], route: 'f/{id}', handler: async (request, context) "
    "=> {\n"
    "  context.log('seen');\n"
    "  if (request.query.get('do') === 'json')\n"
    "    return { status: 201, jsonBody: { got: (await request.json()).a, id: request.params.id } "
    "};\n"
    "  return { body: `Hello ${await request.text()}`, headers: { 'X-A': "
    "request.headers.get('x-b') },\n"
    "    cookies: [{ name: 'a', value: '1' }] }; } });\n";

const char *const watchdog = //
    "def handle(event, context):\n"
    "    if event.query.get('do') == 'text':\n        return 'plain'\n"
    "    return {'statusCode': 202, 'body': {'got': event.body.decode(), 'm': event.method},\n"
    "            'headers': {'X-A': event.headers['x-b']}}\n";

const char *const json = "Content-Type: application/json; charset=UTF-8\r\n";
const char *const form = "Content-Type: application/x-www-form-urlencoded\r\nCookie: c=1\r\n";

} // namespace

void TestHttpFunctions::requestsAreAnswered_data()
{
    QTest::addColumn<QStringList>("function"); // name, file, text, dialect
    QTest::addColumn<QStringList>("request");  // line, headers, body
    QTest::addColumn<int>("status");
    QTest::addColumn<QStringList>("headers"); // "name: value"
    QTest::addColumn<QString>("body");
    const auto row = [](const char *test, const QStringList &function, const QStringList &request,
                        int status, const QStringList &headers, const char *body) {
        QTest::newRow(test) << function << request << status << headers << QString::fromUtf8(body);
    };
    const auto list = [](std::initializer_list<const char *> words) {
        QStringList all;
        for (const char *word : words)
            all << QString::fromUtf8(word);
        return all;
    };
    const QStringList py = list({"gcppy", "main.py", flaskless, ""});
    row("py hello", py, list({"GET /gcppy/1"}), 200,
        list({"content-type: text/html; charset=utf-8"}), "Hello World");
    row("py json in", py, list({"POST /gcppy/1", json, R"({"name":"Ada"})"}), 200, {}, "Hello Ada");
    row("py json out", py,
        list({"POST /gcppy/1?do=json&x=1&x=2",
              "Content-Type: application/json\r\nUser-Agent: t\r\n", R"({"a":[1]})"}),
        200, list({"content-type: application/json"}),
        R"({"got": [1], "list": ["1", "2"], "path": "/gcppy/1", "agent": "t"})");
    row("py status", py, list({"GET /gcppy/1?do=status"}), 201, list({"x-a: b"}), "made");
    row("py cookies", py, list({"GET /gcppy/1?do=cookies"}), 200,
        list({"set-cookie: a=1", "set-cookie: b=2"}), "x");
    row("py form", py, list({"POST /gcppy/1?do=form", form, "n=%C3%A4+b"}), 200, {}, "ä b1POST");
    row("py file", py,
        list({"POST /gcppy/1?do=file", "Content-Type: multipart/form-data; boundary=B\r\n",
              "--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n"
              "--B\r\nContent-Disposition: form-data; name=\"f\"; "
              "filename=\"a\"\r\n\r\nx\r\n--B--\r\n"}),
        200, {}, "x1");
    row("py no json", py, list({"POST /gcppy/1?do=json", json, "{"}), 400,
        list({"content-type: text/plain"}), nullptr);
    row("py none", py, list({"GET /gcppy/1?do=none"}), 500, {}, nullptr);
    row("py fail", py, list({"GET /gcppy/1?do=fail"}), 500,
        list({"content-type: application/json"}),
        R"({"error":{"message":"not good","type":"ValueError"}})");
    const QStringList flask = list({"flask", "main.py", flasky, ""});
    row("flask json", flask, list({"POST /flask/1", json, R"({"a":1})"}), 200,
        list({"content-type: application/json"}), nullptr);
    row("flask abort", flask, list({"GET /flask/1?do=abort"}), 404, {}, nullptr);
    row("flask cookies", flask, list({"GET /flask/1?do=cookie"}), 202,
        list({"set-cookie: a=1; Path=/", "set-cookie: b=2; Path=/"}), "x");
    row("flask fail", flask, list({"GET /flask/1?do=fail"}), 500, {}, nullptr);
    const QStringList js = list({"gcpjs", "index.js", expressive, ""});
    row("js hello", js, list({"GET /gcpjs/1"}), 200,
        list({"content-type: text/html; charset=utf-8"}), "Hello World");
    row("js json", js,
        list(
            {"POST /gcpjs/7?do=json&x=1&x=2", "Content-Type: application/json\r\n", R"({"a": 1})"}),
        201, list({"content-type: application/json; charset=utf-8", "x-a: b"}),
        R"({"got":1,"raw":"{\"a\": 1}","list":["1","2"],"type":"application/json","id":"7","is":"json"})");
    row("js cookies", js, list({"GET /gcpjs/1?do=cookies"}), 200,
        list({"set-cookie: a=1; Path=/", "set-cookie: b=2%203; Path=/; HttpOnly"}), "x");
    row("js form", js, list({"POST /gcpjs/1?do=form", form, "n=%C3%A4+b"}), 200,
        list({"content-type: text/plain; charset=utf-8"}), "ä bPOST");
    row("js redirect", js, list({"GET /gcpjs/1?do=redirect"}), 302,
        list({"location: /else%20where"}), "Found. Redirecting to /else%20where");
    row("js status", js, list({"GET /gcpjs/1?do=status"}), 404, {}, "Not Found");
    row("js write", js, list({"GET /gcpjs/1?do=write"}), 200, list({"content-type: text/css"}),
        "ab");
    row("js pipe", js, list({"POST /gcpjs/1?do=pipe", "", "through"}), 203, {}, "through");
    row("js no json", js, list({"POST /gcpjs/1", json, "{"}), 400, {}, nullptr);
    row("js fail", js, list({"GET /gcpjs/1?do=fail"}), 500, {},
        R"({"error":{"message":"not good","type":"TypeError"}})");
    const QStringList azpy = list({"azpy", "__init__.py", azurePython, ""});
    row("azure py text", azpy, list({"PUT /azpy/1?name=Ada", "X-B: c\r\n"}), 200,
        list({"content-type: text/plain; charset=utf-8"}), "Hello Ada c PUT");
    row("azure py response", azpy, list({"POST /azpy/7?do=json", json, R"({"a":1})"}), 201,
        list({"content-type: application/json", "x-a: b"}), "17");
    row("azure py nothing", azpy, list({"GET /azpy/7?do=nothing"}), 204, {}, "");
    const QStringList azjs = list({"azjs", "index.js", azureNode, ""});
    row("azure js res", azjs, list({"GET /azjs/7"}), 201,
        list({"x-a: b", "set-cookie: a=1; HttpOnly", "content-type: text/plain; charset=utf-8"}),
        "Hello 7");
    row("azure js return", azjs, list({"POST /azjs/7?do=return", json, R"({"a":1})"}), 202,
        list({"content-type: application/json"}), R"({"got":1})");
    row("azure js send", azjs, list({"GET /azjs/7?do=send"}), 203, list({"x-a: b"}), "sent");
    const QStringList az4 = list({"az4", "f.js", azureNode4, ""});
    row("azure 4 json", az4, list({"POST /az4/7?do=json", json, R"({"a":1})"}), 201,
        list({"content-type: application/json"}), R"({"got":1,"id":"7"})");
    row("azure 4 text", az4, list({"POST /az4/7", "X-B: c\r\n", "Ada"}), 200,
        list({"x-a: c", "set-cookie: a=1"}), "Hello Ada");
    row("alibaba wsgi",
        list({"fcpy", "index.py",
              "def handler(environ, start_response):\n"
              "    body = environ['wsgi.input'].read(int(environ['CONTENT_LENGTH']))\n"
              "    start_response('201 Created', [('Content-Type', 'text/x'), ('X-A', 'b')])\n"
              "    text = environ['REQUEST_METHOD'] + environ['PATH_INFO'] + "
              "environ['QUERY_STRING']\n"
              "    return [body, text.encode(), environ['fc.context'].function.name.encode()]\n",
              ""}),
        list({"POST /fcpy/1?q=1", "", "x"}), 201, list({"content-type: text/x", "x-a: b"}),
        "xPOST/fcpy/1q=1fcpy");
    row("alibaba js",
        list({"fcjs", "index.js",
              "exports.handler = (req, resp, context) => {\n"
              "  resp.setStatusCode(201); resp.setHeader('X-A', 'b');\n"
              "  let body = ''; req.on('data', (part) => { body += part; });\n"
              "  req.on('end', () => resp.send(body + req.method + req.path + req.queries.q)); };",
              ""}),
        list({"POST /fcjs/1?q=1", "", "x"}), 201, list({"x-a: b"}), "xPOST/fcjs/11");
    row("alibaba event",
        list({"fc3", "index.py",
              "import json\ndef handler(event, context):\n    evt = json.loads(event)\n"
              "    http = evt['requestContext']['http']\n"
              "    return {'statusCode': 201, 'headers': {'X-A': evt['headers']['X-B']},\n"
              "            'body': http['method'] + http['path'] + evt['rawPath'] + evt['body'] +\n"
              "                    evt['queryParameters']['q']}\n",
              ""}),
        list({"POST /fc3/a%20b?q=1", "X-B: c\r\nContent-Type: text/plain\r\n", "x"}), 201,
        list({"x-a: c"}), "POST/fc3/a b/fc3/a%20bx1");
    row("tencent",
        list(
            {"scf", "index.js",
             "exports.main_handler = async (event) => ({ statusCode: 201, isBase64Encoded: false,\n"
             "  headers: { 'X-A': event.headers['x-b'] }, body: event.httpMethod + event.path +\n"
             "    event.pathParameters.id + event.queryString.q + event.body });",
             ""}),
        list({"POST /scf/1?q=2", "X-B: c\r\nContent-Type: text/plain\r\n", "x"}), 201,
        list({"x-a: c"}), "POST/scf/112x");
    row("cloudbase",
        list({"tcb", "index.js", "exports.main = async (event, context) => `<p>${event.path}</p>`;",
              ""}),
        list({"GET /tcb/1"}), 200, list({"content-type: text/html; charset=utf-8"}),
        "<p>/tcb/1</p>");
    row("serverless 1.0",
        list({"sls", "handler.js",
              "module.exports.hello = async (event) => ({ statusCode: 200,\n"
              "  multiValueHeaders: { 'X-A': event.multiValueQueryStringParameters.x },\n"
              "  body: event.httpMethod + event.resource + event.pathParameters.id + event.version "
              "});",
              "serverless-framework"}),
        list({"GET /sls/7?x=1&x=2"}), 200, list({"x-a: 1", "x-a: 2"}), "GET/sls/{id}71.0");
    row("openwhisk web",
        list({"ow", "hello.py",
              "def main(args):\n"
              "    return {'statusCode': 201, 'headers': {'X-A': args['__ow_headers']['x-b']},\n"
              "            'body': args['__ow_method'] + args['name'] + args['id']}\n",
              ""}),
        list({"POST /ow/7?name=Ada", "X-B: c\r\n"}), 201, list({"x-a: c"}), "postAda7");
    row("openfaas classic",
        list({"fpy", "handler.py",
              "import os\ndef handle(req):\n    return req.upper() + os.environ['Http_Method']\n",
              ""}),
        list({"POST /fpy/1", "", "hi"}), 200, list({"content-type: text/plain; charset=utf-8"}),
        "HIPOST");
    const QStringList fwd = list({"fwd", "handler.py", watchdog, ""});
    row("openfaas watchdog", fwd, list({"PUT /fwd/1", "X-B: c\r\n", "hi"}), 202,
        list({"content-type: application/json", "x-a: c"}), R"({"got": "hi", "m": "PUT"})");
    row("openfaas watchdog text", fwd, list({"GET /fwd/1?do=text"}), 200,
        list({"content-type: text/html; charset=utf-8"}), "plain");
    row("openfaas js",
        list({"fjs", "handler.js",
              "module.exports = async (event, context) => {\n"
              "  if (event.query.do === 'fail') throw new Error('bad');\n"
              "  return context.status(202).headers({ 'X-A': event.headers['x-b'] })\n"
              "    .succeed(event.method + event.path + event.body.a); };",
              ""}),
        list({"POST /fjs/1", "X-B: c\r\nContent-Type: application/json\r\n", R"({"a":1})"}), 202,
        list({"x-a: c"}), "POST/fjs/11");
    row("openfaas js fail", list({"fjs", "", "", ""}), list({"GET /fjs/1?do=fail"}), 500, {},
        nullptr);
    row("kubeless",
        list({"kl", "f.py",
              "def hello(event, context):\n"
              "    request = event['extensions']['request']\n"
              "    return event['data']['a'] + request.headers['X-B'] + request.method\n",
              ""}),
        list({"POST /kl/1", "X-B: c\r\nContent-Type: application/json\r\n", R"({"a":"x"})"}), 200,
        list({"content-type: text/plain; charset=utf-8"}), "xcPOST");
    row("knative py",
        list({"knpy", "func.py",
              "def new():\n    return Function()\n\nclass Function:\n"
              "    async def handle(self, scope, receive, send):\n"
              "        body = (await receive())['body']\n"
              "        await send({'type': 'http.response.start', 'status': 201,\n"
              "                    'headers': [[b'content-type', b'text/x']]})\n"
              "        await send({'type': 'http.response.body',\n"
              "                    'body': body + scope['path'].encode() + "
              "scope['query_string']})\n",
              ""}),
        list({"POST /knpy/1?q=1", "", "x"}), 201, list({"content-type: text/x"}), "x/knpy/1q=1");
    row("knative js",
        list({"knjs", "index.js",
              "module.exports.handle = async (context, body) => ({ statusCode: 201,\n"
              "  headers: { 'X-A': context.headers['x-b'] },\n"
              "  body: { got: body.a, q: context.query.q, m: context.method } });",
              "knative"}),
        list({"POST /knjs/1?q=1", "X-B: c\r\nContent-Type: application/json\r\n", R"({"a":1})"}),
        201, list({"content-type: application/json", "x-a: c"}), R"({"got":1,"q":"1","m":"POST"})");
}

void TestHttpFunctions::requestsAreAnswered()
{
    QFETCH(QStringList, function);
    QFETCH(QStringList, request);
    QFETCH(int, status);
    QFETCH(QStringList, headers);
    QFETCH(QString, body);
    serve(function[0], function[1], function[2], function[3]);
    if (QTest::currentTestFailed())
        return;
    const RawResponse response = RawClient(m_address).call(
        request[0].toStdString(), request.value(1).toStdString(), request.value(2).toStdString());
    QVERIFY2(response.status == status, response.body.c_str());
    if (!body.isNull())
        QCOMPARE(QString::fromStdString(response.body), body);
    for (const QString &header : headers) {
        const std::string name = header.section(QStringLiteral(": "), 0, 0).toStdString();
        const auto [begin, end] = response.headers.equal_range(name);
        const std::string wanted = header.section(QStringLiteral(": "), 1).toStdString();
        QVERIFY2(std::any_of(begin, end, [&](const auto &each) { return each.second == wanted; }),
                 qPrintable(header + QStringLiteral(" is not in ") +
                            QString::fromStdString(response.header(name))));
    }
    QVERIFY(!response.header("x-invocation-id").empty());
}

void TestHttpFunctions::cloudEventsOfEveryShapeArrive_data()
{
    QTest::addColumn<QString>("function");
    QTest::addColumn<QString>("headers");
    QTest::addColumn<QString>("body");
    QTest::addColumn<int>("status");
    const QString structured = QStringLiteral(
        R"({"specversion":"1.0","id":"7","type":"t","source":"/s","subject":"x",)"
        R"("time":"2020-01-01T00:00:00Z","datacontenttype":"application/json","data":{"a":1}})");
    const QString legacy =
        QStringLiteral(R"({"eventId":"7","timestamp":"2020-01-01T00:00:00Z","eventType":"t",)"
                       R"("resource":"s","data":{"a":1}})");
    for (const char *function : {"cepy", "cejs"}) {
        const auto row = [&](const char *name, const char *headers, const QString &body,
                             bool isGood) {
            const bool isPython = QByteArray(function) == "cepy";
            QTest::addRow("%s %s", function, name)
                << QString::fromLatin1(function) << QString::fromLatin1(headers) << body
                << (isGood ? isPython ? 200 : 204 : 400);
        };
        row("structured", "Content-Type: application/cloudevents+json\r\n", structured, true);
        row("upper case", "Content-Type: application/cloudevents+json; charset=UTF-8\r\n",
            structured, true);
        row("binary",
            "Ce-Id: 7\r\nCE-Type: t\r\nce-source: /s\r\nce-specversion: 1.0\r\nce-subject: x\r\n"
            "ce-time: 2020-01-01T00:00:00Z\r\nContent-Type: application/json; charset=UTF-8\r\n",
            QStringLiteral(R"({"a":1})"), true);
        row("legacy", "Content-Type: application/json\r\n", legacy, true);
        row("incomplete", "ce-type: t\r\nce-specversion: 1.0\r\n", QStringLiteral("{}"), false);
        row("none", "Content-Type: application/json\r\n", QStringLiteral(R"({"a":1})"), false);
        row("no json", "Content-Type: application/cloudevents+json\r\n", QStringLiteral("{"),
            false);
    }
}

void TestHttpFunctions::cloudEventsOfEveryShapeArrive()
{
    QFETCH(QString, function);
    QFETCH(QString, headers);
    QFETCH(QString, body);
    QFETCH(int, status);
    serve(QStringLiteral("cepy"), QStringLiteral("main.py"),
          QStringLiteral(
              "import functions_framework\n\n@functions_framework.cloud_event\ndef f(event):\n"
              "    assert (event['id'], event['type'], event.data) == ('7', 't', {'a': 1})\n"
              "    assert event['specversion'] == '1.0', event\n"
              "    assert event['time'].startswith('2020-01-01T00:00:00'), event\n"
              "    assert event['source'] in ('/s', '//googleapis.com/s'), event\n"
              "    assert event['datacontenttype'].startswith('application/json'), event\n"),
          {});
    serve(
        QStringLiteral("cejs"), QStringLiteral("index.js"),
        QStringLiteral("const assert = require('assert');\n"
                       "require('@google-cloud/functions-framework').cloudEvent('f', (event) => {\n"
                       "  assert.deepStrictEqual([event.id, event.type, event.data],\n"
                       "                         ['7', 't', { a: 1 }]);\n"
                       "  assert.strictEqual(event.specversion, '1.0');\n"
                       "  assert.strictEqual(event.time, '2020-01-01T00:00:00Z');\n"
                       "  assert.ok(['/s', '//googleapis.com/s'].includes(event.source));\n"
                       "  assert.ok(event.datacontenttype.startsWith('application/json'));\n"
                       "});\n"),
        {});
    if (QTest::currentTestFailed())
        return;
    const RawResponse response = RawClient(m_address).call(
        "POST /function/" + function.toStdString(), headers.toStdString(), body.toStdString());
    QVERIFY2(response.status == status, response.body.c_str());
}

void TestHttpFunctions::bytesGoBothWays_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const char *file, const char *text) {
        QTest::newRow(name) << QString::fromUtf8(file) << QString::fromUtf8(text);
    };
    row("bytes-gcp-py", "main.py", "def f(request):\n    return request.get_data()\n");
    row("bytes-gcp-js", "index.js", "exports.f = (req, res) => res.send(req.rawBody);");
    row("bytes-azure-py", "__init__.py",
        "import azure.functions as func\ndef main(req: func.HttpRequest):\n"
        "    return func.HttpResponse(req.get_body(), mimetype='image/png')\n");
    row("bytes-azure-js", "index.js",
        "module.exports = async (context, req) => { context.res = { body: req.bufferBody }; };");
    row("bytes-azure-4", "f.js",
        "const { app } = require('@azure/functions');\n"
        "app.http('f', { handler: async (request) =>\n"
        "  ({ body: Buffer.from(await request.arrayBuffer()) }) });");
    row("bytes-aws-py", "main.py",
        "import base64\ndef handler(event, context):\n"
        "    return {'statusCode': 200, 'isBase64Encoded': event['isBase64Encoded'],\n"
        "            'body': event['body']}\n");
    row("bytes-alibaba-py", "index.py",
        "def handler(environ, start_response):\n    start_response('200 OK', [])\n"
        "    return [environ['wsgi.input'].read()]\n");
    row("bytes-openfaas-py", "handler.py",
        "def handle(event, context):\n    return {'body': event.body}\n");
}

void TestHttpFunctions::bytesGoBothWays()
{
    QFETCH(QString, file);
    QFETCH(QString, text);
    const QString name = QString::fromLatin1(QTest::currentDataTag());
    serve(name, file, text, {});
    if (QTest::currentTestFailed())
        return;
    const std::string bytes("\x00\xff\x89PNG\r\n\x80", 9);
    const RawResponse response = RawClient(m_address).call("POST /function/" + name.toStdString(),
                                                           "Content-Type: image/png\r\n", bytes);
    QCOMPARE(response.status, 200);
    QCOMPARE(QByteArray::fromStdString(response.body), QByteArray::fromStdString(bytes));
}

QTEST_GUILESS_MAIN(TestHttpFunctions)
#include "tst_httpfunctions.moc"
