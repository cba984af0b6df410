#include "tests/controllers/testendpoint.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTcpServer>

using namespace runtime;
using tests::TestEndpoint;
using Change = PlanItem::Change;

class TestOpenWhiskController final : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TestEndpoint> m_endpoint;
    std::unique_ptr<OpenWhiskController> m_controller;
    std::unique_ptr<QTemporaryDir> m_sources;

    ApplicationFunction function(const std::string &name, const std::string &runtime,
                                 const QByteArray &text)
    {
        const QString folder = m_sources->filePath(QString::fromStdString(name));
        QDir().mkpath(folder);
        QFile file(folder + (runtime == "python3" ? QStringLiteral("/code.py")
                                                  : QStringLiteral("/code.js")));
        [[maybe_unused]] const bool isOpen = file.open(QIODevice::WriteOnly);
        file.write(text);
        ApplicationFunction f;
        f.spec.name = name;
        f.spec.application = "porch";
        f.spec.runtime = runtime;
        f.spec.handler = "code.handler";
        f.spec.dialect = "aws";
        f.spec.environment = {{"GREETING", "hello"}};
        f.spec.timeout = std::chrono::seconds(5);
        f.source = folder.toStdString();
        return f;
    }
    Result<Deployment> deploy(std::vector<ApplicationFunction> functions, bool isWhole = false)
    {
        return TestEndpoint::wait(
            m_controller->deploy({"porch", std::move(functions), isWhole}, {}));
    }
    Result<Invocation> invoke(const std::string &name, const std::string &event)
    {
        return TestEndpoint::wait(m_controller->invoke(name, event, {}));
    }
    static QByteArray said(const auto &result)
    {
        return result ? QByteArray()
                      : QByteArray::fromStdString(std::string(wireName(result.error().code)) + ' ' +
                                                  result.error().subject + ' ' +
                                                  result.error().detail);
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_endpoint = std::make_unique<TestEndpoint>();
        QVERIFY(m_endpoint->start());
    }
    void cleanupTestCase() { m_endpoint.reset(); }
    void init()
    {
        m_sources = std::make_unique<QTemporaryDir>();
        m_controller = std::make_unique<OpenWhiskController>(m_endpoint->access());
    }

    void checkSaysWhoAnswers()
    {
        const auto info = TestEndpoint::wait(m_controller->check({}));
        QVERIFY2(info, said(info));
        QCOMPARE(info->description, std::string("Edgewright"));
        QVERIFY(info->findings.empty());
    }

    void functionOfAnotherDialectLivesThere_data()
    {
        QTest::addColumn<QString>("runtime");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("Python") << "python3" << QByteArray(R"(
import os, json
def handler(event, context):
    print("lux", json.dumps(event))
    if event == "fail":
        raise ValueError("too dark")
    return {"greeting": os.environ["GREETING"], "name": context.function_name, "event": event}
)");
        QTest::newRow("Node.js") << "nodejs" << QByteArray(R"(
exports.handler = async (event, context) => {
  console.log('lux', JSON.stringify(event));
  if (event === 'fail') throw new Error('too dark');
  return { greeting: process.env.GREETING, name: context.functionName, event };
};
)");
    }
    void functionOfAnotherDialectLivesThere()
    {
        QFETCH(QString, runtime);
        QFETCH(QByteArray, text);
        const std::string name = "light-" + runtime.toStdString();
        const ApplicationFunction light = function(name, runtime.toStdString(), text);

        const auto first = deploy({light});
        QVERIFY2(first, said(first));
        QCOMPARE(first->items.size(), std::size_t(1));
        QVERIFY(first->items[0].change == Change::Create);
        QVERIFY(first->items[0].bytes > 0);
        QCOMPARE(first->items[0].version, std::string("0.0.1"));

        const auto answer = invoke(name, R"({"lux":3})");
        QVERIFY2(answer, said(answer));
        QVERIFY2(answer->outcome == Outcome::Result, answer->fault.message.c_str());
        QCOMPARE(answer->result,
                 R"({"event":{"lux":3},"greeting":"hello","name":")" + name + R"("})");
        QCOMPARE(answer->log.size(), std::size_t(1));
        QVERIFY(answer->log[0].timeUs > 1'600'000'000'000'000);
        QCOMPARE(nlohmann::json::parse(invoke(name, "[1,2]")->result)["event"].dump(),
                 std::string("[1,2]"));

        const auto failed = invoke(name, R"("fail")");
        QVERIFY2(failed, said(failed));
        QVERIFY(failed->outcome == Outcome::FunctionError);
        QVERIFY(failed->fault.message.find("too dark") != std::string::npos);

        const auto lines = TestEndpoint::wait(m_controller->logs(name, 2, {}));
        QVERIFY2(lines, said(lines));
        QCOMPARE(lines->size(), std::size_t(2));
        QVERIFY(lines->at(0).text.find("[1") != std::string::npos);
        QVERIFY(lines->at(1).text.find("fail") != std::string::npos);

        const auto again = deploy({light});
        QVERIFY2(again, said(again));
        QVERIFY(again->items.at(0).change == Change::Keep);
        QCOMPARE(again->items.at(0).bytes, std::uint64_t(0));

        const auto changed = deploy({function(name, runtime.toStdString(), text + "\n")});
        QVERIFY2(changed, said(changed));
        QVERIFY(changed->items.at(0).change == Change::Change);

        const auto status = TestEndpoint::wait(m_controller->status({}));
        QVERIFY2(status, said(status));
        const auto there = std::ranges::find(*status, name, &DeployedFunction::name);
        QVERIFY(there != status->end());
        QCOMPARE(there->version, std::string("0.0.2"));
        QCOMPARE(there->bundle, changed->items.at(0).bundle);
        QCOMPARE(there->application, std::string("porch"));

        QVERIFY(TestEndpoint::wait(m_controller->remove(name, {})));
        const auto gone = invoke(name, "{}");
        QVERIFY(!gone && gone.error().code == ErrorCode::FunctionUnknown);
        const auto twice = TestEndpoint::wait(m_controller->remove(name, {}));
        QVERIFY(!twice && twice.error().code == ErrorCode::FunctionUnknown);
    }

    void resultsThatAreNoDictionariesComeBack()
    {
        const auto deployed = deploy({function(
            "value", "python3", "def handler(event, context):\n    return event['v']\n")});
        QVERIFY2(deployed, said(deployed));
        for (const char *value :
             {"5", "null", R"("text")", "[1,2]", R"({"error":"own"})", "true"}) {
            const auto answer = invoke("value", std::string(R"({"v":)") + value + '}');
            QVERIFY2(answer && answer->outcome == Outcome::Result, value);
            QCOMPARE(answer->result, std::string(value));
        }
        const auto wrong = invoke("value", "{no json");
        QVERIFY(!wrong && wrong.error().code == ErrorCode::EventInvalid);
    }

    void brokenCodeIsSaidAndTheOldOneServes()
    {
        const auto broken = function("careful", "python3", "def handler(event context): pass\n");
        const auto first = deploy({broken});
        QVERIFY(!first && first.error().code == ErrorCode::FunctionInitFailed);
        QCOMPARE(first.error().subject, std::string("careful"));
        QVERIFY(deploy({function("careful", "python3", "def handler(e, c): return 1\n")}));
        const auto second = deploy({function("careful", "python3", "import no_such_module\n")});
        QVERIFY(!second && second.error().code == ErrorCode::FunctionInitFailed);
        QCOMPARE(invoke("careful", "{}")->result, std::string("1"));
    }

    void planSaysWhatWouldHappenAndDoesNothing()
    {
        const QByteArray text = "def handler(e, c): return 1\n";
        const auto kept = function("kept", "python3", text);
        QVERIFY(deploy({kept, function("old", "python3", text)}));
        const DeploymentRequest request{"porch", {kept, function("fresh", "python3", text)}, true};
        const auto plan = TestEndpoint::wait(m_controller->plan(request, {}));
        QVERIFY2(plan, said(plan));
        std::map<std::string, Change> changes;
        for (const PlanItem &item : plan->items)
            changes[item.name] = item.change;
        QVERIFY(changes.at("kept") == Change::Keep);
        QVERIFY(changes.at("fresh") == Change::Create);
        QVERIFY(changes.at("old") == Change::Remove);
        QVERIFY(plan->isPossible());
        QVERIFY(invoke("old", "{}"));
        QVERIFY(!invoke("fresh", "{}"));
        QVERIFY(TestEndpoint::wait(m_controller->deploy(request, {})));
        QVERIFY(!invoke("old", "{}"));
    }

    void wrongKeyIsRejected()
    {
        WhiskAccess access = m_endpoint->access();
        access.auth = "somebody:else";
        OpenWhiskController controller(access);
        const auto result = TestEndpoint::wait(controller.check({}));
        QVERIFY(!result && result.error().code == ErrorCode::ControllerAuthRejected);
    }

    void nobodyThereIsUnreachable()
    {
        QTcpServer gone;
        QVERIFY(gone.listen(QHostAddress::LocalHost));
        WhiskAccess access = m_endpoint->access();
        access.endpoint.setPort(gone.serverPort());
        gone.close();
        OpenWhiskController controller(access);
        QElapsedTimer timer;
        timer.start();
        const auto result = TestEndpoint::wait(controller.status({}));
        QVERIFY(!result && result.error().code == ErrorCode::ControllerUnreachable);
        QVERIFY(timer.elapsed() < 3'000);
    }

    void stopEndsADeployment()
    {
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        WhiskAccess access = m_endpoint->access();
        access.endpoint.setPort(silent.serverPort());
        OpenWhiskController controller(access);
        std::stop_source stop;
        auto future = controller.deploy(
            {"porch", {function("f", "python3", "def handler(e, c): return 1\n")}, false},
            stop.get_token());
        QTRY_VERIFY(silent.hasPendingConnections());
        stop.request_stop();
        QElapsedTimer timer;
        timer.start();
        const auto result = TestEndpoint::wait(future);
        QVERIFY(!result && result.error().code == ErrorCode::Cancelled);
        QVERIFY(timer.elapsed() < 5'000);
    }
};

QTEST_GUILESS_MAIN(TestOpenWhiskController)
#include "tst_openwhiskcontroller.moc"
