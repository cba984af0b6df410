#include "contextthread.h"
#include "fakeinvoker.h"
#include "rawclient.h"

#include "runtime-bridge/daemon/gateway.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace runtime;
using nlohmann::json;

class TestGateway final : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<ContextThread> m_thread;
    FakeInvoker m_invoker;
    std::unique_ptr<Gateway> m_gateway;
    std::string m_address;

    RawResponse call(const std::string &line, const std::string &headers = {},
                     const std::string &body = {})
    {
        return RawClient(m_address).call(line, headers, body);
    }
    json eventOf(const std::string &line, const std::string &headers = {},
                 const std::string &body = {})
    {
        return json::parse(call(line, headers, body).body, nullptr, false);
    }
    void setResult(const std::string &result)
    {
        m_invoker.answer = [result](const InvokeRequest &, Invocation &invocation,
                                    boost::asio::yield_context) { invocation.result = result; };
    }

private Q_SLOTS:
    void init()
    {
        m_invoker = FakeInvoker();
        m_invoker.add("light", "aws", {HttpTrigger{"/light", {"GET", "POST"}}});
        m_invoker.add("user", "aws",
                      {HttpTrigger{"/users/{id}", {}}, HttpTrigger{"/files/{path+}", {}}});
        m_invoker.add("me", "aws", {HttpTrigger{"/users/me", {"GET"}}});
        m_invoker.add("whisk", "openwhisk", {HttpTrigger{"/whisk/{id}", {}}});
        m_invoker.add("off", "aws", {HttpTrigger{"/off", {}}}).armed = false;
        m_thread = std::make_unique<ContextThread>();
        m_gateway = std::make_unique<Gateway>(m_thread->context, m_invoker);
        m_address = *m_thread->call([this] { return m_gateway->start(0); });
    }
    void cleanup()
    {
        m_thread->stop();
        m_gateway.reset();
        m_thread.reset();
    }

    void addressIsLoopbackAndStaysTheSame()
    {
        QVERIFY(m_address.starts_with("http://127.0.0.1:"));
        QCOMPARE(*m_thread->call([this] { return m_gateway->start(0); }), m_address);
    }

    void awsFunctionGetsAnEventOfVersionTwo()
    {
        const json event = eventOf(
            "POST /light?a=1&a=2&b=x%20y",
            "X-Thing: 1\r\nX-Thing: 2\r\nCookie: a=b; c=d\r\nContent-Type: application/json\r\n",
            R"({"on":true})");
        QCOMPARE(event["version"].get<std::string>(), std::string("2.0"));
        QCOMPARE(event["routeKey"].get<std::string>(), std::string("POST /light"));
        QCOMPARE(event["rawPath"].get<std::string>(), std::string("/light"));
        QCOMPARE(event["rawQueryString"].get<std::string>(), std::string("a=1&a=2&b=x%20y"));
        QCOMPARE(event["queryStringParameters"].dump(), std::string(R"({"a":"1,2","b":"x y"})"));
        QCOMPARE(event["headers"]["x-thing"].get<std::string>(), std::string("1,2"));
        QCOMPARE(event["cookies"].dump(), std::string(R"(["a=b","c=d"])"));
        QCOMPARE(event["body"].get<std::string>(), std::string(R"({"on":true})"));
        QCOMPARE(event["isBase64Encoded"].get<bool>(), false);
        const json http = event["requestContext"]["http"];
        QCOMPARE(http["method"].get<std::string>(), std::string("POST"));
        QCOMPARE(http["path"].get<std::string>(), std::string("/light"));
        QCOMPARE(http["sourceIp"].get<std::string>(), std::string("127.0.0.1"));
        QCOMPARE(m_invoker.invoked.at(0).trigger, std::string("http"));
        QCOMPARE(event["requestContext"]["requestId"].get<std::string>(),
                 m_invoker.invoked.at(0).id);
    }

    void bytesTravelAsBase64()
    {
        const std::string bytes("\x00\xff\x01", 3);
        const json event = eventOf("POST /light", "Content-Type: image/png\r\n", bytes);
        QCOMPARE(event["body"].get<std::string>(), std::string("AP8B"));
        QCOMPARE(event["isBase64Encoded"].get<bool>(), true);
        setResult(R"({"statusCode":200,"isBase64Encoded":true,"body":"AP8B"})");
        QCOMPARE(call("GET /light").body, bytes);
    }

    void bestRouteWins_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("function");
        QTest::addColumn<QString>("parameters");
        QTest::newRow("literal") << "GET /users/me"
                                 << "me"
                                 << "null";
        QTest::newRow("method") << "POST /users/me"
                                << "user"
                                << R"({"id":"me"})";
        QTest::newRow("parameter") << "GET /users/a%2Fb"
                                   << "user"
                                   << R"({"id":"a/b"})";
        QTest::newRow("rest") << "GET /files/x/y%20z"
                              << "user"
                              << R"({"path":"x/y z"})";
        QTest::newRow("end slash") << "GET /light/"
                                   << "light"
                                   << "null";
        QTest::newRow("by name") << "PUT /function/off"
                                 << "off"
                                 << "null";
    }
    void bestRouteWins()
    {
        QFETCH(QString, path);
        QFETCH(QString, function);
        QFETCH(QString, parameters);
        const json event = eventOf(path.toStdString());
        QCOMPARE(m_invoker.invoked.at(0).function, function.toStdString());
        QCOMPARE(event.value("pathParameters", json()).dump(), parameters.toStdString());
    }

    void unknownPathListsTheRoutes()
    {
        const RawResponse response = call("GET /nowhere");
        QCOMPARE(response.status, 404);
        QVERIFY(response.header("content-type").starts_with("text/plain"));
        QVERIFY(response.body.find("GET,POST /light  light\n") != std::string::npos);
        QVERIFY(response.body.find("/function/off") != std::string::npos);
        QVERIFY(response.body.find(" /off") == std::string::npos);
        QCOMPARE(call("GET /off").status, 404);
        QCOMPARE(call("GET /files").status, 404);
        QVERIFY(m_invoker.invoked.empty());
    }

    void wrongMethodSaysTheRightOnes()
    {
        const RawResponse response = call("DELETE /light");
        QCOMPARE(response.status, 405);
        QCOMPARE(response.header("allow"), std::string("GET, OPTIONS, POST"));
        QVERIFY(m_invoker.invoked.empty());
    }

    void preflightIsAnsweredWithoutTheFunction()
    {
        const RawResponse response =
            call("OPTIONS /light", "Origin: http://a.example\r\nAccess-Control-Request-Method: "
                                   "POST\r\nAccess-Control-Request-Headers: x-key\r\n");
        QCOMPARE(response.status, 204);
        QCOMPARE(response.header("access-control-allow-origin"), std::string("*"));
        QCOMPARE(response.header("access-control-allow-methods"),
                 std::string("GET, OPTIONS, POST"));
        QCOMPARE(response.header("access-control-allow-headers"), std::string("x-key"));
        QVERIFY(m_invoker.invoked.empty());
        QCOMPARE(call("GET /light", "Origin: http://a.example\r\n")
                     .header("access-control-allow-origin"),
                 std::string("*"));
    }

    void resultBecomesTheResponse_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("result");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("body");
        QTest::newRow("value") << "/light"
                               << R"({"on":true})" << 200 << "application/json"
                               << R"({"on":true})";
        QTest::newRow("text") << "/light"
                              << R"("hello")" << 200 << "application/json"
                              << R"("hello")";
        QTest::newRow("response") << "/light"
                                  << R"({"statusCode":201,"body":"made"})" << 201
                                  << "text/plain;charset=UTF-8"
                                  << "made";
        QTest::newRow("own type")
            << "/light"
            << R"({"statusCode":"200","headers":{"Content-Type":"text/html"},"body":"<p>"})" << 200
            << "text/html"
            << "<p>";
        QTest::newRow("object body")
            << "/light"
            << R"({"statusCode":200,"body":{"a":1}})" << 200 << "application/json"
            << R"({"a":1})";
        QTest::newRow("whisk") << "/whisk/1"
                               << R"({"statusCode":404,"body":{"no":1}})" << 404
                               << "application/json"
                               << R"({"no":1})";
        QTest::newRow("no such status")
            << "/light"
            << R"({"statusCode":42})" << 502 << "application/json"
            << R"({"error":{"message":"The function gave the statusCode 42.","type":"BadResponse"}})";
    }
    void resultBecomesTheResponse()
    {
        QFETCH(QString, path);
        QFETCH(QString, result);
        QFETCH(int, status);
        QFETCH(QString, type);
        QFETCH(QString, body);
        setResult(result.toStdString());
        const RawResponse response = call("GET " + path.toStdString());
        QCOMPARE(response.status, status);
        QCOMPARE(response.header("content-type"), type.toStdString());
        QCOMPARE(response.body, body.toStdString());
        QCOMPARE(response.header("x-invocation-id"), m_invoker.invoked.at(0).id);
    }

    void headersAndCookiesOfAResultAreSent()
    {
        setResult(R"({"statusCode":200,"headers":{"X-N":7,"X-Evil":"a\r\nb: c"},
                      "multiValueHeaders":{"X-M":["1","2"]},"cookies":["a=1","b=2"]})");
        const RawResponse response = call("GET /light");
        QCOMPARE(response.header("x-n"), std::string("7"));
        QCOMPARE(response.headers.count("x-m"), std::size_t(2));
        QCOMPARE(response.headers.count("set-cookie"), std::size_t(2));
        QVERIFY(!response.headers.contains("x-evil") && !response.headers.contains("b"));
    }

    void failedInvocationHasItsStatus_data()
    {
        QTest::addColumn<int>("outcome");
        QTest::addColumn<int>("status");
        QTest::newRow("error") << int(Outcome::FunctionError) << 502;
        QTest::newRow("timeout") << int(Outcome::Timeout) << 504;
        QTest::newRow("memory") << int(Outcome::OutOfMemory) << 502;
        QTest::newRow("died") << int(Outcome::WorkerDied) << 502;
        QTest::newRow("rejected") << int(Outcome::Rejected) << 429;
    }
    void failedInvocationHasItsStatus()
    {
        QFETCH(int, outcome);
        QFETCH(int, status);
        m_invoker.answer = [=](const InvokeRequest &, Invocation &invocation,
                               boost::asio::yield_context) {
            invocation.outcome = Outcome(outcome);
            invocation.fault = {"ValueError", "bad \xff byte", {"f.py:1 in f"}};
        };
        const RawResponse response = call("GET /light");
        QCOMPARE(response.status, status);
        const json body = json::parse(response.body);
        QCOMPARE(body["error"]["type"].get<std::string>(), std::string("ValueError"));
        QVERIFY(body["error"]["message"].get<std::string>().starts_with("bad "));
        QCOMPARE(response.header("x-invocation-id"), m_invoker.invoked.at(0).id);
    }

    void whiskFunctionGetsParameters()
    {
        const json event = eventOf("POST /whisk/7?a=1&b=2", "Content-Type: application/json\r\n",
                                   R"({"b":3,"c":[1]})");
        QCOMPARE(event["a"].get<std::string>(), std::string("1"));
        QCOMPARE(event["b"].get<int>(), 3);
        QCOMPARE(event["c"].dump(), std::string("[1]"));
        QCOMPARE(event["id"].get<std::string>(), std::string("7"));
        QCOMPARE(event["__ow_method"].get<std::string>(), std::string("post"));
        QCOMPARE(event["__ow_path"].get<std::string>(), std::string("/whisk/7"));
        QCOMPARE(event["__ow_headers"]["content-type"].get<std::string>(),
                 std::string("application/json"));
        const json text = eventOf("POST /whisk/7", "Content-Type: text/plain\r\n", "hi");
        QCOMPARE(text["__ow_body"].get<std::string>(), std::string("hi"));
    }
};

QTEST_GUILESS_MAIN(TestGateway)
#include "tst_gateway.moc"
