#include "tests/daemon/testruntime.h"

#include "runtime-bridge/function/entry.h"

#include <QDir>
#include <QFile>
#include <QProcessEnvironment>
#include <QTest>

#include <csignal>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

namespace {

/// A runtime client in bash and curl, with \a body in its loop: $api, $id, $event.
QByteArray bashBootstrap(const QByteArray &body)
{
    return "#!/bin/bash\n"
           "api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\n"
           "while event=$(curl -sSf -D \"$TMPDIR/head\" $api/invocation/next); do\n"
           "  header() { grep -i \"^$1:\" \"$TMPDIR/head\" | cut -d' ' -f2- | tr -d '\\r'; }\n"
           "  id=$(header Lambda-Runtime-Aws-Request-Id)\n" +
           body + "\ndone\n";
}

/// The same in Python's standard library: \a body is what handle(event, head) does.
QByteArray pythonBootstrap(const QByteArray &body)
{
    return "#!/usr/bin/env python3\n"
           "import http.client, json, os, sys, time\n"
           "api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
           "base = '/2018-06-01/runtime/'\n"
           "def post(path, value, headers={}):\n"
           "    api.request('POST', base + path, value, headers)\n"
           "    answer = api.getresponse()\n"
           "    answer.read()\n"
           "    return answer.status\n"
           "def handle(event, head):\n" +
           body +
           "\n"
           "while True:\n"
           "    api.request('GET', base + 'invocation/next')\n"
           "    answer = api.getresponse()\n"
           "    event = json.loads(answer.read())\n"
           "    id = answer.headers['Lambda-Runtime-Aws-Request-Id']\n"
           "    value = handle(event, answer.headers)\n"
           "    if value is not None:\n"
           "        post(f'invocation/{id}/response', value)\n";
}

} // namespace

/// Runtimes other than Python and Node.js, each by its real interpreter.
class TestRuntimes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_runtime.start()); }
    void customGivesResults_data();
    void customGivesResults();
    void customIsToldWhatLambdaTells();
    void customFaults_data();
    void customFaults();
    void customThatCannotStartIsSaid_data();
    void customThatCannotStartIsSaid();
    void customTimeoutAndMemoryKillEveryDescendant_data();
    void customTimeoutAndMemoryKillEveryDescendant();
    void customThatExitsIsReplaced();
    void wrongCallsOfTheApiAreRefused();
    void officialClientOfNodeRunsUnchanged();
    void languagesGiveResults_data();
    void languagesGiveResults();
    void languagesSayTheirFaults_data();
    void languagesSayTheirFaults();
    void languagesThatDoNotLoadSayWhere_data();
    void languagesThatDoNotLoadSayWhere();
    void languagesHaveLimits_data();
    void languagesHaveLimits();
    void aMissingInterpreterNamesItsPackage();

private:
    Result<PutResult> putFile(const QString &name, const QString &file, const QByteArray &text,
                              const std::function<void(FunctionSpec &)> &change = {});

    Result<PutResult> put(const QString &name, const QByteArray &bootstrap,
                          std::uint64_t memory = 256u << 20,
                          std::chrono::milliseconds timeout = 3s);

    TestRuntime m_runtime;
};

