#include "rawclient.h"
#include "testruntime.h"

#include "runtime-bridge/function/entry.h"

#include <nlohmann/json.hpp>

#include <QFile>
#include <QTest>

#include <thread>

using namespace runtime;
using namespace tests;
using namespace std::chrono_literals;
using namespace std::string_literals;
using nlohmann::json;

/// Answers that go out as they are made, and bodies that are read as they come: a client, the real
/// gateway, and functions of the dialects that can.
class TestStreaming final : public QObject
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
    void answersStream_data() { functionsOf(answering); }
    void answersStream();
    void bothStream_data() { functionsOf(both); }
    void bothStream();
    void aClientThatLeavesIsTold_data() { functionsOf(endless); }
    void aClientThatLeavesIsTold();
    void longBodiesAreRead_data() { functionsOf(counting); }
    void longBodiesAreRead();
    void aSlowClientHoldsTheFunctionBack();
    void largePiecesArrive_data();
    void largePiecesArrive();
    void whatFailsMidwayBreaksOff();
    void aBodyThatBreaksOffIsTold();
    void oldClientsAndHeadsAreAnswered();
    void theRuntimeApiStreams_data();
    void theRuntimeApiStreams();
    void withoutAStreamTheAnswerIsWhole_data() { functionsOf(answering); }
    void withoutAStreamTheAnswerIsWhole();

private:
    struct Source {
        const char *name, *file, *dialect, *text;
    };
    static const std::vector<Source> answering, both, endless, counting;

    static void functionsOf(const std::vector<Source> &all);
    void serve();
    QString serveText(const QString &name, const QString &file, const QString &dialect,
                      const QString &text);
    [[nodiscard]] std::string path() const { return "/" + m_name + "/7"; }
    /// Outcome and result of an invocation, from the runtime's records.
    std::string keptOf(const std::string &id);

    TestRuntime m_runtime;
    std::string m_address, m_name;
    QString m_folder;
};

// Each writes "one", waits for a file called "go" beside it, and writes "two".
const std::vector<TestStreaming::Source> TestStreaming::answering{
    {"pygen", "main.py", "gcp",
     "import os, time\n\ndef f(request):\n    def parts():\n        yield 'one'\n"
     "        while not os.path.exists('go'):\n            time.sleep(0.01)\n        yield b'two'\n"
     "    return parts(), 201, {'X-A': 'b', 'Content-Type': 'text/plain'}\n"},
    {"pyflask", "main.py", "gcp",
     "import os, time, flask\n\ndef f(request):\n    def parts():\n"
     "        yield 'one'\n        while not os.path.exists('go'):\n            time.sleep(0.01)\n"
     "        yield flask.request.args.get('n', 'two')\n"
     "    return flask.Response(flask.stream_with_context(parts()), status=201,\n"
     "                          headers={'X-A': 'b'}, mimetype='text/plain')\n"},
    {"pyasgi", "func.py", "knative",
     "import asyncio, os\n\nclass F:\n    async def handle(self, scope, receive, send):\n"
     "        await receive()\n"
     "        await send({'type': 'http.response.start', 'status': 201,\n"
     "                    'headers': [(b'x-a', b'b'), (b'content-type', b'text/plain')]})\n"
     "        leaving = asyncio.create_task(receive())\n"
     "        await send({'type': 'http.response.body', 'body': b'one', 'more_body': True})\n"
     "        while not os.path.exists('go') and not leaving.done():\n"
     "            await asyncio.sleep(0.01)\n"
     "        await send({'type': 'http.response.body', 'body': b'two', 'more_body': True})\n"
     "        await send({'type': 'http.response.body'})\n"
     "        assert (await leaving)['type'] == 'http.disconnect'\n\ndef new():\n    return F()\n"},
    {"nodewrite", "index.js", "gcp",
     "const fs = require('fs');\nexports.f = async (req, res) => {\n"
     "  res.status(201).set('X-A', 'b').type('text/plain');\n  res.write('one');\n"
     "  while (!fs.existsSync('go'))\n    await new Promise((done) => setTimeout(done, 10));\n"
     "  res.end('two');\n};\n"},
    {"nodeaws", "index.js", "aws",
     "const fs = require('fs');\n"
     "exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {\n"
     "  const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201,\n"
     "    headers: { 'X-A': 'b', 'content-type': 'text/plain' } });\n  out.write('one');\n"
     "  while (!fs.existsSync('go'))\n    await new Promise((done) => setTimeout(done, 10));\n"
     "  out.write('two');\n  out.end();\n});\n"},
    {"nodeazure", "index.js", "azure",
     "const { app } = require('@azure/functions');\nconst fs = require('fs');\n"
     "app.http('nodeazure', { handler: async (req, context) => {\n"
     "  async function* parts() {\n    yield 'one';\n    while (!fs.existsSync('go'))\n"
     "      await new Promise((done) => setTimeout(done, 10));\n    yield 'two';\n  }\n"
     "  return { status: 201, headers: { 'X-A': 'b', 'Content-Type': 'text/plain' },\n"
     "    body: require('stream').Readable.from(parts()) };\n} });\n"},
};

