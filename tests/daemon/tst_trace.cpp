#include "runtime-bridge/daemon/database.h"
#include "runtime-bridge/daemon/queuestore.h"
#include "tests/daemon/testruntime.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace runtime;
using nlohmann::json;
using tests::TestRuntime;

namespace {

constexpr const char *theirTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char *theirSpan = "b7ad6b7169203331";
const QByteArray theirHeader("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");

} // namespace

/// Chains of calls, as W3C Trace Context has them, through a real runtime.
class TestTrace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_runtime = std::make_unique<TestRuntime>();
        QVERIFY(m_runtime->start());
        const auto address = TestRuntime::wait(m_runtime->client().gateway());
        QVERIFY_OK(address);
        m_gateway = *address;
    }
    void cleanup() { m_runtime.reset(); }

    void headersAreReadAsTheStandardHasThem_data();
    void headersAreReadAsTheStandardHasThem();
    void invocationsHaveTheirPlaceInAChain();
    void functionsAreToldTheirTrace_data();
    void functionsAreToldTheirTrace();
    void aCallersTraceIsTakenOver();
    void requestsThatAreGivenAgainTellTheirOwn_data();
    void requestsThatAreGivenAgainTellTheirOwn();
    void callsQueuesAndTasksMakeOneTree_data();
    void callsQueuesAndTasksMakeOneTree();
    void attemptsOfOneMessageAreOneChain();
    void servicesGetTheHeader();
    void queuesOfAnEarlierVersionGoOn();

private:
    QByteArray get(const std::string &path,
                   const QList<std::pair<QByteArray, QByteArray>> &headers = {})
    {
        QNetworkRequest request(QUrl(QString::fromStdString(m_gateway + path)));
        for (const auto &[name, value] : headers)
            request.setRawHeader(name, value);
        const std::unique_ptr<QNetworkReply> reply(m_network.get(request));
        if (!QTest::qWaitFor([&] { return reply->isFinished(); }, 20'000))
            return "no answer";
        m_id = reply->rawHeader("x-invocation-id").toStdString();
        return reply->readAll();
    }
    std::vector<Invocation> chain(const std::string &id)
    {
        return TestRuntime::wait(m_runtime->client().trace(id)).value_or(std::vector<Invocation>());
    }
    void put(const FunctionSpec &spec, const char *file, const char *code)
    {
        m_runtime->write(QString::fromStdString(spec.name), QString::fromLatin1(file), code);
        QVERIFY_OK(m_runtime->putLinked(spec));
    }

    std::unique_ptr<TestRuntime> m_runtime;
    std::string m_gateway, m_id;
    QNetworkAccessManager m_network;
};

void TestTrace::headersAreReadAsTheStandardHasThem_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<bool>("isGood");
    const QByteArray ids("-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-");
    QTest::newRow("ours") << "00" + ids + "01" << true;
    QTest::newRow("later") << "cc" + ids + "01-more" << true;
    QTest::newRow("later, as ours") << "cc" + ids + "09" << true;
    QTest::newRow("forbidden version") << "ff" + ids + "01" << false;
    QTest::newRow("more behind ours") << "00" + ids + "01-more" << false;
    QTest::newRow("short") << "00" + ids + "0" << false;
    QTest::newRow("upper case") << "00" + ids.toUpper() + "01" << false;
    QTest::newRow("flags") << "00" + ids + "0x" << false;
    QTest::newRow("no trace") << "00-" + QByteArray(32, '0') + "-b7ad6b7169203331-01" << false;
    QTest::newRow("no span") << "00-0af7651916cd43dd8448eb211c80319c-" + QByteArray(16, '0') + "-01"
                             << false;
    QTest::newRow("nothing") << QByteArray() << false;
}

void TestTrace::headersAreReadAsTheStandardHasThem()
{
    QFETCH(QByteArray, header);
    QFETCH(bool, isGood);
    const Trace caller = traceFromHeaders(header.toStdString(), "vendor=1");
    QCOMPARE(caller.id, isGood ? theirTrace : std::string());
    QCOMPARE(caller.state, isGood ? "vendor=1" : std::string());
    const Trace own = traceOf(caller, std::string(32, 'c'));
    QCOMPARE(own.id, isGood ? theirTrace : std::string(32, 'c'));
    QCOMPARE(own.parent, isGood ? theirSpan : std::string());
    QCOMPARE(own.span, std::string(16, 'c'));
    QCOMPARE(traceFromHeaders(traceparentOf(own), {}).span, own.span);
}

