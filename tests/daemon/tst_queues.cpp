#include "tests/daemon/testruntime.h"

#include <QFile>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace runtime;
using nlohmann::json;
using tests::TestRuntime;
using namespace std::chrono_literals;

/// The runtime's own queues and tasks, with a real runtime that is killed too.
class TestQueues : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void messagesComeInBatchesAndAreGoneAfterSuccess();
    void failedMessagesAreTriedAgainAndThenDead();
    void singleMessagesOfABatchCanFail();
    void messagesHaveTheShapeOfTheirCloud_data();
    void messagesHaveTheShapeOfTheirCloud();
    void nothingIsLostWhenTheRuntimeIsKilled();
    void functionsSendOverTheGateway();
    void webPagesMayNotSend();
    void tasksAreAcceptedAtOnceAndTheirResultsKept();
    void tasksAreTriedAgainAndThenDead();
    void tasksOutliveTheRuntime();
    void theGatewayAcceptsTasks_data();
    void theGatewayAcceptsTasks();
    void webhooksWantASignature();

private:
    void write(const char *code)
    {
        m_runtime->write(QStringLiteral("f"), QStringLiteral("main.py"), code);
    }
    [[nodiscard]] static FunctionSpec withQueue(int batch, int attempts,
                                                std::chrono::milliseconds backoff = 20ms)
    {
        FunctionSpec spec = TestRuntime::spec("f");
        spec.triggers = {QueueTrigger{"orders", batch, Retry{attempts, backoff}}};
        return spec;
    }
    Result<std::string> send(const std::string &body)
    {
        return TestRuntime::wait(m_runtime->client().sendToQueue("orders", body));
    }
    [[nodiscard]] QueueState orders()
    {
        const auto all = TestRuntime::wait(m_runtime->client().queues());
        for (const QueueState &state : all.value_or(std::vector<QueueState>()))
            if (state.name == "orders")
                return state;
        return {};
    }
    [[nodiscard]] TaskState task(const std::string &id)
    {
        return TestRuntime::wait(m_runtime->client().task(id)).value_or(TaskState());
    }
    void listen();
    struct Answer {
        int status = 0;
        QByteArray body;
    };
    Answer request(const QByteArray &method, const std::string &path, const QByteArray &body,
                   const QList<std::pair<QByteArray, QByteArray>> &headers = {});

    std::unique_ptr<TestRuntime> m_runtime;
    std::unique_ptr<Subscription> m_feed;
    std::vector<Invocation> m_seen;
    QNetworkAccessManager m_network;
};

void TestQueues::init()
{
    m_runtime = std::make_unique<TestRuntime>();
    QVERIFY(m_runtime->start());
    listen();
}

void TestQueues::cleanup()
{
    m_feed.reset();
    m_runtime.reset();
}

void TestQueues::listen()
{
    m_seen.clear();
    SubscribeRequest wanted;
    wanted.invocations = true;
    m_feed = m_runtime->client().subscribe(wanted);
    connect(m_feed.get(), &Subscription::happened, this, [this](const Happening &happening) {
        if (happening.kind == Happening::Kind::Invocation)
            m_seen.push_back(happening.invocation);
    });
}