// Each gives every piece of the body back in capitals, as it comes.
const std::vector<TestStreaming::Source> TestStreaming::both{
    {"pyboth", "main.py", "gcp",
     "def f(request):\n    return (line.upper() for line in iter(request.stream.readline, b''))\n"},
    {"flaskboth", "main.py", "gcp",
     "import flask\n\ndef f(request):\n    lines = iter(request.stream.readline, b'')\n"
     "    return flask.Response((line.upper() for line in lines), mimetype='text/plain')\n"},
    {"asgiboth", "func.py", "knative",
     "class F:\n    async def handle(self, scope, receive, send):\n"
     "        await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
     "        more = True\n        while more:\n            message = await receive()\n"
     "            more = message.get('more_body', False)\n"
     "            await send({'type': 'http.response.body', 'more_body': more,\n"
     "                        'body': message['body'].upper()})\n\ndef new():\n    return F()\n"},
    {"azureboth", "index.js", "azure",
     "const { app } = require('@azure/functions');\n"
     "app.http('azureboth', { handler: async (req) => {\n  async function* parts() {\n"
     "    for await (const part of req.body)\n"
     "      yield Buffer.from(part).toString().toUpperCase();\n  }\n"
     "  return { body: require('stream').Readable.from(parts()) };\n} });\n"},
};

// Each writes for ever, and leaves a file "left" when nobody is there to read it any more.
const std::vector<TestStreaming::Source> TestStreaming::endless{
    {"pyendless", "main.py", "gcp",
     "import time\n\ndef f(request):\n    if request.args.get('again'):\n        return 'here'\n"
     "    def parts():\n        try:\n            while True:\n                yield 'on '\n"
     "                time.sleep(0.01)\n        finally:\n            open('left', 'w').close()\n"
     "    return parts()\n"},
    {"asgiendless", "func.py", "knative",
     "import asyncio\n\nclass F:\n    async def handle(self, scope, receive, send):\n"
     "        await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
     "        if scope['query_string']:\n"
     "            return await send({'type': 'http.response.body', 'body': b'here'})\n"
     "        await receive()\n        leaving = asyncio.create_task(receive())\n"
     "        while not leaving.done():\n"
     "            await send({'type': 'http.response.body', 'body': b'on ', 'more_body': True})\n"
     "            await asyncio.sleep(0.01)\n        open('left', 'w').close()\n\n"
     "def new():\n    return F()\n"},
    {"nodeendless", "index.js", "gcp",
     "const fs = require('fs');\nexports.f = (req, res) => {\n"
     "  if (req.query.again)\n    return res.send('here');\n"
     "  const timer = setInterval(() => res.write('on '), 10);\n"
     "  res.on('close', () => { clearInterval(timer); fs.writeFileSync('left', ''); });\n};\n"},
};

// Each answers with the number of bytes of the body.
const std::vector<TestStreaming::Source> TestStreaming::counting{
    {"pycount", "main.py", "gcp",
     "def f(request):\n    return str(sum(map(len, iter(lambda: request.stream.read(9999), "
     "b''))))\n"},
    {"pydata", "main.py", "gcp", "def f(request):\n    return str(len(request.get_data()))\n"},
    {"flaskdata", "main.py", "gcp",
     "import flask\n\ndef f(request):\n    return str(len(request.get_data()))\n"},
    {"azuretext", "index.js", "azure",
     "const { app } = require('@azure/functions');\n"
     "app.http('azuretext', { handler: async (req) =>\n"
     "  ({ body: String((await req.arrayBuffer()).byteLength) }) });\n"},
};

void TestStreaming::functionsOf(const std::vector<Source> &all)
{
    QTest::addColumn<QStringList>("function");
    for (const Source &each : all)
        QTest::newRow(each.name) << QStringList{
            QString::fromLatin1(each.name), QString::fromLatin1(each.file),
            QString::fromLatin1(each.dialect), QString::fromLatin1(each.text)};
}