void TestTrace::invocationsHaveTheirPlaceInAChain()
{
    put(TestRuntime::spec("f"), "main.py", "def handler(event, context): return 1\n");
    const auto first = m_runtime->invoke("f");
    QVERIFY_OK(first);
    QCOMPARE(first->trace.id, first->id);
    QCOMPARE(first->trace.span.size(), std::size_t(16));
    QCOMPARE(first->trace.parent, std::string());
    InvokeRequest request{"f", "{}", "manual", {}, first->trace};
    const auto second = TestRuntime::wait(m_runtime->client().invoke(request));
    QVERIFY_OK(second);
    QCOMPARE(second->trace.id, first->id);
    QCOMPARE(second->trace.parent, first->trace.span);
    QCOMPARE(chain(second->id).size(), std::size_t(2));
    QVERIFY(!TestRuntime::wait(m_runtime->client().trace("nosuch")));
}

void TestTrace::functionsAreToldTheirTrace_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("code");
    const auto row = [](const char *runtime, const char *dialect, const char *file,
                        const char *code) {
        QTest::addRow("%s %s", runtime, dialect) << runtime << dialect << file << QByteArray(code);
    };
    row("python3", "aws", "main.py",
        "import os\n"
        "def handler(event, context):\n"
        "    return [os.environ['TRACEPARENT'], context.traceparent,\n"
        "            os.environ['_X_AMZN_TRACE_ID'], os.environ.get('TRACESTATE')]\n");
    row("nodejs", "aws", "main.js",
        "exports.handler = async (event, context) => [process.env.TRACEPARENT, "
        "context.traceparent, process.env._X_AMZN_TRACE_ID, process.env.TRACESTATE ?? null];\n");
    row("python3", "gcp", "main.py",
        "import functions_framework, os\n"
        "@functions_framework.cloud_event\n"
        "def handler(event):\n"
        "    print(event['traceparent'], os.environ['TRACEPARENT'])\n");
    row("nodejs", "gcp", "main.js",
        "const functions = require('@google-cloud/functions-framework');\n"
        "functions.cloudEvent('handler', (event) => {\n"
        "    console.log(event.traceparent, process.env.TRACEPARENT);\n});\n");
    row("custom", "custom", "bootstrap",
        "#!/usr/bin/env python3\n"
        "import json, os, urllib.request\n"
        "base = f\"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/\"\n"
        "while True:\n"
        "    reply = urllib.request.urlopen(base + 'invocation/next')\n"
        "    call = reply.headers['Lambda-Runtime-Aws-Request-Id']\n"
        "    answer = ['', '', reply.headers['Lambda-Runtime-Trace-Id'], None]\n"
        "    urllib.request.urlopen(base + f'invocation/{call}/response',\n"
        "                           json.dumps(answer).encode()).read()\n");
}

void TestTrace::functionsAreToldTheirTrace()
{
    QFETCH(QString, runtime);
    QFETCH(QString, dialect);
    QFETCH(QString, file);
    QFETCH(QByteArray, code);
    FunctionSpec spec = TestRuntime::spec("f", runtime.toStdString());
    spec.dialect = dialect.toStdString();
    const bool isCloudEvent = spec.dialect == "gcp";
    if (isCloudEvent)
        spec.form = FunctionForm::Http;
    const QString root = m_runtime->write(QStringLiteral("f"), file, code);
    QFile::setPermissions(root + u'/' + file,
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QVERIFY_OK(m_runtime->putLinked(spec));
    const auto v = m_runtime->invoke(
        "f", R"({"specversion": "1.0", "type": "t", "source": "s", "id": "1", "data": 1})");
    QVERIFY_OK(v);
    QVERIFY2(v->outcome == Outcome::Result, v->fault.message.c_str());
    const std::string expected = "00-" + v->id + '-' + v->trace.span + "-01";
    if (isCloudEvent) {
        QVERIFY(!v->log.empty());
        QCOMPARE(v->log.at(0).text, expected + ' ' + expected);
        return;
    }
    const json told = json::parse(v->result);
    if (spec.runtime != "custom") {
        QCOMPARE(told[0].get<std::string>(), expected);
        QCOMPARE(told[1].get<std::string>(), expected);
    }
    QCOMPARE(told[2].get<std::string>(), "Root=1-" + v->id.substr(0, 8) + '-' + v->id.substr(8) +
                                             ";Parent=" + v->trace.span + ";Sampled=1");
    QVERIFY(told[3].is_null());
}

void TestTrace::aCallersTraceIsTakenOver()
{
    put(TestRuntime::spec("f"), "main.py",
        "import os\n"
        "def handler(event, context):\n"
        "    return [event['headers']['traceparent'], os.environ['TRACEPARENT'],\n"
        "            os.environ.get('TRACESTATE')]\n");
    const json told =
        json::parse(get("/function/f", {{"traceparent", theirHeader}, {"tracestate", "v=1"}}));
    const auto v = TestRuntime::wait(m_runtime->client().invocation(m_id));
    QVERIFY_OK(v);
    QCOMPARE(v->trace.id, std::string(theirTrace));
    QCOMPARE(v->trace.parent, std::string(theirSpan));
    const std::string own = "00-" + v->trace.id + '-' + v->trace.span + "-00";
    QCOMPARE(told[0].get<std::string>(), own);
    QCOMPARE(told[1].get<std::string>(), own);
    QCOMPARE(told[2].get<std::string>(), std::string("v=1"));
    // What is no trace is nobody's, and the last one's state is not passed on.
    const json alone = json::parse(get("/function/f", {{"traceparent", "nonsense"}}));
    QCOMPARE(alone[0].get<std::string>().substr(3, 32), m_id);
    QVERIFY(alone[2].is_null());
    get("/function/f", {{"ce-traceparent", theirHeader}});
    QCOMPARE(chain(theirTrace).size(), std::size_t(2));
}

void TestTrace::callsQueuesAndTasksMakeOneTree_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::newRow("python3") << "python3";
    QTest::newRow("nodejs") << "nodejs";
}