Result<PutResult> TestRuntimes::put(const QString &name, const QByteArray &bootstrap,
                                    std::uint64_t memory, std::chrono::milliseconds timeout)
{
    const QString folder = m_runtime.write(name, QStringLiteral("bootstrap"), bootstrap);
    QFile::setPermissions(folder + QStringLiteral("/bootstrap"),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    FunctionSpec spec = TestRuntime::spec(name.toStdString(), "custom");
    spec.handler = "bootstrap";
    spec.dialect = "custom";
    spec.memoryBytes = memory;
    spec.timeout = timeout;
    return m_runtime.putLinked(spec);
}

void TestRuntimes::customGivesResults_data()
{
    QTest::addColumn<QByteArray>("bootstrap");
    QTest::addColumn<QByteArray>("result");
    QTest::newRow("bash and curl")
        << bashBootstrap("  echo seen $id\n"
                         "  curl -sS -o \"$TMPDIR/out\" $api/invocation/$id/response -d "
                         "\"{\\\"got\\\":$event}\"")
        << QByteArray(R"({"got":{"x":1}})");
    QTest::newRow("python") << pythonBootstrap("    return json.dumps(event['x'] + 1)")
                            << QByteArray("2");
    QTest::newRow("text") << pythonBootstrap("    return 'plain words'")
                          << QByteArray(R"("plain words")");
    QTest::newRow("bytes") << pythonBootstrap("    return bytes([255, 254])")
                           << QByteArray(R"("//4=")");
    QTest::newRow("nothing") << pythonBootstrap("    return ''") << QByteArray("null");
    QTest::newRow("streamed response")
        << pythonBootstrap(
               "    post('invocation/' + head['Lambda-Runtime-Aws-Request-Id'] + '/response',\n"
               "         iter([b'{\"statusCode\":201}', bytes(8), b'one', b'two']),\n"
               "         {'Lambda-Runtime-Function-Response-Mode': 'streaming',\n"
               "          'Content-Type': 'application/vnd.awslambda.http-integration-response'})")
        << QByteArray(R"({"body":"onetwo","isBase64Encoded":false,"statusCode":201})");
    QTest::newRow("large") << pythonBootstrap("    return json.dumps('x' * 5_000_000)")
                           << '"' + QByteArray(5'000'000, 'x') + '"';
}

void TestRuntimes::customGivesResults()
{
    QFETCH(QByteArray, bootstrap);
    QFETCH(QByteArray, result);
    const QString name =
        QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-'));
    QVERIFY_OK(put(name, bootstrap));
    for (int i = 0; i < 2; ++i) {
        const auto invocation = m_runtime.invoke(name.toStdString(), R"({"x":1})");
        QVERIFY_OK(invocation);
        QCOMPARE(invocation->fault.message, std::string());
        QCOMPARE(QByteArray::fromStdString(invocation->result), result);
        QVERIFY(invocation->memoryKb > 500);
    }
    QCOMPARE(m_runtime.state(name.toStdString())->workers, 1);
}

void TestRuntimes::customIsToldWhatLambdaTells()
{
    QVERIFY_OK(
        put(QStringLiteral("told"),
            pythonBootstrap("    print('seen', event['x'])\n"
                            "    print('oops', file=sys.stderr)\n"
                            "    left = int(head['Lambda-Runtime-Deadline-Ms']) - "
                            "time.time() * 1000\n"
                            "    names = ('_HANDLER', 'AWS_LAMBDA_FUNCTION_NAME', "
                            "'AWS_LAMBDA_FUNCTION_VERSION',\n"
                            "             'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', "
                            "'AWS_LAMBDA_LOG_GROUP_NAME')\n"
                            "    sys.stdout.flush()\n"
                            "    return json.dumps([2000 < left <= 3000,\n"
                            "        head['Lambda-Runtime-Invoked-Function-Arn'],\n"
                            "        head['Lambda-Runtime-Trace-Id'].startswith('Root=1-'),\n"
                            "        os.environ['LAMBDA_TASK_ROOT'] == os.getcwd(),\n"
                            "        os.path.isdir(os.environ['TMPDIR']),\n"
                            "        'AWS_REGION' in os.environ,\n"
                            "        'AWS_LAMBDA_LOG_STREAM_NAME' in os.environ,\n"
                            "        [os.environ[name] for name in names]])")));
    const auto invocation = m_runtime.invoke("told", R"({"x":7})");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->result,
             std::string(R"([true, "arn:aws:lambda:local:000000000000:function:told", true, true, )"
                         R"(true, true, true, ["bootstrap", "told", "1", "256", )"
                         R"("/edgewright/told"]])"));
    QCOMPARE(invocation->log.size(), std::size_t(2));
    QCOMPARE(invocation->log[0].invocation, invocation->id);
}

void TestRuntimes::customFaults_data()
{
    QTest::addColumn<QByteArray>("bootstrap");
    QTest::addColumn<QString>("outcome");
    QTest::addColumn<QString>("fault");
    const QByteArray id = "head['Lambda-Runtime-Aws-Request-Id']";
    QTest::newRow("posted error") << pythonBootstrap(
                                         "    post('invocation/' + " + id +
                                         " + '/error', json.dumps({'errorType': 'Sad',"
                                         "'errorMessage': 'not good', 'stackTrace': "
                                         "['  File \"/a/b.py\", line 3, in f\\n    f()\\n']}))")
                                  << "function_error"
                                  << "Sad: not good [/a/b.py:3 in f]";
    QTest::newRow("error by header")
        << pythonBootstrap("    post('invocation/' + " + id +
                           " + '/error', 'words', "
                           "{'Lambda-Runtime-Function-Error-Type': 'Runtime.Odd'})")
        << "function_error"
        << "Runtime.Odd: words []";
    QTest::newRow("no answer") << pythonBootstrap("    pass") << "function_error"
                               << "Runtime.NoResponse: the runtime asked for the next invocation "
                                  "without answering this one []";
    QTest::newRow("dies") << pythonBootstrap("    os._exit(3)") << "worker_died"
                          << "WorkerDied: the worker ended with status 3 []";
}

void TestRuntimes::customFaults()
{
    QFETCH(QByteArray, bootstrap);
    const QString name =
        QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-'));
    QVERIFY_OK(put(name, bootstrap));
    const auto invocation = m_runtime.invoke(name.toStdString());
    QVERIFY_OK(invocation);
    QTEST(QString::fromLatin1(wireName(invocation->outcome).data()), "outcome");
    std::string stack;
    for (const std::string &frame : invocation->fault.stack)
        stack += frame;
    QTEST(QString::fromStdString(invocation->fault.type + ": " + invocation->fault.message + " [" +
                                 stack + "]"),
          "fault");
}

void TestRuntimes::customThatCannotStartIsSaid_data()
{
    QTest::addColumn<QByteArray>("bootstrap");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("dies before it asks")
        << QByteArray("#!/bin/sh\necho gone wrong >&2\nexit 4\n")
        << QByteArray("ended with status 4 while it loaded the function:\\ngone wrong");
    QTest::newRow("init error")
        << QByteArray("#!/bin/sh\ncurl -sS http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/init/"
                      "error -d '{\"errorType\":\"Bad\",\"errorMessage\":\"no module\"}'\n")
        << QByteArray("no module");
    QTest::newRow("may not be executed") << QByteArray() << QByteArray("chmod +x");
}

void TestRuntimes::customThatCannotStartIsSaid()
{
    QFETCH(QByteArray, bootstrap);
    QFETCH(QByteArray, said);
    Result<PutResult> result;
    if (bootstrap.isEmpty()) {
        m_runtime.write(QStringLiteral("plain"), QStringLiteral("bootstrap"), "#!/bin/sh\n");
        FunctionSpec spec = TestRuntime::spec("plain", "custom");
        spec.handler = "bootstrap";
        result = m_runtime.putLinked(spec);
    } else {
        result = put(QStringLiteral("broken"), bootstrap);
    }
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::FunctionInitFailed);
    QVERIFY2(QByteArray::fromStdString(result.error().detail).contains(said),
             result.error().detail.c_str());
}