void TestStreaming::serve()
{
    QFETCH(QStringList, function);
    m_folder = serveText(function[0], function[1], function[2], function[3]);
}

QString TestStreaming::serveText(const QString &name, const QString &file, const QString &dialect,
                                 const QString &text)
{
    m_name = name.toStdString();
    const QString root = m_runtime.write(name, file, text.toUtf8());
    const auto check = [&] {
        const Result<Entry> entry = findEntry(root.toStdString() + "/" + file.toStdString(),
                                              {{}, {}, dialect.toStdString()});
        QVERIFY_OK(entry);
        FunctionSpec spec = TestRuntime::spec(m_name, entry->runtime);
        spec.handler = entry->handler;
        spec.dialect = entry->dialect;
        spec.form = dialect == QLatin1String("aws") ? *entry->form : FunctionForm::Http;
        spec.timeout = 30s;
        HttpTrigger route;
        route.path = "/" + m_name + "/{id}";
        spec.triggers = {route};
        QVERIFY_OK(m_runtime.putLinked(spec));
    };
    check();
    return root;
}

std::string TestStreaming::keptOf(const std::string &id)
{
    for (int i = 0; i < 100; ++i) {
        const auto kept = TestRuntime::wait(m_runtime.client().invocation(id));
        if (kept)
            return std::string(wireName(kept->outcome)) + ' ' + kept->result;
        QTest::qWait(50);
    }
    return {};
}

void TestStreaming::answersStream()
{
    serve();
    QVERIFY(!QTest::currentTestFailed());
    RawClient client(m_address);
    client.send("GET " + path() + " HTTP/1.1\r\nHost: here\r\nOrigin: http://there\r\n\r\n");
    const RawResponse head = client.readHead();
    QCOMPARE(head.status, 201);
    QCOMPARE(head.header("transfer-encoding"), "chunked"s);
    QCOMPARE(head.header("x-a"), "b"s);
    QVERIFY(head.header("content-type").starts_with("text/plain"));
    QCOMPARE(head.header("access-control-allow-origin"), "*"s);
    QCOMPARE(client.readChunk().value_or("broken"), "one"s); // while the function goes on
    QFile go(m_folder + QStringLiteral("/go"));
    QVERIFY(go.open(QIODevice::WriteOnly));
    std::string rest;
    for (auto chunk = client.readChunk(); chunk && !chunk->empty(); chunk = client.readChunk())
        rest += *chunk;
    QCOMPARE(rest, "two"s);
    QCOMPARE(keptOf(head.header("x-invocation-id")), R"(result {"statusCode":201,"bytes":6})"s);
    const RawResponse again = client.call("GET " + path()); // the same connection
    QCOMPARE(again.status, 201);
    QCOMPARE(again.body, "onetwo"s);
    QVERIFY(go.remove());
}

void TestStreaming::withoutAStreamTheAnswerIsWhole()
{
    serve();
    QFile go(m_folder + QStringLiteral("/go"));
    QVERIFY(go.open(QIODevice::WriteOnly));
    const auto invocation = m_runtime.invoke(m_name, R"({"method": "GET", "path": "/"})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::Result);
    const json result = json::parse(invocation->result);
    QCOMPARE(result["statusCode"].get<int>(), 201);
    QCOMPARE(result["body"].get<std::string>(), "onetwo"s);
}

void TestStreaming::bothStream()
{
    serve();
    QVERIFY(!QTest::currentTestFailed());
    RawClient client(m_address);
    client.send("POST " + path() +
                " HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n"
                "Content-Type: text/plain\r\n\r\n");
    const auto sendLine = [&](const std::string &line) {
        client.send(QByteArray::number(line.size(), 16).toStdString() + "\r\n" + line + "\r\n");
    };
    sendLine("first\n");
    QCOMPARE(client.readHead().status, 200);
    QCOMPARE(client.readChunk().value_or("broken"), "FIRST\n"s); // before the next was sent
    sendLine("second\n");
    QCOMPARE(client.readChunk().value_or("broken"), "SECOND\n"s);
    client.send("0\r\n\r\n");
    QCOMPARE(client.readChunk().value_or("broken"), ""s);
    const RawResponse again = client.call("POST " + path(), {}, "short"); // not streamed
    QCOMPARE(again.body, "SHORT"s);
}

void TestStreaming::aClientThatLeavesIsTold()
{
    serve();
    QVERIFY(!QTest::currentTestFailed());
    std::string id;
    {
        RawClient client(m_address);
        client.send("GET " + path() + " HTTP/1.1\r\nHost: here\r\n\r\n");
        id = client.readHead().header("x-invocation-id");
        QCOMPARE(client.readChunk().value_or("broken"), "on "s);
        QVERIFY(!QFile::exists(m_folder + QStringLiteral("/left")));
        client.close();
    }
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(m_folder + QStringLiteral("/left")), 10'000);
    QVERIFY(keptOf(id).starts_with("result "));
    const auto state = m_runtime.state(m_name);
    QVERIFY(state);
    QCOMPARE(state->workers, 1); // and that one serves
    RawClient next(m_address);
    QCOMPARE(next.call("GET " + path() + "?again=1").body, "here"s);
}

void TestStreaming::longBodiesAreRead()
{
    serve();
    QVERIFY(!QTest::currentTestFailed());
    const std::string body(8u << 20, 'x'); // more than a request may have that is taken whole
    RawClient client(m_address);
    client.send("POST " + path() + " HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\n" +
                "Content-Type: application/octet-stream\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n");
    QCOMPARE(client.readHead().status, 100);
    client.send(body);
    const RawResponse answer = client.read();
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, std::to_string(body.size()));
    QCOMPARE(client.call("POST " + path(), {}, "four").body, "4"s);
}