void TestTrace::requestsThatAreGivenAgainTellTheirOwn_data()
{
    QTest::addColumn<QString>("runtime");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("python3") << "python3"
                             << QByteArray("def handler(request):\n"
                                           "    return request.headers['traceparent']\n");
    QTest::newRow("nodejs") << "nodejs"
                            << QByteArray("exports.handler = (req, res) =>\n"
                                          "    res.send(req.headers.traceparent);\n");
}

void TestTrace::requestsThatAreGivenAgainTellTheirOwn()
{
    QFETCH(QString, runtime);
    QFETCH(QByteArray, code);
    FunctionSpec spec = TestRuntime::spec("f", runtime.toStdString());
    spec.dialect = "gcp";
    spec.form = FunctionForm::Http;
    put(spec, spec.runtime == "nodejs" ? "main.js" : "main.py", code.constData());
    const std::string first = get("/function/f").toStdString();
    const auto v = TestRuntime::wait(m_runtime->client().invocation(m_id));
    QVERIFY_OK(v);
    QCOMPARE(first, traceparentOf(v->trace));
    const auto again = m_runtime->invoke("f", v->event);
    QVERIFY_OK(again);
    QCOMPARE(json::parse(again->result)["body"].get<std::string>(), traceparentOf(again->trace));
    QVERIFY(again->trace.id != v->trace.id);
}

