#include "tests/daemon/testruntime.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace runtime;
using nlohmann::json;
using tests::TestRuntime;

/// What is kept of functions that fail, with real interpreters.
class TestFailure : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void pythonKeepsFramesWithTheirVariables();
    void nodeKeepsFramesAndSaysWhatItLacks();
    void secretsAreMasked();
    void whatIsKeptIsBounded();
    void nothingOfTheUsersIsCalled();
    void otherEndsAreToldWithoutFrames();
    void whatDidNotFailHasNoFailure();

private:
    Failure failureOf(const char *code, const std::string &event = "{}",
                      const std::string &runtime = "python3",
                      const std::map<std::string, std::string> &environment = {})
    {
        FunctionSpec spec = TestRuntime::spec("f" + std::to_string(++m_count), runtime);
        spec.environment = environment;
        spec.timeout = std::chrono::seconds(10);
        m_runtime.write(
            QString::fromStdString(spec.name),
            runtime == "python3" ? QStringLiteral("main.py") : QStringLiteral("main.js"), code);
        if (const auto put = m_runtime.putLinked(spec); !put)
            qFatal("%s", put.error().detail.c_str());
        const auto v = m_runtime.invoke(spec.name, event);
        if (!v)
            qFatal("%s", v.error().detail.c_str());
        return TestRuntime::wait(m_runtime.client().capturedFailure(v->id)).value_or(Failure());
    }
    static std::string valueOf(const CapturedFrame &frame, const std::string &name)
    {
        const auto it = std::ranges::find(frame.locals, name, &CapturedVariable::name);
        return it == frame.locals.end() ? "(none)" : it->value;
    }

    TestRuntime m_runtime;
    int m_count = 0;
};

void TestFailure::pythonKeepsFramesWithTheirVariables()
{
    const Failure failure = failureOf("import json\n"
                                      "def total(prices):\n"
                                      "    sum = 0\n"
                                      "    for price in prices:\n"
                                      "        sum += price\n"
                                      "    return sum\n"
                                      "def handler(event, context):\n"
                                      "    name = event['name']\n"
                                      "    print('before')\n"
                                      "    return total(event['prices'])\n",
                                      R"({"name": "Zoë", "prices": [1, 2, "three"]})");
    QCOMPARE(failure.frames.size(), std::size_t(2));
    const CapturedFrame &outer = failure.frames[0];
    QCOMPARE(outer.file, std::string("main.py"));
    QCOMPARE(outer.line, 10);
    QCOMPARE(outer.function, std::string("handler"));
    QCOMPARE(outer.source, std::string("return total(event['prices'])"));
    QCOMPARE(valueOf(outer, "name"), std::string("'Zoë'"));
    const CapturedFrame &inner = failure.frames[1];
    QCOMPARE(inner.line, 5);
    QCOMPARE(valueOf(inner, "sum"), std::string("3"));
    QCOMPARE(valueOf(inner, "price"), std::string("'three'"));
    QCOMPARE(valueOf(inner, "prices"), std::string("[1, 2, 'three']"));
    QCOMPARE(failure.invocation.fault.type, std::string("TypeError"));
    QCOMPARE(json::parse(failure.invocation.event)["prices"][2].get<std::string>(),
             std::string("three"));
    QCOMPARE(failure.invocation.log.at(0).text, std::string("before"));
    QVERIFY(failure.note.empty());
}

void TestFailure::nodeKeepsFramesAndSaysWhatItLacks()
{
    const Failure failure = failureOf("function total(prices) {\n"
                                      "    return prices.reduce((a, b) => a + b.value, 0);\n"
                                      "}\n"
                                      "exports.handler = async (event) => {\n"
                                      "    await null;\n"
                                      "    return total(event.prices);\n"
                                      "};\n",
                                      R"({"prices": [null]})", "nodejs");
    QVERIFY(failure.frames.size() >= 3);
    const CapturedFrame &inner = failure.frames.back();
    QCOMPARE(inner.file, std::string("main.js"));
    QCOMPARE(inner.line, 2);
    QCOMPARE(inner.source, std::string("return prices.reduce((a, b) => a + b.value, 0);"));
    QCOMPARE(failure.frames.front().line, 6);
    QVERIFY(inner.locals.empty());
    QVERIFY(failure.note.find("Node.js") != std::string::npos);
    QCOMPARE(failure.invocation.fault.type, std::string("TypeError"));
}

void TestFailure::secretsAreMasked()
{
    const Failure failure = failureOf(
        "import os\n"
        "class Session:\n"
        "    def __init__(self, token):\n"
        "        self.access_token = token\n"
        "        self.user = 'ann'\n"
        "def handler(event, context):\n"
        "    password = 'leaked-1'\n"
        "    nested = {'a': [{'dbPassword': 'leaked-2', 'port': 5432}]}\n"
        "    headers = [('Authorization', 'Bearer leaked-3'), ('accept', '*/*')]\n"
        "    body = '{\"client_secret\": \"leaked-4\", \"n\": 1}'\n"
        "    dsn = 'postgres://ann:' + os.environ['DB_PASSWORD'] + '@db/shop'\n"
        "    line = 'curl -H \"Authorization: Bearer leaked-56\"'\n"
        "    connection = Session('leaked-6')\n"
        "    copy = [os.environ['DB_PASSWORD'].encode(), {'x': os.environ['DB_PASSWORD']}]\n"
        "    monkey = 'kept'\n"
        "    raise ValueError('no')\n",
        "{}", "python3", {{"DB_PASSWORD", "leaked-env"}, {"REGION", "kept-too"}});
    QCOMPARE(failure.frames.size(), std::size_t(1));
    const CapturedFrame &frame = failure.frames[0];
    for (const CapturedVariable &each : frame.locals)
        QVERIFY2(each.value.find("leaked") == std::string::npos,
                 (each.name + " = " + each.value).c_str());
    QCOMPARE(valueOf(frame, "password"), std::string("***"));
    QCOMPARE(valueOf(frame, "nested"), std::string("{'a': [{'dbPassword': ***, 'port': 5432}]}"));
    QCOMPARE(valueOf(frame, "headers"), std::string("[('Authorization', ***), ('accept', '*/*')]"));
    QCOMPARE(valueOf(frame, "dsn"), std::string("'postgres://ann:***@db/shop'"));
    QCOMPARE(valueOf(frame, "connection"), std::string("Session(access_token=***, user='ann')"));
    QCOMPARE(valueOf(frame, "monkey"), std::string("'kept'"));
}