void TestStreaming::aSlowClientHoldsTheFunctionBack()
{
    m_folder = serveText(
        QStringLiteral("much"), QStringLiteral("main.py"), QStringLiteral("gcp"),
        QStringLiteral(
            "def f(request):\n    def parts():\n        for i in range(2000):\n"
            "            with open('made', 'w') as file:\n                file.write(str(i))\n"
            "            yield b'x' * 65536\n    return parts()\n"));
    RawClient client(m_address);
    client.send("GET " + path() + " HTTP/1.1\r\nHost: here\r\n\r\n");
    QCOMPARE(client.readHead().status, 200);
    const auto made = [this] {
        QFile file(m_folder + QStringLiteral("/made"));
        return file.open(QIODevice::ReadOnly) ? file.readAll().toInt() : 0;
    };
    int before = -1;
    for (int calm = 0; calm < 5; calm = made() == before ? calm + 1 : 0) {
        before = made();
        std::this_thread::sleep_for(100ms); // an event loop would read
    }
    QVERIFY2(before < 1'000, "it made all, though nobody read"); // what lies in sockets is some MB
    std::size_t size = 0;
    for (auto chunk = client.readChunk(); chunk && !chunk->empty(); chunk = client.readChunk())
        size += chunk->size();
    QCOMPARE(size, std::size_t(2000) * 65536);
}

void TestStreaming::largePiecesArrive_data()
{
    functionsOf({{"pylarge", "main.py", "gcp",
                  "def f(request):\n    return (b'x' * 20_000_000 for i in range(2))\n"},
                 {"nodelarge", "index.js", "gcp",
                  "exports.f = (req, res) => { res.write('x'.repeat(20e6));\n"
                  "  res.end('x'.repeat(20e6)); };\n"}});
}

void TestStreaming::largePiecesArrive()
{
    serve();
    QVERIFY(!QTest::currentTestFailed());
    RawClient client(m_address);
    QCOMPARE(client.call("GET " + path()).body.size(), std::size_t(40'000'000));
}

void TestStreaming::whatFailsMidwayBreaksOff()
{
    serveText(
        QStringLiteral("fails"), QStringLiteral("main.py"), QStringLiteral("gcp"),
        QStringLiteral("import os\n\ndef f(request):\n    def parts():\n        yield 'some'\n"
                       "        if request.args.get('die'):\n            os._exit(3)\n"
                       "        raise ValueError('not good')\n    return parts()\n"));
    for (const auto &[query, outcome] :
         {std::pair("?n=1", "function_error"), std::pair("?die=1", "worker_died")}) {
        RawClient client(m_address);
        client.send("GET " + path() + query + " HTTP/1.1\r\nHost: here\r\n\r\n");
        const RawResponse head = client.readHead();
        QCOMPARE(head.status, 200);
        QCOMPARE(client.readChunk().value_or("broken"), "some"s);
        QVERIFY(!client.readChunk()); // no last chunk: the client knows that it has not all
        QVERIFY(client.isClosed());
        QVERIFY(keptOf(head.header("x-invocation-id")).starts_with(outcome));
    }
}

void TestStreaming::aBodyThatBreaksOffIsTold()
{
    m_folder = serveText(
        QStringLiteral("cut"), QStringLiteral("main.py"), QStringLiteral("gcp"),
        QStringLiteral("def f(request):\n    try:\n        return str(len(request.get_data()))\n"
                       "    except ConnectionError as error:\n"
                       "        open('told', 'w').close()\n        raise\n"));
    {
        RawClient client(m_address);
        client.send("POST " + path() +
                    " HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\nsome");
        QTest::qWait(200);
        client.close();
    }
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(m_folder + QStringLiteral("/told")), 10'000);
    RawClient next(m_address);
    QCOMPARE(next.call("POST " + path(), {}, "four").body, "4"s);
}

void TestStreaming::oldClientsAndHeadsAreAnswered()
{
    serveText(
        QStringLiteral("old"), QStringLiteral("main.py"), QStringLiteral("gcp"),
        QStringLiteral("def f(request):\n    return (text for text in ('one', '', 'two'))\n"));
    RawClient old(m_address);
    old.send("GET " + path() + " HTTP/1.0\r\n\r\n");
    const RawResponse head = old.readHead();
    QCOMPARE(head.header("transfer-encoding"), ""s);
    QCOMPARE(head.header("connection"), "close"s);
    QCOMPARE(old.readRest(), "onetwo"s);
    RawClient client(m_address);
    QCOMPARE(client.call("HEAD " + path()).status, 200);
    QCOMPARE(client.call("GET " + path()).body, "onetwo"s);
}

void TestStreaming::theRuntimeApiStreams_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("prelude");
    QTest::addColumn<int>("status");
    QTest::newRow("with a prelude")
        << QByteArray("application/vnd.awslambda.http-integration-response")
        << QByteArray(R"({"statusCode": 201, "headers": {"X-A": "b"}})") << 201;
    QTest::newRow("bytes alone") << QByteArray("text/csv") << QByteArray() << 200;
}