/// front calls the middle one over HTTP, which sends a message, whose function begins a task.
void TestTrace::callsQueuesAndTasksMakeOneTree()
{
    QFETCH(QString, runtime);
    const bool isPython = runtime == QStringLiteral("python3");
    const auto add = [&](const char *name, const std::string &path, const std::string &headers,
                         std::vector<Trigger> triggers = {}) {
        FunctionSpec spec = TestRuntime::spec(name, runtime.toStdString());
        spec.triggers = std::move(triggers);
        const std::string code =
            isPython
                ? "import os, urllib.request\n"
                  "def handler(event, context):\n"
                  "    headers = {'traceparent': os.environ['TRACEPARENT']" +
                      headers +
                      "}\n"
                      "    url = os.environ['EDGEWRIGHT_GATEWAY'] + '" +
                      path +
                      "'\n"
                      "    request = urllib.request.Request(url, b'{}', headers)\n"
                      "    return urllib.request.urlopen(request).status\n"
                : "exports.handler = async () => (await fetch(process.env.EDGEWRIGHT_GATEWAY + '" +
                      path +
                      "', {method: 'POST', body: '{}', headers: "
                      "{'traceparent': process.env.TRACEPARENT" +
                      headers + "}})).status;\n";
        put(spec, isPython ? "main.py" : "main.js", code.c_str());
    };
    add("front", "/function/middle", {});
    add("middle", "/_queues/orders", {});
    add("worker", "/function/last", ", 'prefer': 'respond-async'",
        {QueueTrigger{"orders", 1, Retry{1, std::chrono::milliseconds(1)}}});
    put(TestRuntime::spec("last"), "main.py", "def handler(event, context): return 'done'\n");
    const auto first = m_runtime->invoke("front");
    QVERIFY_OK(first);
    QVERIFY2(first->outcome == Outcome::Result, first->fault.message.c_str());
    std::vector<Invocation> all;
    QTRY_VERIFY_WITH_TIMEOUT((all = chain(first->id)).size() == 4, 20'000);
    std::map<std::string, Invocation> by;
    for (const Invocation &each : all) {
        QCOMPARE(each.trace.id, first->id);
        QVERIFY(each.event.empty() && each.result.empty());
        by[each.function] = each;
    }
    QCOMPARE(by["front"].trace.parent, std::string());
    QCOMPARE(by["middle"].trace.parent, by["front"].trace.span);
    QCOMPARE(by["worker"].trace.parent, by["middle"].trace.span);
    QCOMPARE(by["last"].trace.parent, by["worker"].trace.span);
    QCOMPARE(by["middle"].trigger, std::string("http"));
    QCOMPARE(by["worker"].trigger, std::string("queue"));
    QCOMPARE(by["last"].trigger, std::string("task"));
}

void TestTrace::attemptsOfOneMessageAreOneChain()
{
    FunctionSpec spec = TestRuntime::spec("f");
    spec.triggers = {QueueTrigger{"orders", 1, Retry{3, std::chrono::milliseconds(1)}}};
    put(spec, "main.py", "def handler(event, context): raise ValueError('no')\n");
    const auto message = TestRuntime::wait(m_runtime->client().sendToQueue("orders", "1"));
    QVERIFY_OK(message);
    QTRY_COMPARE(chain(*message).size(), std::size_t(3));
    spec.retry = {2, std::chrono::milliseconds(1)};
    spec.triggers.clear();
    QVERIFY_OK(m_runtime->putLinked(spec));
    const auto task = TestRuntime::wait(m_runtime->client().submit({"f", "{}", "task", {}}));
    QVERIFY_OK(task);
    QTRY_COMPARE(chain(*task).size(), std::size_t(2));
}

void TestTrace::servicesGetTheHeader()
{
    FunctionSpec spec = TestRuntime::spec("web", "service");
    spec.form = FunctionForm::Service;
    spec.handler = "main.py";
    put(spec, "main.py",
        "import http.server, os\n"
        "class Handler(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        "        self.wfile.write((self.headers['traceparent'] or 'none').encode())\n"
        "http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler)"
        ".serve_forever()\n");
    const std::string told = get("/function/web/", {{"traceparent", theirHeader}}).toStdString();
    QTRY_COMPARE(chain(m_id).size(), std::size_t(1)); // written when the exchange has ended
    const Invocation v = chain(m_id).at(0);
    QCOMPARE(v.trace.parent, std::string(theirSpan));
    QCOMPARE(told, "00-" + std::string(theirTrace) + '-' + v.trace.span + "-00");
    const auto byHand = m_runtime->invoke("web", R"({"method": "GET", "path": "/"})");
    QVERIFY_OK(byHand);
    QCOMPARE(json::parse(byHand->result)["body"].get<std::string>(),
             "00-" + byHand->id + '-' + byHand->trace.span + "-01");
}

void TestTrace::queuesOfAnEarlierVersionGoOn()
{
    QTemporaryDir folder;
    const std::string file = folder.filePath(QStringLiteral("queues.sqlite")).toStdString();
    Database(file).execute(
        "CREATE TABLE messages(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, "
        "queue TEXT NOT NULL, body TEXT NOT NULL, sent_us INTEGER NOT NULL, "
        "due_us INTEGER NOT NULL, first_us INTEGER NOT NULL DEFAULT 0, "
        "attempts INTEGER NOT NULL DEFAULT 0, taken INTEGER NOT NULL DEFAULT 0, "
        "dead INTEGER NOT NULL DEFAULT 0, fault TEXT NOT NULL DEFAULT '');"
        "INSERT INTO messages(id, queue, body, sent_us, due_us) VALUES('one', 'q', 'kept', 1, 1)");
    const auto store = QueueStore::open(file);
    QVERIFY_OK(store);
    const Trace sender = traceFromHeaders(theirHeader.toStdString(), "v=1");
    QVERIFY_OK((*store)->send("q", "new", {}, sender));
    const auto messages = (*store)->take("q", 10);
    QVERIFY_OK(messages);
    QCOMPARE(messages->size(), std::size_t(2));
    QCOMPARE(messages->at(0).body, std::string("kept"));
    QVERIFY(messages->at(0).cause.id.empty());
    QCOMPARE(messages->at(1).cause.span, std::string(theirSpan));
    QCOMPARE(messages->at(1).cause.state, std::string("v=1"));
    QVERIFY(!messages->at(1).cause.isSampled);
}

QTEST_GUILESS_MAIN(TestTrace)
#include "tst_trace.moc"