void TestRuntimes::customTimeoutAndMemoryKillEveryDescendant_data()
{
    QTest::addColumn<QByteArray>("work");
    QTest::addColumn<QString>("outcome");
    QTest::newRow("timeout") << QByteArray("sleep 600") << "timeout";
    // In a child of the process that asks for invocations.
    QTest::newRow("memory")
        << QByteArray("python3 -c 'b = bytearray(200 << 20); import time; time.sleep(600)'")
        << "out_of_memory";
}

void TestRuntimes::customTimeoutAndMemoryKillEveryDescendant()
{
    QFETCH(QByteArray, work);
    const QString name = QStringLiteral("kill-") + QString::fromLatin1(QTest::currentDataTag());
    const bool isTimeout = name.endsWith(QLatin1String("timeout"));
    // One child in a session of its own, one orphaned, one waited for.
    QVERIFY_OK(put(name,
                   bashBootstrap("  setsid sleep 601 & echo $!\n"
                                 "  (sleep 602 & echo $!)\n  " +
                                 work),
                   64u << 20, isTimeout ? 300ms : 20s));
    const auto invocation = m_runtime.invoke(name.toStdString());
    QVERIFY_OK(invocation);
    QTEST(QString::fromLatin1(wireName(invocation->outcome).data()), "outcome");
    QCOMPARE(invocation->log.size(), std::size_t(2));
    for (const LogLine &line : invocation->log) {
        const pid_t child = std::stoi(line.text);
        QTRY_VERIFY2(::kill(child, 0) != 0, line.text.c_str());
    }
}

