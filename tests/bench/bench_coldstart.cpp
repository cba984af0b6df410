// How long a Python function that was never called before takes through the HTTP gateway, beside
// the least that is possible: a bare fork of a warm interpreter and an import, in the same run.
#include "tests/daemon/testruntime.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QTcpSocket>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

namespace {

constexpr int functions = 100;

const char *const source = "import json, os, time\n"
                           "def handler(event, context):\n"
                           "    return {'statusCode': 200, 'body': 'ok'}\n";

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

void print(const char *what, std::vector<double> times)
{
    std::sort(times.begin(), times.end());
    std::printf("%-28s median %6.2f ms   p97 %6.2f ms   max %6.2f ms   (%zu)\n", what,
                times[times.size() / 2], times[times.size() * 97 / 100], times.back(),
                times.size());
}

bool failed(const char *what)
{
    std::fprintf(stderr, "bench_coldstart: %s\n", what);
    return false;
}

bool prepare(TestRuntime &runtime)
{
    for (int i = 0; i < functions; ++i) {
        const std::string name = "cold-" + std::to_string(i);
        runtime.write(QString::fromStdString(name), QStringLiteral("main.py"), source);
        FunctionSpec spec = TestRuntime::spec(name);
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
double request(quint16 port, int index)
{
    QElapsedTimer timer;
    timer.start();
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), port);
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

bool measureGateway(TestRuntime &runtime)
{
    const auto address = TestRuntime::wait(runtime.client().gateway());
    if (!address)
        return failed(address.error().detail.c_str());
    const quint16 port = QString::fromStdString(*address).section(QLatin1Char(':'), 2).toUShort();
    std::vector<double> times;
    for (int i = 0; i < functions; ++i) {
        const double time = request(port, i);
        if (time < 0)
            return failed("a request failed");
        times.push_back(time);
    }
    const auto done = TestRuntime::wait(runtime.client().invocations({}, functions));
    if (!done || done->size() != functions ||
        !std::all_of(done->begin(), done->end(), [](const Invocation &i) { return i.cold; }))
        return failed("not every invocation was cold");
    std::vector<double> loading;
    for (const Invocation &invocation : *done)
        loading.push_back(invocation.initMs);
    print("cold, through the gateway", std::move(times));
    print("of it: load in the worker", std::move(loading));
    return true;
}

bool measureBareFork(const QString &folder)
{
    QProcess python;
    python.start(
        QStringLiteral("/usr/bin/python3"),
        {QStringLiteral("-c"), QString::fromLatin1(bareFork), folder, QString::number(functions)});
    if (!python.waitForFinished())
        return failed("python3 does not run");
    std::vector<double> times;
    for (const QByteArray &line : python.readAllStandardOutput().split('\n'))
        if (!line.isEmpty())
            times.push_back(line.toDouble());
    if (times.size() != functions)
        return failed(python.readAllStandardError().constData());
    print("bare fork and import", std::move(times));
    return true;
}

} // namespace

int main(int count, char **arguments)
{
    const QCoreApplication application(count, arguments);
    TestRuntime runtime;
    if (!runtime.start() || !prepare(runtime))
        return 1;
    const QString root = runtime.write(QStringLiteral("none"), QStringLiteral("none.py"), "");
    return measureGateway(runtime) && measureBareFork(root.section(QLatin1Char('/'), 0, -2)) ? 0
                                                                                             : 1;
}
