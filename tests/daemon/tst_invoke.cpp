#include "tests/daemon/testruntime.h"

#include <QTest>

using namespace runtime;
using tests::TestRuntime;

class TestInvoke : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void saysWhoItIs();
    void pythonReturnsAValue();

private:
    TestRuntime m_runtime;
};

void TestInvoke::saysWhoItIs()
{
    const Hello &hello = m_runtime.client().hello();
    QCOMPARE(hello.protocol, protocolVersion);
    QVERIFY(hello.program.starts_with("sha256:"));
    QCOMPARE(hello.instance.size(), std::size_t(32));
    QVERIFY(std::find(hello.features.begin(), hello.features.end(), "runtime:python3") !=
            hello.features.end());
}

void TestInvoke::pythonReturnsAValue()
{
    m_runtime.write(QStringLiteral("py"), QStringLiteral("main.py"),
                    "import sys\n"
                    "def handler(event, context):\n"
                    "    print('seen', event['x'])\n"
                    "    print('oops', file=sys.stderr)\n"
                    "    return {'double': event['x'] * 2, 'name': context.function_name}\n");
    const auto put = m_runtime.putLinked(TestRuntime::spec("py"));
    QVERIFY2(put, put ? "" : put.error().detail.c_str());
    QCOMPARE(put->version, std::uint64_t(1));
    QVERIFY(put->changed);
    const auto invocation = m_runtime.invoke("py", R"({"x": 21})");
    QVERIFY2(invocation, invocation ? "" : invocation.error().detail.c_str());
    QCOMPARE(invocation->outcome, Outcome::Result);
    QCOMPARE(invocation->result, std::string(R"({"double":42,"name":"py"})"));
    QCOMPARE(invocation->log.size(), std::size_t(2));
    QCOMPARE(invocation->log[0].invocation, invocation->id);
    QVERIFY(invocation->memoryKb > 1000);
    QVERIFY(invocation->durationMs > 0);
}

QTEST_GUILESS_MAIN(TestInvoke)
#include "tst_invoke.moc"