void TestRuntimes::customThatExitsIsReplaced()
{
    QVERIFY_OK(put(QStringLiteral("once"),
                   pythonBootstrap("    post('invocation/' + "
                                   "head['Lambda-Runtime-Aws-Request-Id'] + '/response', '1')\n"
                                   "    os._exit(0)")));
    for (int i = 0; i < 3; ++i) {
        const auto invocation = m_runtime.invoke("once");
        QVERIFY_OK(invocation);
        QCOMPARE(invocation->result, std::string("1"));
        QTRY_COMPARE(m_runtime.state("once")->workers, 0);
    }
}

void TestRuntimes::wrongCallsOfTheApiAreRefused()
{
    QVERIFY_OK(put(QStringLiteral("wrong"),
                   pythonBootstrap("    return json.dumps([post('invocation/none/response', '1'),\n"
                                   "        post('init/error', '{}'), post('nowhere', '')])")));
    const auto invocation = m_runtime.invoke("wrong");
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->result, std::string("[400, 403, 404]"));
}

void TestRuntimes::officialClientOfNodeRunsUnchanged()
{
    const QByteArray client = EDGEWRIGHT_NPM_DIR "/node_modules/.bin/aws-lambda-ric";
    m_runtime.write(QStringLiteral("ric"), QStringLiteral("index.js"),
                    "exports.handler = async (event, context) => {\n"
                    "  console.log('seen');\n"
                    "  if (event.bad) throw new TypeError('kaboom');\n"
                    "  return { twice: event.x * 2, id: context.awsRequestId,\n"
                    "           name: context.functionName };\n"
                    "};\n");
    QVERIFY_OK(put(QStringLiteral("ric"), "#!/bin/sh\nexec " + client + " index.handler\n"));
    const auto good = m_runtime.invoke("ric", R"({"x":21})");
    QVERIFY_OK(good);
    QCOMPARE(good->result, R"({"twice":42,"id":")" + good->id + R"(","name":"ric"})");
    QCOMPARE(good->log.size(), std::size_t(1));
    const auto bad = m_runtime.invoke("ric", R"({"bad":true})");
    QVERIFY_OK(bad);
    QCOMPARE(bad->outcome, Outcome::FunctionError);
    QCOMPARE(bad->fault.type, std::string("TypeError"));
    QCOMPARE(bad->fault.message, std::string("kaboom"));
    QVERIFY(!bad->fault.stack.empty());
    QVERIFY2(bad->fault.stack.back().ends_with("index.js:3 in exports.handler") ||
                 bad->fault.stack.back() == "index.js:3 in exports.handler",
             bad->fault.stack.back().c_str());

    m_runtime.write(QStringLiteral("ric"), QStringLiteral("index.js"), "nonsense(\n");
    const auto broken =
        put(QStringLiteral("ric2"), "#!/bin/sh\nexec " + client + " nowhere.handler\n");
    QVERIFY(!broken);
    QVERIFY2(broken.error().detail.find("Runtime.ImportModuleError") != std::string::npos,
             broken.error().detail.c_str());
}

