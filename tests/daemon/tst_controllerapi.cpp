#include "contextthread.h"
#include "fakeinvoker.h"
#include "rawclient.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/daemon/controllerapi.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/whiskaction.h"

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <set>
#include <sys/stat.h>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

class TestControllerApi final : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ContextThread> m_thread;
    FakeInvoker m_invoker;
    std::unique_ptr<Records> m_records;
    std::unique_ptr<ControllerApi> m_api;
    std::string m_address;
    std::string m_auth;
    int m_status = 0;

    std::string path(const char *name) const
    {
        return m_folder->filePath(QString::fromLatin1(name)).toStdString();
    }
    void start(std::chrono::milliseconds blocking = 60s)
    {
        m_thread = std::make_unique<ContextThread>();
        m_api = std::make_unique<ControllerApi>(
            m_thread->context, m_invoker, *m_records,
            ControllerOptions{"127.0.0.1:0", path("auth"), path("actions"), blocking});
        const Result<std::string> address = m_thread->call([this] { return m_api->start(); });
        QVERIFY2(address, address ? "" : address.error().detail.c_str());
        m_address = *address;
        m_auth = std::string(trimmed(*readFile(path("auth"))));
    }
    void stop()
    {
        if (m_thread)
            m_thread->stop();
        m_api.reset();
        m_thread.reset();
    }

    json call(const std::string &method, const std::string &path, const json &body = json())
    {
        RawClient client(m_address);
        const RawResponse response = client.call(method + " /api/v1/namespaces/_/" + path,
                                                 "Authorization: Basic " + toBase64(m_auth) +
                                                     "\r\nContent-Type: application/json\r\n",
                                                 body.is_null() ? std::string() : body.dump());
        m_status = response.status;
        return json::parse(response.body, nullptr, false);
    }
    static json inlineAction(const std::string &kind = "nodejs:20",
                             const std::string &code = "function main(p){return p}")
    {
        return {{"exec", {{"kind", kind}, {"code", code}}}};
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_invoker = FakeInvoker();
        m_records = *Records::open(path("r.sqlite"), {});
        // The real runtime keeps each invocation; so does this one.
        m_invoker.answer = [this](const InvokeRequest &request, Invocation &invocation,
                                  boost::asio::yield_context) {
            invocation.result = request.event;
            invocation.log = {{1'000'000, request.function, invocation.id, false, "hello"}};
            invocation.startUs = 5'000'000;
            m_records->add(invocation);
        };
        start();
    }
    void cleanup()
    {
        stop();
        m_records.reset();
    }

    void keyIsMadeForItsUserAloneAndKept()
    {
        struct stat status {
        };
        QCOMPARE(::stat(path("auth").c_str(), &status), 0);
        QCOMPARE(int(status.st_mode & 0777), 0600);
        QVERIFY(m_auth.size() > 60 && m_auth.find(':') == 36);
        const std::string before = m_auth;
        stop();
        start();
        QCOMPARE(m_auth, before);
    }

    void wrongKeyIsRefused_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::newRow("none") << QByteArray();
        QTest::newRow("bearer") << QByteArray("Authorization: Bearer x\r\n");
        QTest::newRow("no base64") << QByteArray("Authorization: Basic !!!\r\n");
        QTest::newRow("other key")
            << "Authorization: Basic " + QByteArray("a:b").toBase64() + "\r\n";
    }
    void wrongKeyIsRefused()
    {
        QFETCH(QByteArray, header);
        const RawResponse response =
            RawClient(m_address).call("GET /api/v1/namespaces/_/actions", header.toStdString());
        QCOMPARE(response.status, 401);
        const json body = json::parse(response.body);
        QVERIFY(body["error"].is_string() && body["code"].is_string());
    }

    void otherNamespaceIsRefused()
    {
        const RawResponse response =
            RawClient(m_address).call("GET /api/v1/namespaces/whisk.system/actions",
                                      "Authorization: Basic " + toBase64(m_auth) + "\r\n");
        QCOMPARE(response.status, 403);
    }

    void actionIsMadeReadListedAndDeleted()
    {
        json body = inlineAction();
        body["annotations"] = {{{"key", "web-export"}, {"value", true}}};
        body["parameters"] = {{{"key", "A"}, {"value", "1"}}};
        body["limits"] = {{"timeout", 3000}, {"memory", 128}};
        const json made = call("PUT", "actions/hello?", body);
        QCOMPARE(m_status, 200);
        QCOMPARE(made["name"].get<std::string>(), std::string("hello"));
        QCOMPARE(made["namespace"].get<std::string>(), std::string("guest"));
        QCOMPARE(made["version"].get<std::string>(), std::string("0.0.1"));
        QCOMPARE(made["limits"]["timeout"].get<int>(), 3000);
        QCOMPARE(made["annotations"].dump(),
                 std::string(
                     R"([{"key":"web-export","value":true},{"key":"exec","value":"nodejs:20"}])"));

        const FunctionSpec &spec = m_invoker.puts.at(0).manifest.spec;
        QCOMPARE(spec.name, std::string("hello"));
        QCOMPARE(spec.runtime, std::string("nodejs"));
        QCOMPARE(spec.dialect, std::string("openwhisk"));
        QCOMPARE(spec.handler, std::string("action.main"));
        QCOMPARE(spec.timeout.count(), 3000);
        QCOMPARE(spec.memoryBytes, std::uint64_t(128) << 20);
        QVERIFY(m_invoker.puts.at(0).blobs.begin()->second.starts_with("function main(p)"));

        const json read = call("GET", "actions/hello?");
        QCOMPARE(read["exec"]["code"].get<std::string>(),
                 std::string("function main(p){return p}"));
        QVERIFY(!call("GET", "actions/hello?code=false")["exec"].contains("code"));
        const json list = call("GET", "actions?skip=0&limit=5");
        QCOMPARE(list.size(), std::size_t(1));
        QCOMPARE(list[0]["name"].get<std::string>(), std::string("hello"));
        QVERIFY(!list[0]["exec"].contains("code"));

        call("DELETE", "actions/hello");
        QCOMPARE(m_status, 200);
        QCOMPARE(m_invoker.removed.size(), std::size_t(1));
        call("GET", "actions/hello");
        QCOMPARE(m_status, 404);
        call("DELETE", "actions/hello");
        QCOMPARE(m_status, 404);
    }

    void existingActionNeedsOverwrite()
    {
        call("PUT", "actions/hello", inlineAction());
        const json refused = call("PUT", "actions/hello", inlineAction());
        QCOMPARE(m_status, 409);
        QVERIFY(refused["error"].is_string() && refused["code"].is_string());
        const json changed = call("PUT", "actions/hello?overwrite=true",
                                  {{"parameters", {{{"key", "B"}, {"value", 2}}}}});
        QCOMPARE(m_status, 200);
        QCOMPARE(changed["version"].get<std::string>(), std::string("0.0.2"));
        QCOMPARE(changed["exec"]["kind"].get<std::string>(), std::string("nodejs:20"));
        QCOMPARE(m_invoker.puts.size(), std::size_t(2));
    }

    void wrongBodyIsRefused_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("no json") << QByteArray("{") << QByteArray("malformed");
        QTest::newRow("no exec") << QByteArray("{}") << QByteArray("exec");
        QTest::newRow("unknown kind")
            << QByteArray(R"({"exec":{"kind":"cobol:1","code":"x"}})")
            << QByteArray("nodejs:20, nodejs:22, python:default, python:3");
        QTest::newRow("python 2") << QByteArray(R"({"exec":{"kind":"python:2","code":"x"}})")
                                  << QByteArray("python:3");
        QTest::newRow("no code") << QByteArray(R"({"exec":{"kind":"nodejs:20"}})")
                                 << QByteArray("'code'");
        QTest::newRow("timeout")
            << QByteArray(R"({"exec":{"kind":"nodejs:20","code":"x"},"limits":{"timeout":1}})")
            << QByteArray("timeout");
        QTest::newRow("parameters")
            << QByteArray(R"({"exec":{"kind":"nodejs:20","code":"x"},"parameters":{"a":1}})")
            << QByteArray("parameters");
        QTest::newRow("main") << QByteArray(
                                     R"({"exec":{"kind":"nodejs:20","code":"x","main":"a;b"}})")
                              << QByteArray("main");
    }
    void wrongBodyIsRefused()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, says);
        const RawResponse response = RawClient(m_address).call(
            "PUT /api/v1/namespaces/_/actions/hello",
            "Authorization: Basic " + toBase64(m_auth) + "\r\n", body.toStdString());
        QCOMPARE(response.status, 400);
        const auto error = json::parse(response.body)["error"].get<std::string>();
        QVERIFY2(error.find(says.toStdString()) != std::string::npos, error.c_str());
        QVERIFY(m_invoker.puts.empty());
    }

    void zipIsUnpackedWithoutBeingAnnounced()
    {
        // index.js: exports.handler=async e=>e;
        const char *zip =
            "UEsDBBQAAAAAAAAAIQDuA0m0HAAAABwAAAAIAAAAaW5kZXguanNleHBvcnRzLmhhbmRsZXI9YXN5bmMg"
            "ZT0+ZTsKUEsBAhQDFAAAAAAAAAAhAO4DSbQcAAAAHAAAAAgAAAAAAAAAAAAAAKQBAAAAAGluZGV4Lmpz"
            "UEsFBgAAAAABAAEANgAAAEIAAAAAAA==";
        json body = inlineAction("nodejs:20", zip);
        body["exec"]["main"] = "handler";
        const json made = call("PUT", "actions/pkg/hellozip", body);
        QCOMPARE(m_status, 200);
        QCOMPARE(made["namespace"].get<std::string>(), std::string("guest/pkg"));
        QCOMPARE(made["name"].get<std::string>(), std::string("hellozip"));
        QCOMPARE(made["exec"]["binary"].get<bool>(), true);
        const Manifest &manifest = m_invoker.puts.at(0).manifest;
        QCOMPARE(manifest.spec.name, std::string("pkg.hellozip"));
        QCOMPARE(manifest.spec.handler, std::string("index.handler"));
        QCOMPARE(manifest.files.at(0).path, std::string("index.js"));
        QVERIFY(m_invoker.puts.at(0).blobs.at(manifest.files.at(0).digest).starts_with("exports"));
        call("GET", "actions/pkg/hellozip");
        QCOMPARE(m_status, 200);
        QCOMPARE(call("GET", "actions/pkg/").size(), std::size_t(1));
        QCOMPARE(call("GET", "actions/other/").size(), std::size_t(0));
    }

    void differentActionsAreDifferentFunctions()
    {
        QCOMPARE(functionNameOf("hello"), std::string("hello"));
        QCOMPARE(functionNameOf("pkg/hello"), std::string("pkg.hello"));
        std::set<std::string> names;
        for (const char *name : {"pkg/hello", "pkg.hello", "pkg-hello", "pkg hello", "pkg@hello",
                                 "_pkg/hello", "pkg/_hello"}) {
            QVERIFY(isFunctionName(functionNameOf(name)));
            names.insert(functionNameOf(name));
        }
        QCOMPARE(names.size(), std::size_t(7));
        QVERIFY(isFunctionName(functionNameOf(std::string(200, 'x'))));
        for (const char *bad : {"", "a/b/c", "/a", "a/", "-a", "a\n", "a ", "../a"})
            QVERIFY2(!isActionName(bad), bad);
    }

    void aCallersTraceIsTakenOver()
    {
        call("PUT", "actions/hello", inlineAction());
        RawClient client(m_address);
        const RawResponse response = client.call(
            "POST /api/v1/namespaces/_/actions/hello?blocking=true",
            "Authorization: Basic " + toBase64(m_auth) +
                "\r\nContent-Type: application/json\r\n"
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
            "{}");
        QCOMPARE(response.status, 200);
        QCOMPARE(m_invoker.invoked.back().cause.id,
                 std::string("0af7651916cd43dd8448eb211c80319c"));
        QCOMPARE(m_invoker.invoked.back().cause.span, std::string("b7ad6b7169203331"));
    }

    void blockingInvocationAnswersWithItsActivation()
    {
        json body = inlineAction();
        body["parameters"] = {{{"key", "A"}, {"value", 1}}, {{"key", "b"}, {"value", 1}}};
        call("PUT", "actions/hello", body);
        const json activation = call("POST", "actions/hello?blocking=true", {{"b", 2}});
        QCOMPARE(m_status, 200);
        QCOMPARE(activation["response"]["result"].dump(), std::string(R"({"A":1,"b":2})"));
        QCOMPARE(activation["response"]["status"].get<std::string>(), std::string("success"));
        QCOMPARE(activation["response"]["success"].get<bool>(), true);
        QCOMPARE(activation["name"].get<std::string>(), std::string("hello"));
        QCOMPARE(activation["logs"][0].get<std::string>(),
                 std::string("1970-01-01T00:00:01.000000000Z stdout: hello"));
        QCOMPARE(call("POST", "actions/hello?blocking=true&result=true", {{"b", 3}}).dump(),
                 std::string(R"({"A":1,"b":3})"));
        call("POST", "actions/nobody?blocking=true", json::object());
        QCOMPARE(m_status, 404);
    }

    void failedInvocationAnswersAsOpenWhisk_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("outcome");
        QTest::addColumn<QString>("result");
        QTest::addColumn<int>("http");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("error");
        QTest::newRow("own error") << "nodejs:20" << int(Outcome::Result) << R"({"error":"no"})"
                                   << 502 << "application error"
                                   << "no";
        QTest::newRow("no dictionary")
            << "python:3" << int(Outcome::Result) << "5" << 502 << "action developer error"
            << "The action did not return a dictionary or array.";
        QTest::newRow("exception, Node.js")
            << "nodejs:20" << int(Outcome::FunctionError) << "" << 502 << "action developer error"
            << "An error has occurred: Bad: thing";
        QTest::newRow("exception, Python")
            << "python:3" << int(Outcome::FunctionError) << "" << 502 << "application error"
            << "thing";
        QTest::newRow("timeout") << "python:3" << int(Outcome::Timeout) << "" << 502
                                 << "action developer error"
                                 << "The action exceeded its time limits. thing";
        QTest::newRow("rejected") << "python:3" << int(Outcome::Rejected) << "" << 500
                                  << "whisk internal error"
                                  << "Too many requests are waiting. thing";
    }
    void failedInvocationAnswersAsOpenWhisk()
    {
        QFETCH(QString, kind);
        QFETCH(int, outcome);
        QFETCH(QString, result);
        QFETCH(int, http);
        QFETCH(QString, status);
        QFETCH(QString, error);
        call("PUT", "actions/hello", inlineAction(kind.toStdString(), "def main(p): return 5"));
        m_invoker.answer = [=](const InvokeRequest &, Invocation &invocation,
                               boost::asio::yield_context) {
            invocation.outcome = Outcome(outcome);
            invocation.result = result.toStdString();
            if (outcome != int(Outcome::Result))
                invocation.fault = {"Bad", "thing", {}};
        };
        const json activation = call("POST", "actions/hello?blocking=true", json::object());
        QCOMPARE(m_status, http);
        QCOMPARE(activation["response"]["status"].get<std::string>(), status.toStdString());
        QCOMPARE(activation["response"]["success"].get<bool>(), false);
        QCOMPARE(activation["response"]["result"]["error"].get<std::string>(), error.toStdString());
    }

    void activationCanBeReadAfterwards()
    {
        call("PUT", "actions/hello", inlineAction());
        const json accepted = call("POST", "actions/hello", {{"a", 1}});
        QCOMPARE(m_status, 202);
        const auto id = accepted["activationId"].get<std::string>();
        QTRY_VERIFY((call("GET", "activations/" + id), m_status == 200));
        const json activation = call("GET", "activations/" + id);
        QCOMPARE(activation["activationId"].get<std::string>(), id);
        QCOMPARE(activation["response"]["result"].dump(), std::string(R"({"a":1})"));
        QCOMPARE(call("GET", "activations/" + id + "/logs")["logs"].size(), std::size_t(1));
        QCOMPARE(call("GET", "activations/" + id + "/result")["result"].dump(),
                 std::string(R"({"a":1})"));
        call("POST", "actions/hello?blocking=true", {{"a", 2}});
        QCOMPARE(call("GET", "activations?limit=1").size(), std::size_t(1));
        QCOMPARE(call("GET", "activations?name=hello&docs=true")[0]["response"]["result"].dump(),
                 std::string(R"({"a":2})"));
        QCOMPARE(call("GET", "activations?docs=true")[0]["logs"].size(), std::size_t(1));
        QCOMPARE(call("GET", "activations?since=5001").size(), std::size_t(0));
        QCOMPARE(call("GET", "activations?upto=5000&skip=1").size(), std::size_t(1));
        call("GET", "activations/" + std::string(32, 'a'));
        QCOMPARE(m_status, 404);
        call("GET", "activations?limit=201");
        QCOMPARE(m_status, 400);
    }

    void longInvocationIsCutAndGoesOn()
    {
        stop();
        start(50ms);
        std::unique_ptr<boost::asio::steady_timer> gate;
        std::atomic_bool isDone = false;
        m_invoker.answer = [&](const InvokeRequest &, Invocation &invocation,
                               boost::asio::yield_context yield) {
            gate = std::make_unique<boost::asio::steady_timer>(m_thread->context, 1h);
            boost::system::error_code ignored;
            gate->async_wait(yield[ignored]);
            invocation.result = "{}";
            m_records->add(invocation);
            isDone = true;
        };
        call("PUT", "actions/slow", inlineAction());
        const json accepted = call("POST", "actions/slow?blocking=true", json::object());
        QCOMPARE(m_status, 202);
        const auto id = accepted["activationId"].get<std::string>();
        call("GET", "activations/" + id);
        QCOMPARE(m_status, 404);
        m_thread->call([&] { gate->cancel(); });
        QTRY_VERIFY(isDone);
        call("GET", "activations/" + id);
        QCOMPARE(m_status, 200);
        m_thread->call([&] { gate.reset(); });
    }

    void codeThatDoesNotLoadIsSaid()
    {
        call("PUT", "actions/good", inlineAction());
        m_invoker.onPut = [](const PutRequest &request) -> Result<> {
            return failure(ErrorCode::FunctionInitFailed, request.manifest.spec.name,
                           R"({"type":"SyntaxError","message":"odd","stack":[]})");
        };
        const json refused = call("PUT", "actions/good?overwrite=true", inlineAction());
        QCOMPARE(m_status, 400);
        QVERIFY(refused["error"].get<std::string>().find("SyntaxError: odd") != std::string::npos);
        QCOMPARE(call("GET", "actions/good")["version"].get<std::string>(), std::string("0.0.1"));

        const json made = call("PUT", "actions/bad", inlineAction());
        QCOMPARE(m_status, 200);
        QCOMPARE(made["annotations"].back()["value"]["type"].get<std::string>(),
                 std::string("SyntaxError"));
        const json activation = call("POST", "actions/bad?blocking=true", json::object());
        QCOMPARE(m_status, 502);
        QCOMPARE(activation["response"]["status"].get<std::string>(),
                 std::string("action developer error"));
        call("GET", "activations/" + activation["activationId"].get<std::string>());
        QCOMPARE(m_status, 200);
        m_invoker.onPut = [](const PutRequest &) { return Result<>(); };
        call("PUT", "actions/cut",
             inlineAction("python:3", "UEsDBBQAAAAAAAAAIQB5cWZyHQAAAB0AAAA="));
        QCOMPARE(m_status, 200);
        call("POST", "actions/cut?blocking=true", json::object());
        QCOMPARE(m_status, 502);
        QVERIFY(!call("PUT", "actions/bad?overwrite=true", inlineAction()).dump().ends_with("odd"));
        QCOMPARE(m_status, 200);
        call("POST", "actions/bad?blocking=true", json::object());
        QCOMPARE(m_status, 200);
    }

    void actionsAreKeptOverARestart()
    {
        call("PUT", "packages/pkg", {{"parameters", {{{"key", "p"}, {"value", 9}}}}});
        QCOMPARE(m_status, 200);
        call("PUT", "actions/pkg/hello", inlineAction());
        stop();
        start();
        const json list = call("GET", "actions");
        QCOMPARE(list.size(), std::size_t(1));
        QCOMPARE(call("POST", "actions/pkg/hello?blocking=true&result=true", {{"a", 1}}).dump(),
                 std::string(R"({"a":1,"p":9})"));
        QCOMPARE(call("GET", "packages/pkg")["actions"][0]["name"].get<std::string>(),
                 std::string("hello"));
        call("DELETE", "packages/pkg");
        QCOMPARE(m_status, 409);
        call("DELETE", "packages/pkg?force=true");
        QCOMPARE(m_status, 200);
        QCOMPARE(call("GET", "actions").size(), std::size_t(0));
    }

    void wrongListenAddressIsSaid()
    {
        for (const char *listen : {"127.0.0.1", "nowhere:1", "127.0.0.1:x", "127.0.0.1:99999"}) {
            ControllerApi api(m_thread->context, m_invoker, *m_records,
                              {listen, path("auth"), path("actions"), 1s});
            const auto result = m_thread->call([&] { return api.start(); });
            QVERIFY2(!result && result.error().code == ErrorCode::UsageInvalid, listen);
        }
        ControllerApi taken(m_thread->context, m_invoker, *m_records,
                            {m_address.substr(7), path("auth"), path("actions"), 1s});
        const auto result = m_thread->call([&] { return taken.start(); });
        QVERIFY(!result && result.error().code == ErrorCode::PortInUse);
        m_thread->stop();
    }
};

QTEST_GUILESS_MAIN(TestControllerApi)
#include "tst_controllerapi.moc"