void TestStreaming::theRuntimeApiStreams()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, prelude);
    QFETCH(int, status);
    m_name = prelude.isEmpty() ? "apibytes" : "apiprelude";
    const QByteArray program =
        "#!/usr/bin/python3\n"
        "import http.client, os, time\n"
        "api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
        "base = '/2018-06-01/runtime/invocation/'\n"
        "def parts():\n    prelude = b'" +
        prelude +
        "'\n    if prelude:\n"
        "        yield prelude[:5]\n        yield prelude[5:] + bytes(8)\n    yield b'one'\n"
        "    while not os.path.exists('go'):\n        time.sleep(0.01)\n    yield b'two'\n"
        "while True:\n    api.request('GET', base + 'next')\n    call = api.getresponse()\n"
        "    call.read()\n    id = call.headers['Lambda-Runtime-Aws-Request-Id']\n"
        "    api.request('POST', base + id + '/response', body=parts(), encode_chunked=True,\n"
        "        headers={'Lambda-Runtime-Function-Response-Mode': 'streaming',\n"
        "                 'Transfer-Encoding': 'chunked', 'Content-Type': '" +
        type +
        "'})\n"
        "    api.getresponse().read()\n";
    m_folder =
        m_runtime.write(QString::fromStdString(m_name), QStringLiteral("bootstrap"), program);
    QFile::setPermissions(m_folder + QStringLiteral("/bootstrap"),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    FunctionSpec spec = TestRuntime::spec(m_name, "custom");
    spec.handler = "bootstrap";
    spec.dialect = "custom";
    QVERIFY_OK(m_runtime.putLinked(spec));
    RawClient client(m_address);
    client.send("GET /function/" + m_name + " HTTP/1.1\r\nHost: here\r\n\r\n");
    const RawResponse head = client.readHead();
    QCOMPARE(head.status, status);
    QCOMPARE(head.header(prelude.isEmpty() ? "content-type" : "x-a"),
             std::string(prelude.isEmpty() ? "text/csv" : "b"));
    QCOMPARE(client.readChunk().value_or("broken"), "one"s);
    QFile go(m_folder + QStringLiteral("/go"));
    QVERIFY(go.open(QIODevice::WriteOnly));
    QCOMPARE(client.readChunk().value_or("broken"), "two"s);
    QCOMPARE(client.readChunk().value_or("broken"), ""s);
    QVERIFY(keptOf(head.header("x-invocation-id")).find("\"bytes\":6") != std::string::npos);
    const auto whole = m_runtime.invoke(m_name); // by one who takes it whole
    QVERIFY_OK(whole);
    QCOMPARE(whole->outcome, Outcome::Result);
    QVERIFY2(whole->result.find("onetwo") != std::string::npos, whole->result.c_str());
}

QTEST_GUILESS_MAIN(TestStreaming)
#include "tst_streaming.moc"