/// As "edgewright invoke FILE" does: runtime, handler and dialect are found in the source.
Result<PutResult> TestRuntimes::putFile(const QString &name, const QString &file,
                                        const QByteArray &text,
                                        const std::function<void(FunctionSpec &)> &change)
{
    const QString root = m_runtime.write(name, file, text);
    const Result<Entry> entry = findEntry((root + QLatin1Char('/') + file).toStdString());
    if (!entry)
        return tl::unexpected(entry.error());
    FunctionSpec spec = TestRuntime::spec(name.toStdString(), entry->runtime);
    spec.handler = entry->handler;
    spec.dialect = entry->dialect;
    spec.timeout = 10s;
    if (change)
        change(spec);
    return m_runtime.putLinked(spec);
}

void TestRuntimes::languagesGiveResults_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("event");
    QTest::addColumn<QByteArray>("result"); ///< ID stands for the invocation's.
    QTest::newRow("php aws")
        << QByteArray("main.php")
        << QByteArray("<?php\nfunction handler($event, $context) {\n"
                      "    echo \"seen {$event['x']}\\n\"; fwrite(STDERR, \"oops\\n\");\n"
                      "    $left = $context->getRemainingTimeInMillis();\n"
                      "    return ['twice' => $event['x'] * 2, 'id' => $context->awsRequestId,\n"
                      "            'name' => $context->functionName, 'left' => $left > 9000,\n"
                      "            'env' => getenv('EDGEWRIGHT_FUNCTION')];\n}\n")
        << QByteArray(R"({"x":21})")
        << QByteArray(R"({"twice":42,"id":"ID","name":"php-aws","left":true,"env":"php-aws"})");
    QTest::newRow("php closure") << QByteArray("index.php")
                                 << QByteArray("<?php\nerror_log('oops'); print(\"up\\n\");\n"
                                               "return fn ($event) => $event['a'] . 'é/';\n")
                                 << QByteArray(R"({"a":"b"})") << QByteArray("\"bé/\"");
    QTest::newRow("php openwhisk")
        << QByteArray("hello.php")
        << QByteArray("<?php\nfunction main(array $args): array\n{\n"
                      "    print(\"a\\nb\\n\");\n"
                      "    return ['hello' => $args['name'] ?? 'you'];\n}\n")
        << QByteArray(R"({})") << QByteArray(R"({"hello":"you"})");
    QTest::newRow("ruby aws")
        << QByteArray("main.rb")
        << QByteArray("def handler(event:, context:)\n"
                      "  puts \"seen #{event['x']}\"; warn 'oops'\n"
                      "  { twice: event['x'] * 2, id: context.aws_request_id,\n"
                      "    name: context.function_name,\n"
                      "    left: context.get_remaining_time_in_millis > 9000,\n"
                      "    env: ENV['EDGEWRIGHT_FUNCTION'] }\nend\n")
        << QByteArray(R"({"x":21})")
        << QByteArray(R"({"twice":42,"id":"ID","name":"ruby-aws","left":true,"env":"ruby-aws"})");
    QTest::newRow("ruby positional")
        << QByteArray("index.rb")
        << QByteArray("def lambda_handler(event, context)\n  puts 1; puts 2\n"
                      "  event['a'] + 'é/'\nend\n")
        << QByteArray(R"({"a":"b"})") << QByteArray("\"bé/\"");
    QTest::newRow("ruby openwhisk") << QByteArray("hello.rb")
                                    << QByteArray("def main(args)\n  puts 1; puts 2\n"
                                                  "  { hello: args['name'] || 'you' }\nend\n")
                                    << QByteArray(R"({})") << QByteArray(R"({"hello":"you"})");