void TestFailure::whatIsKeptIsBounded()
{
    const Failure failure =
        failureOf("def deeper(n, text):\n"
                  "    "
                  "a=b=c=d=e=f=g=h=i=j=k=l=m=o=p=q=r=s=t=u=v=w=x=y=z=text + str(n)\n"
                  "    if n == 0: raise ValueError('deep')\n"
                  "    return deeper(n - 1, text)\n"
                  "def handler(event, context):\n"
                  "    numbers = {str(i): list(range(1000)) for i in range(100)}\n"
                  "    itself = []\n"
                  "    itself.append(itself)\n"
                  "    return deeper(100, 'long ' * 100000)\n");
    QCOMPARE(failure.frames.size(), std::size_t(20));
    QCOMPARE(failure.framesLeftOut, 82); // the handler, and 101 of the other
    std::size_t bytes = 0;
    for (const CapturedFrame &frame : failure.frames) {
        QVERIFY(frame.locals.size() <= 20);
        bytes += frame.source.size();
        for (const CapturedVariable &each : frame.locals) {
            QVERIFY(each.value.size() < 210);
            bytes += each.name.size() + each.value.size();
        }
    }
    QVERIFY2(bytes <= 33'000, std::to_string(bytes).c_str());
    // The innermost frames have what room there is.
    QCOMPARE(failure.frames.back().locals.size(), std::size_t(20));
    QCOMPARE(failure.frames.back().localsLeftOut, 7);
    QVERIFY(failure.frames.front().localsLeftOut > 7);
    const Failure whole = failureOf("def handler(event, context):\n"
                                    "    numbers = {str(i): list(range(10000)) for i in range(9)}\n"
                                    "    itself = []\n"
                                    "    itself.append(itself)\n"
                                    "    raise ValueError('no')\n");
    QCOMPARE(valueOf(whole.frames.at(0), "itself"), std::string("[…]"));
    QVERIFY(valueOf(whole.frames.at(0), "numbers").starts_with("{'0': [0, 1, 2, 3"));
}

void TestFailure::nothingOfTheUsersIsCalled()
{
    const Failure failure = failureOf("import os\n"
                                      "class Strange:\n"
                                      "    def __repr__(self): os._exit(9)\n"
                                      "    __str__ = __len__ = __iter__ = __getattr__ = __repr__\n"
                                      "    def __getattribute__(self, name): os._exit(9)\n"
                                      "class Odd(dict):\n"
                                      "    def items(self): os._exit(9)\n"
                                      "    __iter__ = __len__ = __repr__ = items\n"
                                      "def handler(event, context):\n"
                                      "    strange, odd = Strange(), Odd(a=1)\n"
                                      "    raise ValueError('no')\n");
    QCOMPARE(failure.invocation.outcome == Outcome::FunctionError, true);
    QCOMPARE(valueOf(failure.frames.at(0), "strange"), std::string("Strange()"));
    QCOMPARE(valueOf(failure.frames.at(0), "odd"), std::string("{'a': 1}"));
}

void TestFailure::otherEndsAreToldWithoutFrames()
{
    const Failure failure = failureOf("import os\n"
                                      "def handler(event, context): os._exit(3)\n",
                                      R"({"n":1})");
    QVERIFY(failure.invocation.outcome == Outcome::WorkerDied);
    QCOMPARE(failure.invocation.event, std::string(R"({"n":1})"));
    QVERIFY(failure.frames.empty());
    QVERIFY(!failure.note.empty());
}

void TestFailure::whatDidNotFailHasNoFailure()
{
    m_runtime.write(QStringLiteral("good"), QStringLiteral("main.py"),
                    "def handler(event, context): return 1\n");
    QVERIFY_OK(m_runtime.putLinked(TestRuntime::spec("good")));
    const auto v = m_runtime.invoke("good");
    QVERIFY_OK(v);
    const auto failure = TestRuntime::wait(m_runtime.client().capturedFailure(v->id));
    QVERIFY(!failure);
    QVERIFY(failure.error().code == ErrorCode::RecordUnknown);
    const auto none = TestRuntime::wait(m_runtime.client().capturedFailure("no-such-id"));
    QVERIFY(!none && none.error().code == ErrorCode::RecordUnknown);
    const auto chain = TestRuntime::wait(m_runtime.client().trace("no-such-id"));
    QVERIFY(!chain && chain.error().code == ErrorCode::RecordUnknown);
    const auto task = TestRuntime::wait(m_runtime.client().task("no-such-id"));
    QVERIFY(!task && task.error().code == ErrorCode::RecordUnknown);
}

QTEST_GUILESS_MAIN(TestFailure)
#include "tst_failure.moc"