TestQueues::Answer TestQueues::request(const QByteArray &method, const std::string &path,
                                       const QByteArray &body,
                                       const QList<std::pair<QByteArray, QByteArray>> &headers)
{
    const auto address = TestRuntime::wait(m_runtime->client().gateway());
    QNetworkRequest request(QUrl(QString::fromStdString(*address + path)));
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    for (const auto &[name, value] : headers)
        request.setRawHeader(name, value);
    const std::unique_ptr<QNetworkReply> reply(m_network.sendCustomRequest(request, method, body));
    if (!QTest::qWaitFor([&] { return reply->isFinished(); }, 10'000))
        return {};
    return {reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), reply->readAll()};
}

void TestQueues::messagesComeInBatchesAndAreGoneAfterSuccess()
{
    write("def handler(event, context):\n    return [r['body'] for r in event['Records']]\n");
    for (int i = 0; i < 7; ++i)
        QVERIFY_OK(send(std::to_string(i)));
    QCOMPARE(orders().waiting, std::uint64_t(7));
    QVERIFY_OK(m_runtime->putLinked(withQueue(3, 3)));
    QTRY_COMPARE(m_seen.size(), std::size_t(3));
    QCOMPARE(m_seen[0].result, std::string(R"(["0","1","2"])"));
    QCOMPARE(m_seen[2].result, std::string(R"(["6"])"));
    QCOMPARE(m_seen[0].trigger, std::string("queue"));
    QTRY_COMPARE(orders().waiting + orders().taken + orders().dead, std::uint64_t(0));
    QVERIFY_OK(send("late"));
    QTRY_COMPARE(m_seen.size(), std::size_t(4));
}

void TestQueues::failedMessagesAreTriedAgainAndThenDead()
{
    write("def handler(event, context):\n    raise ValueError('no ' + "
          "event['Records'][0]['body'])\n");
    QVERIFY_OK(m_runtime->putLinked(withQueue(1, 3)));
    QVERIFY_OK(send("thanks"));
    QTRY_COMPARE(orders().dead, std::uint64_t(1));
    QCOMPARE(m_seen.size(), std::size_t(3));
    // Twice as long each time.
    QVERIFY(m_seen[1].startUs - m_seen[0].startUs >= 20'000);
    QVERIFY(m_seen[2].startUs - m_seen[1].startUs >= 40'000);
    QCOMPARE(json::parse(m_seen[2].event)["Records"][0]["attributes"]["ApproximateReceiveCount"]
                 .get<std::string>(),
             std::string("3"));
    const auto dead = TestRuntime::wait(m_runtime->client().deadLetters("orders", 10));
    QVERIFY_OK(dead);
    QCOMPARE(dead->at(0).body, std::string("thanks"));
    QCOMPARE(dead->at(0).attempts, 3);
    QVERIFY(dead->at(0).fault.find("no thanks") != std::string::npos);
    write("def handler(event, context):\n    return 'well'\n");
    QTRY_COMPARE(m_runtime->state("f")->version, std::uint64_t(2));
    const auto revived = TestRuntime::wait(m_runtime->client().reviveQueue("orders"));
    QCOMPARE(revived.value_or(0), 1);
    QTRY_COMPARE(m_seen.size(), std::size_t(4));
    QTRY_COMPARE(orders().dead + orders().taken + orders().waiting, std::uint64_t(0));
}

void TestQueues::singleMessagesOfABatchCanFail()
{
    write("def handler(event, context):\n"
          "    return {'batchItemFailures': [{'itemIdentifier': r['messageId']}\n"
          "            for r in event['Records'] if r['body'] == 'bad']}\n");
    for (const char *body : {"good", "bad", "fine"})
        QVERIFY_OK(send(body));
    QVERIFY_OK(m_runtime->putLinked(withQueue(10, 2)));
    QTRY_COMPARE(orders().dead, std::uint64_t(1));
    QCOMPARE(m_seen.size(), std::size_t(2));
    QCOMPARE(json::parse(m_seen[1].event)["Records"].size(), std::size_t(1));
}

void TestQueues::messagesHaveTheShapeOfTheirCloud_data()
{
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<QString>("at");
    QTest::addColumn<QString>("body");
    // The body is {"n":1}.
    QTest::newRow("aws") << "aws"
                         << "/Records/0/body"
                         << R"("{\"n\":1}")";
    QTest::newRow("tencent") << "tencent"
                             << "/Records/0/CMQ/msgBody"
                             << R"("{\"n\":1}")";
    QTest::newRow("alibaba") << "alibaba"
                             << "/Message"
                             << R"("{\"n\":1}")";
    QTest::newRow("azure") << "azure"
                           << "/n"
                           << "1";
    QTest::newRow("gcp") << "gcp"
                         << "/data/message/data"
                         << R"("eyJuIjoxfQ==")";
    QTest::newRow("openwhisk") << "openwhisk"
                               << "/messages/0/value/n"
                               << "1";
}

void TestQueues::messagesHaveTheShapeOfTheirCloud()
{
    QFETCH(QString, dialect);
    QFETCH(QString, at);
    QFETCH(QString, body);
    write("def handler(event, context=None):\n    return {}\n");
    FunctionSpec spec = withQueue(10, 1);
    spec.dialect = dialect.toStdString();
    QVERIFY_OK(m_runtime->putLinked(spec));
    QVERIFY_OK(send(R"({"n":1})"));
    QTRY_COMPARE(m_seen.size(), std::size_t(1));
    const json event = json::parse(m_seen[0].event);
    QCOMPARE(event.at(json::json_pointer(at.toStdString())).dump(), body.toStdString());
}

void TestQueues::nothingIsLostWhenTheRuntimeIsKilled()
{
    // It writes down what it was given before it answers, as a customer would.
    const QString ledger = m_runtime->folder() + QStringLiteral("/ledger");
    write(("import time\ndef handler(event, context):\n"
           "    with open('" +
           ledger.toStdString() +
           "', 'a') as f:\n"
           "        for r in event['Records']: f.write(r['body'] + '\\n')\n"
           "    time.sleep(0.01)\n")
              .c_str());
    QVERIFY_OK(m_runtime->putLinked(withQueue(4, 1'000)));
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 40; ++i)
            QVERIFY_OK(send(std::to_string(round * 40 + i)));
        m_feed.reset();
        m_runtime->killHard(); // in the middle of a batch
        QVERIFY(m_runtime->start());
    }
    QTRY_COMPARE(orders().waiting + orders().taken, std::uint64_t(0));
    QCOMPARE(orders().dead, std::uint64_t(0));
    QFile file(ledger);
    QVERIFY(file.open(QIODevice::ReadOnly));
    std::set<QByteArray> given;
    int lines = 0;
    for (const QByteArray &line : file.readAll().trimmed().split('\n')) {
        given.insert(line);
        ++lines;
    }
    QCOMPARE(given.size(), std::size_t(120));
    QVERIFY2(lines <= 120 + 3 * 4, qPrintable(QString::number(lines))); // the batch that ran
}

void TestQueues::functionsSendOverTheGateway()
{
    const auto address = TestRuntime::wait(m_runtime->client().gateway());
    QVERIFY_OK(address);
    write("import os, urllib.request\n"
          "def handler(event, context):\n"
          "    if 'Records' in event: return event['Records'][0]['body']\n"
          "    url = os.environ['EDGEWRIGHT_GATEWAY'] + '/_queues/orders'\n"
          "    return urllib.request.urlopen(url, data=b'from a function').status\n");
    QVERIFY_OK(m_runtime->putLinked(withQueue(1, 1)));
    const auto invocation = m_runtime->invoke("f");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->result, std::string("202"));
    QTRY_COMPARE(m_seen.size(), std::size_t(2));
    QTRY_COMPARE(m_seen.back().trigger + m_seen.front().trigger, std::string("queuemanual"));
    QCOMPARE(m_seen.back().result, std::string("\"from a function\""));
}

void TestQueues::webPagesMayNotSend()
{
    QCOMPARE(request("POST", "/_queues/orders", "x", {{"Origin", "http://evil.example"}}).status,
             403);
    QCOMPARE(request("POST", "/_queues/..%2Fx", "x").status, 400);
    QCOMPARE(request("DELETE", "/_queues/orders", "").status, 405);
    QCOMPARE(request("POST", "/_queues/orders", "x").status, 202);
    const Answer list = request("GET", "/_queues", "");
    QCOMPARE(json::parse(list.body.toStdString())[0]["waiting"].get<int>(), 1);
}

void TestQueues::tasksAreAcceptedAtOnceAndTheirResultsKept()
{
    write("import time\n"
          "def handler(event, context):\n"
          "    for i in range(3):\n"
          "        print(f'step {i}', flush=True)\n"
          "        time.sleep(0.05)\n"
          "    time.sleep(event['more'])\n"
          "    return {'done': event['n']}\n");
    FunctionSpec spec = TestRuntime::spec("f");
    spec.instances.max = 2;
    QVERIFY_OK(m_runtime->putLinked(spec));
    const auto id =
        TestRuntime::wait(m_runtime->client().submit({"f", R"({"n":1,"more":0.3})", "task", {}}));
    QVERIFY_OK(id);
    QTRY_COMPARE(task(*id).log.size(), std::size_t(3)); // progress while it runs
    QCOMPARE(task(*id).phase, TaskPhase::Running);
    QTRY_COMPARE(task(*id).phase, TaskPhase::Done);
    QCOMPARE(task(*id).result, std::string(R"({"done":1})"));
    QCOMPARE(task(*id).attempts, 1);
    const auto list = TestRuntime::wait(m_runtime->client().invocations("f", 10));
    QVERIFY_OK(list);
    QCOMPARE(list->at(0).id, *id);
    QCOMPARE(list->at(0).trigger, std::string("task"));
    // No more at once than the function may have workers.
    for (int i = 0; i < 4; ++i)
        QVERIFY_OK(TestRuntime::wait(
            m_runtime->client().submit({"f", R"({"n":2,"more":0})", "task", {}})));
    QTRY_COMPARE(m_seen.size(), std::size_t(5));
    QVERIFY(m_runtime->state("f")->workers <= 2);
    QCOMPARE(TestRuntime::wait(m_runtime->client().tasks("f", 3)).value().size(), std::size_t(3));
    const auto wrong = TestRuntime::wait(m_runtime->client().submit({"g", "{}", "task", {}}));
    QCOMPARE(wrong.error().code, ErrorCode::FunctionUnknown);
}

void TestQueues::tasksAreTriedAgainAndThenDead()
{
    write("import os\n"
          "def handler(event, context):\n"
          "    path = event['path']\n"
          "    n = len(open(path).read()) if os.path.exists(path) else 0\n"
          "    open(path, 'a').write('x')\n"
          "    if n < event['failures']: raise RuntimeError(f'attempt {n + 1}')\n"
          "    return n + 1\n");
    FunctionSpec spec = TestRuntime::spec("f");
    spec.retry = {3, 10ms};
    QVERIFY_OK(m_runtime->putLinked(spec));
    const auto submit = [&](const char *name, int failures) {
        const json event{{"path", (m_runtime->folder() + QLatin1Char('/')).toStdString() + name},
                         {"failures", failures}};
        return TestRuntime::wait(m_runtime->client().submit({"f", event.dump(), "task", {}}));
    };
    const auto mends = submit("mends", 2);
    const auto never = submit("never", 9);
    QTRY_COMPARE(task(*mends).phase, TaskPhase::Done);
    QCOMPARE(task(*mends).result, std::string("3"));
    QTRY_COMPARE(task(*never).phase, TaskPhase::Dead);
    QCOMPARE(task(*never).attempts, 3);
    QCOMPARE(task(*never).fault.message, std::string("attempt 3"));
}

void TestQueues::tasksOutliveTheRuntime()
{
    write("import time\ndef handler(event, context):\n    time.sleep(0.4)\n    return 'over'\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f"), false, false));
    const auto id = TestRuntime::wait(m_runtime->client().submit({"f", "{}", "task", {}}));
    QVERIFY_OK(id);
    QTRY_COMPARE(task(*id).phase, TaskPhase::Running);
    m_feed.reset();
    m_runtime->killHard();
    QVERIFY(m_runtime->start());
    QTRY_COMPARE(task(*id).phase, TaskPhase::Done);
    QCOMPARE(task(*id).attempts, 2);
}

void TestQueues::theGatewayAcceptsTasks_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("RFC 7240") << QByteArray("/function/f") << QByteArray("Prefer")
                              << QByteArray("respond-async, wait=5");
    QTest::newRow("AWS") << QByteArray("/function/f") << QByteArray("X-Amz-Invocation-Type")
                         << QByteArray("Event");
    QTest::newRow("Function Compute")
        << QByteArray("/function/f") << QByteArray("X-Fc-Invocation-Type") << QByteArray("Async");
    QTest::newRow("OpenFaaS") << QByteArray("/async-function/f") << QByteArray("X-Nothing")
                              << QByteArray("1");
}