#ifdef EDGEWRIGHT_TEST_JAVA
    QTest::newRow("java aws")
        << QByteArray("Hello.java")
        << QByteArray(
               "import java.util.*;\npublic class Hello {\n"
               "    interface Context { String getAwsRequestId(); String getFunctionName();\n"
               "                        int getRemainingTimeInMillis(); }\n"
               "    record Answer(long twice, String id, String name, boolean left,\n"
               "                  String env, List<?> list) {}\n"
               "    public Answer handleRequest(Map<String, Object> event, Context context) {\n"
               "        System.out.println(\"seen\"); System.err.println(\"oops\");\n"
               "        return new Answer((Long) event.get(\"x\") * 2, "
               "context.getAwsRequestId(),\n"
               "            context.getFunctionName(), "
               "context.getRemainingTimeInMillis() > 9000,\n"
               "            System.getenv(\"EDGEWRIGHT_FUNCTION\"), "
               "Arrays.asList(1.5, null, \"é\\\"\"));\n    }\n}\n")
        << QByteArray(R"({"x":21})")
        << QByteArray(R"({"twice":42,"id":"ID","name":"java-aws","left":true,)"
                      R"("env":"java-aws","list":[1.5,null,"é\""]})");
#endif
#ifdef EDGEWRIGHT_TEST_GO
    QTest::newRow("go handle")
        << QByteArray("handler.go")
        << QByteArray("package handler\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"os\"\n)\n\n"
                      "type Event struct{ X int }\n"
                      "type Answer struct {\n\tTwice int `json:\"twice\"`\n"
                      "\tID any `json:\"id\"`\n}\n\n"
                      "func Handle(ctx context.Context, event Event) (Answer, error) {\n"
                      "\tfmt.Println(\"seen\")\n\tfmt.Fprintln(os.Stderr, \"oops\")\n"
                      "\treturn Answer{event.X * 2, ctx.Value(\"aws_request_id\")}, nil\n}\n")
        << QByteArray(R"({"x":21})") << QByteArray(R"({"twice":42,"id":"ID"})");
    QTest::newRow("go main")
        << QByteArray("main.go")
        << QByteArray(
               "package main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n\t\"os\"\n"
               "\t\"strings\"\n)\n\nfunc main() {\n"
               "\tapi := \"http://\" + os.Getenv(\"AWS_LAMBDA_RUNTIME_API\") + "
               "\"/2018-06-01/runtime/invocation/\"\n"
               "\tfor {\n\t\tnext, err := http.Get(api + \"next\")\n"
               "\t\tif err != nil {\n\t\t\treturn\n\t\t}\n"
               "\t\tfmt.Println(1)\n\t\tfmt.Println(2)\n"
               "\t\tid := next.Header.Get(\"Lambda-Runtime-Aws-Request-Id\")\n"
               "\t\thttp.Post(api+id+\"/response\", \"\", strings.NewReader(\"7\"))\n\t}\n}\n")
        << QByteArray("{}") << QByteArray("7");
#endif
}

void TestRuntimes::languagesGiveResults()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, event);
    QFETCH(QByteArray, result);
    const QString name =
        QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-'));
    QVERIFY_OK(putFile(name, QString::fromLatin1(file), text));
    for (int i = 0; i < 2; ++i) {
        const auto invocation = m_runtime.invoke(name.toStdString(), event.toStdString());
        QVERIFY_OK(invocation);
        QCOMPARE(invocation->fault.message, std::string());
        QByteArray wanted = result;
        QCOMPARE(QByteArray::fromStdString(invocation->result),
                 wanted.replace("ID", QByteArray::fromStdString(invocation->id)));
        QVERIFY(invocation->memoryKb > 1000);
        QVERIFY(invocation->durationMs > 0);
        QCOMPARE(invocation->log.size(),
                 std::size_t(name.endsWith(QLatin1String("closure")) ? 0 : 2));
    }
    QCOMPARE(m_runtime.state(name.toStdString())->workers, 1);
}

