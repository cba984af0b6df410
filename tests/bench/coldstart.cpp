#include "tests/bench/coldstart.h"

#include "tests/bench/peers.h"
#include "tests/daemon/testruntime.h"

#include <QElapsedTimer>
#include <QTcpSocket>

namespace bench {

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

namespace {

constexpr int functions = 100;
constexpr auto burstPause =
    60; ///< Milliseconds between calls that come faster than the stock refills.
constexpr auto refillDelay = 50.0; ///< The runtime's, see nodestock.cpp.

struct Language {
    const char *runtime, *file, *source;
};

constexpr Language python{"python3", "main.py",
                          "import json, os, time\n"
                          "def handler(event, context):\n"
                          "    return {'statusCode': 200, 'body': 'ok'}\n"};
constexpr Language node{"nodejs", "main.js",
                        "const fs = require('fs');\n"
                        "exports.handler = async () => ({ statusCode: 200, body: 'ok' });\n"};

/// Forks as many times as there are functions; prints the milliseconds of each.
const char *const bareFork = R"(
import gc, json, os, sys, time
sys.path.insert(0, sys.argv[1])
gc.freeze()
for i in range(int(sys.argv[2])):
    began = time.perf_counter()
    reading, writing = os.pipe()
    if os.fork() == 0:
        sys.path[0] = f"{sys.argv[1]}/cold-{i}"
        import main
        os.write(writing, json.dumps(main.handler({}, None)).encode())
        os._exit(0)
    os.read(reading, 100)
    print((time.perf_counter() - began) * 1000)
    os.close(reading)
    os.close(writing)
    os.wait()
)";

bool failed(const char *what)
{
    std::fprintf(stderr, "bench_runtime: %s\n", what);
    return false;
}

bool prepare(TestRuntime &runtime, const Language &language)
{
    for (int i = 0; i < functions; ++i) {
        const std::string name = "cold-" + std::to_string(i);
        runtime.write(QString::fromStdString(name), QLatin1String(language.file), language.source);
        FunctionSpec spec = TestRuntime::spec(name, language.runtime);
        spec.instances.idle = 1ms; // the worker that put started goes at once
        if (const auto put = runtime.putLinked(spec); !put)
            return failed(put.error().detail.c_str());
    }
    for (int i = 0; i < functions; ++i)
        if (!QTest::qWaitFor(
                [&] { return runtime.state("cold-" + std::to_string(i))->workers == 0; }))
            return failed("a worker stays");
    return true;
}

/// Milliseconds from connecting to the whole answer; negative when it failed.
double request(int port, int index)
{
    QElapsedTimer timer;
    timer.start();
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), quint16(port));
    if (!socket.waitForConnected())
        return -1;
    socket.write("GET /function/cold-" + QByteArray::number(index) +
                 " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    QByteArray answer;
    while (!answer.endsWith("\r\n\r\nok"))
        if (!socket.waitForReadyRead(5'000))
            return -1;
        else
            answer += socket.readAll();
    return double(timer.nsecsElapsed()) / 1e6;
}

bool callEach(TestRuntime &runtime, int pause, std::vector<double> &times)
{
    const int port = gatewayPort(runtime);
    for (int i = 0; i < functions; ++i) {
        QTest::qWait(pause);
        const double time = request(port, i);
        if (time < 0)
            return failed("a request failed");
        times.push_back(time);
    }
    const auto done = TestRuntime::wait(runtime.client().invocations({}, functions));
    return (done && done->size() == functions &&
            std::all_of(done->begin(), done->end(), [](const Invocation &i) { return i.cold; })) ||
           failed("not every invocation was cold");
}

std::vector<double> bareForks(const QString &folder)
{
    QProcess process;
    process.start(
        QStringLiteral("/usr/bin/python3"),
        {QStringLiteral("-c"), QString::fromLatin1(bareFork), folder, QString::number(functions)});
    process.waitForFinished();
    std::vector<double> times;
    for (const QByteArray &line : process.readAllStandardOutput().split('\n'))
        if (!line.isEmpty())
            times.push_back(line.toDouble());
    return times;
}

bool measurePython(Report &report)
{
    TestRuntime runtime;
    std::vector<double> times;
    if (!runtime.start() || !prepare(runtime, python) || !callEach(runtime, 0, times))
        return false;
    const QString root = runtime.write(QStringLiteral("none"), QStringLiteral("none.py"), "");
    std::vector<double> bare = bareForks(root.section(QLatin1Char('/'), 0, -2));
    if (bare.empty())
        return failed("python3 does not run");
    const std::string bareText = quantiles(bare), text = quantiles(times);
    report.add("Python, never called before", text, "p97 <= 10 ms", p97(times) <= 10);
    report.add("bare fork and import", bareText, "ours <= 3 x its p97",
               p97(times) <= 3 * p97(bare));
    return true;
}

std::vector<double> bareNodeStarts()
{
    std::vector<double> times;
    for (int i = 0; i < 10; ++i) {
        QElapsedTimer timer;
        timer.start();
        if (QProcess::execute(QStringLiteral("node"), {QStringLiteral("-e"), QStringLiteral("0")}))
            return {};
        times.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    return times;
}

bool callNode(int pause, std::vector<double> &times)
{
    TestRuntime runtime;
    return runtime.start() && prepare(runtime, node) && callEach(runtime, pause, times);
}

bool measureNode(Report &report)
{
    std::vector<double> bare = bareNodeStarts();
    if (bare.empty())
        return failed("node does not run");
    const std::string bareText = quantiles(bare);
    // The stock is there: what a call took of it has been started again.
    const int pause = int(refillDelay + 2 * bare.back());
    std::vector<double> times, burst;
    if (!callNode(pause, times) || !callNode(burstPause, burst))
        return false;
    const std::string text = quantiles(times);
    report.add("Node.js, never called before, from the stock", text, "p97 <= 25 ms",
               p97(times) <= 25);
    report.add(number("  the time between the calls: %.0f ms", double(pause)), "");
    report.add(number("  with %.0f ms between them, the stock empty at times", burstPause),
               quantiles(burst));
    report.add("bare start of Node.js", bareText);
    std::vector<double> starts;
    for (int i = 0; i < 5; ++i) {
        QTemporaryDir folder;
        QElapsedTimer timer;
        timer.start();
        if (!startFunctionsFramework(folder.path()))
            return failed("Functions Framework does not start");
        starts.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    report.add("Functions Framework, start to first answer", quantiles(starts));
    return true;
}

} // namespace

bool measureColdStart(Report &report)
{
    report.begin("Cold start through the gateway, 100 functions");
    return measurePython(report) && measureNode(report);
}

} // namespace bench