void TestQueues::theGatewayAcceptsTasks()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    write("def handler(event, context):\n    return event['body']\n");
    QVERIFY_OK(m_runtime->putLinked(TestRuntime::spec("f")));
    const Answer accepted = request("POST", path.toStdString(), "hello", {{name, value}});
    QCOMPARE(accepted.status, 202);
    const auto id = json::parse(accepted.body.toStdString())["id"].get<std::string>();
    const auto told = [&] {
        return json::parse(request("GET", "/_tasks/" + id, "").body.toStdString());
    };
    QTRY_COMPARE(told()["phase"].get<std::string>(), std::string("done"));
    QCOMPARE(told()["result"].get<std::string>(), std::string("hello"));
    QCOMPARE(request("GET", "/_tasks/nosuch", "").status, 404);
}

void TestQueues::webhooksWantASignature()
{
    write("def handler(event, context):\n    return event['body']\n");
    FunctionSpec spec = TestRuntime::spec("f");
    spec.environment["HOOK_SECRET"] = "It's a Secret to Everybody";
    spec.triggers = {HttpTrigger{"/hook", {"POST"}, "HOOK_SECRET"}};
    QVERIFY_OK(m_runtime->putLinked(spec));
    // GitHub's own example.
    const QByteArray good =
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    const auto hook = [&](const QByteArray &body, const QByteArray &signature) {
        return request("POST", "/hook", body, {{"X-Hub-Signature-256", signature}}).status;
    };
    QCOMPARE(hook("Hello, World!", good), 200);
    QCOMPARE(m_seen.back().trigger, std::string("webhook"));
    QCOMPARE(hook("Hello, World?", good), 401);
    QCOMPARE(hook("Hello, World!", "sha256=00"), 401);
    QCOMPARE(request("POST", "/hook", "Hello, World!").status, 401);
    spec.environment.clear();
    QVERIFY_OK(m_runtime->putLinked(spec));
    QCOMPARE(hook("Hello, World!", good), 401);
}

QTEST_GUILESS_MAIN(TestQueues)
#include "tst_queues.moc"