void TestRuntimes::languagesSayTheirFaults_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("fault");
    QTest::newRow("php") << QByteArray("main.php")
                         << QByteArray("<?php\nfunction inner() {\n"
                                       "    throw new DomainException('not good');\n}\n"
                                       "function handler($event) {\n    inner();\n}\n")
                         << QByteArray("DomainException: not good "
                                       "[main.php:6 in handler, main.php:3 in inner]");
    QTest::newRow("php result") << QByteArray("main.php")
                                << QByteArray("<?php\nfunction handler($event) {\n"
                                              "    return NAN;\n}\n")
                                << QByteArray("JsonException: Inf and NaN cannot be JSON encoded "
                                              "[]");
    QTest::newRow("ruby") << QByteArray("main.rb")
                          << QByteArray("def inner\n  raise ArgumentError, 'not good'\nend\n"
                                        "def handler(event:, context:)\n  inner\nend\n")
                          << QByteArray("ArgumentError: not good "
                                        "[main.rb:5 in handler, main.rb:2 in inner]");
#ifdef EDGEWRIGHT_TEST_JAVA
    QTest::newRow("java") << QByteArray("Bad.java")
                          << QByteArray(
                                 "class Bad {\n    static int inner() {\n"
                                 "        throw new ArithmeticException(\"not good\");\n    }\n"
                                 "    static Object handler(Object event) {\n"
                                 "        return inner();\n    }\n}\n")
                          << QByteArray("java.lang.ArithmeticException: not good "
                                        "[Bad.java:6 in handler, Bad.java:3 in inner]");
#endif
#ifdef EDGEWRIGHT_TEST_GO
    QTest::newRow("go error") << QByteArray("main.go")
                              << QByteArray("package main\n\nimport \"errors\"\n\n"
                                            "func Handle() error {\n"
                                            "\treturn errors.New(\"not good\")\n}\n")
                              << QByteArray("errors.errorString: not good []");
    QTest::newRow("go panic") << QByteArray("main.go")
                              << QByteArray("package main\n\nfunc inner(list []int) int {\n"
                                            "\treturn list[3]\n}\n\n"
                                            "func Handle() int {\n\treturn inner(nil)\n}\n")
                              << QByteArray(
                                     "runtime.boundsError: runtime error: index out of range "
                                     "[3] with length 0 [main.go:8 in Handle, "
                                     "main.go:4 in inner]");
#endif
}

void TestRuntimes::languagesSayTheirFaults()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, text);
    const QString name =
        QStringLiteral("fault-") +
        QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-'));
    QVERIFY_OK(putFile(name, QString::fromLatin1(file), text));
    const auto invocation = m_runtime.invoke(name.toStdString());
    QVERIFY_OK(invocation);
    QCOMPARE(invocation->outcome, Outcome::FunctionError);
    std::string stack;
    for (const std::string &frame : invocation->fault.stack)
        stack += (stack.empty() ? "" : ", ") + frame;
    QTEST(QByteArray::fromStdString(invocation->fault.type + ": " + invocation->fault.message +
                                    " [" + stack + "]"),
          "fault");
    QCOMPARE(m_runtime.state(name.toStdString())->workers, 1); // it serves on
}

void TestRuntimes::languagesThatDoNotLoadSayWhere_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("php syntax") << QByteArray("main.php")
                                << QByteArray(
                                       "<?php\nfunction handler($event) {\n    return 1\n}\n")
                                << QByteArray("main.php:4");
    QTest::newRow("php missing function")
        << QByteArray("main.php")
        << QByteArray("<?php\nif (false) {\n    function handler($event) { return 1; }\n}\n")
        << QByteArray("no function handler");
    QTest::newRow("ruby syntax") << QByteArray("main.rb")
                                 << QByteArray("def handler(event:, context:)\n  1 +\nend\n")
                                 << QByteArray("main.rb:3");
    QTest::newRow("ruby raise") << QByteArray("main.rb")
                                << QByteArray("def handler(event)\nend\nraise 'not now'\n")
                                << QByteArray("main.rb:3");
#ifdef EDGEWRIGHT_TEST_JAVA
    QTest::newRow("java build") << QByteArray("Bad.java")
                                << QByteArray("class Bad {\n    Object handler(Object event) {\n"
                                              "        return 1\n    }\n}\n")
                                << QByteArray("\"stack\":[\"Bad.java:3\"]");
#endif
#ifdef EDGEWRIGHT_TEST_GO
    QTest::newRow("go build") << QByteArray("main.go")
                              << QByteArray("package main\n\nfunc Handle() int {\n"
                                            "\treturn nothing\n}\n")
                              << QByteArray("\"stack\":[\"main.go:4\"]");
#endif
}

void TestRuntimes::languagesThatDoNotLoadSayWhere()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, said);
    const QString name =
        QStringLiteral("load-") +
        QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-'));
    const auto result = putFile(name, QString::fromLatin1(file), text);
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::FunctionInitFailed);
    QVERIFY2(QByteArray::fromStdString(result.error().detail).contains(said),
             result.error().detail.c_str());
}

void TestRuntimes::languagesHaveLimits_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("outcome");
    QTest::newRow("php timeout") << QByteArray("main.php")
                                 << QByteArray("<?php\nfunction handler($event) {\n"
                                               "    system('sleep 600');\n}\n")
                                 << QByteArray("timeout");
    QTest::newRow("php memory") << QByteArray("main.php")
                                << QByteArray("<?php\nfunction handler($event) {\n"
                                              "    return strlen(str_repeat('x', 200000000));\n}\n")
                                << QByteArray("out_of_memory");
    QTest::newRow("php exit") << QByteArray("main.php")
                              << QByteArray("<?php\nfunction handler($event) {\n    exit(5);\n}\n")
                              << QByteArray("worker_died");
    QTest::newRow("ruby timeout") << QByteArray("main.rb")
                                  << QByteArray("def handler(event)\n  system('sleep 600')\nend\n")
                                  << QByteArray("timeout");
    QTest::newRow("ruby memory") << QByteArray("main.rb")
                                 << QByteArray("def handler(event)\n  a = 'x' * 200_000_000\n"
                                               "  sleep 600\nend\n")
                                 << QByteArray("out_of_memory");
    QTest::newRow("ruby exit") << QByteArray("main.rb")
                               << QByteArray("def handler(event)\n  exit(5)\nend\n")
                               << QByteArray("worker_died");
#ifdef EDGEWRIGHT_TEST_JAVA
    QTest::newRow("java memory") << QByteArray("Large.java")
                                 << QByteArray("class Large {\n    Object handler(Object event) {\n"
                                               "        return new byte[200_000_000].length;\n"
                                               "    }\n}\n")
                                 << QByteArray("out_of_memory");
#endif
#ifdef EDGEWRIGHT_TEST_GO
    QTest::newRow("go timeout") << QByteArray("main.go")
                                << QByteArray("package main\n\nimport \"time\"\n\nfunc Handle() {\n"
                                              "\ttime.Sleep(time.Hour)\n}\n")
                                << QByteArray("timeout");
#endif
}

void TestRuntimes::languagesHaveLimits()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, outcome);
    const QString name =
        QStringLiteral("limit-") +
        QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-'));
    QVERIFY_OK(putFile(name, QString::fromLatin1(file), text, [&](FunctionSpec &spec) {
        spec.memoryBytes = 64u << 20;
        spec.timeout = outcome == "timeout" ? 300ms : 20'000ms;
    }));
    const auto invocation = m_runtime.invoke(name.toStdString());
    QVERIFY_OK(invocation);
    QCOMPARE(QByteArray::fromStdString(std::string(wireName(invocation->outcome))), outcome);
}

void TestRuntimes::aMissingInterpreterNamesItsPackage()
{
    TestRuntime bare;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("EDGEWRIGHT_RUBY"), QStringLiteral("/nowhere/ruby"));
    bare.process().setProcessEnvironment(environment);
    QVERIFY(bare.start());
    bare.write(QStringLiteral("ruby"), QStringLiteral("main.rb"), "def handler(event)\nend\n");
    const auto put = bare.putLinked(TestRuntime::spec("ruby", "ruby"));
    QVERIFY(!put);
    QCOMPARE(put.error().code, ErrorCode::InterpreterMissing);
    QVERIFY(put.error().detail.find("the Debian package ruby brings it") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestRuntimes)
#include "tst_runtimes.moc"
