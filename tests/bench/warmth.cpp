#include "tests/bench/warmth.h"

#include "tests/bench/load.h"
#include "tests/bench/peers.h"
#include "tests/daemon/testruntime.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTcpSocket>

namespace bench {

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

namespace {

constexpr int warmFunctions = 20;
constexpr int saves = 60;

QByteArray sourceSaying(int number)
{
    return "import json\n"
           "def handler(event, context):\n"
           "    return {'statusCode': 200, 'body': 'say " +
           QByteArray::number(number) + "'}\n";
}

QByteArray ask(int port, const QByteArray &path)
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), quint16(port));
    socket.write("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    QByteArray answer;
    while (socket.waitForReadyRead(5'000))
        answer += socket.readAll();
    return answer;
}

} // namespace

namespace {
/// What the kernel holds of a process, its program's file included.
double residentKb(qint64 pid)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(pid));
    if (status.open(QIODevice::ReadOnly))
        for (const QByteArray &line : status.readAll().split('\n'))
            if (line.startsWith("VmRSS:"))
                return line.mid(6).simplified().split(' ').front().toDouble();
    return 0;
}
} // namespace

bool measureIdleMemory(Report &report)
{
    report.begin("Idle memory, 20 warm Python functions");
    TestRuntime runtime;
    if (!runtime.start())
        return false;
    const double idle = residentKb(runtime.pid()) / 1024;
    report.add("the runtime with no function, resident", number("%.2f MB", idle), "<= 10 MB",
               idle > 0 && idle <= 10);
    const int port = gatewayPort(runtime);
    const double before = proportionalKb(runtime.pid(), true);
    for (int i = 0; i < warmFunctions; ++i) {
        const QString name = QStringLiteral("warm-%1").arg(i);
        runtime.write(name, QStringLiteral("main.py"), sourceSaying(i));
        if (!runtime.putLinked(TestRuntime::spec(name.toStdString())) ||
            !ask(port, "/function/" + name.toUtf8()).contains("say"))
            return false;
    }
    const double each = (proportionalKb(runtime.pid(), true) - before) / warmFunctions / 1024;
    report.add("one warm Python function (proportional set)", number("%.2f MB", each), "<= 5 MB",
               each <= 5);
    report.add("the runtime itself",
               number("%.2f MB", proportionalKb(runtime.pid(), false) / 1024));
    QTemporaryDir folder;
    if (const auto peer = startServerlessOffline(folder.path() + QStringLiteral("/offline"))) {
        const double alone = peer->memoryKb();
        (void)load(peer->port(), "/py", "{}", 1, 500ms);
        report.add("serverless-offline, one warm Python function",
                   number("%.1f MB", (peer->memoryKb() - alone) / 1024) +
                       number(" + %.0f MB itself", alone / 1024));
    }
    return true;
}

bool measureSave(Report &report)
{
    report.begin("From a saved file to the new code answering");
    TestRuntime runtime;
    if (!runtime.start())
        return false;
    const QString folder =
        runtime.write(QStringLiteral("f"), QStringLiteral("main.py"), sourceSaying(0));
    if (!runtime.putLinked(TestRuntime::spec("f")))
        return false;
    const int port = gatewayPort(runtime);
    std::vector<double> times;
    for (int i = 1; i <= saves; ++i) {
        QTest::qWait(50);
        QFile file(folder + QStringLiteral("/main.py"));
        const QByteArray source = sourceSaying(i), wanted = "say " + QByteArray::number(i);
        QElapsedTimer timer;
        timer.start();
        if (!file.open(QIODevice::WriteOnly) || file.write(source) != source.size())
            return false;
        file.close();
        while (!ask(port, "/function/f").endsWith(wanted))
            if (timer.elapsed() > 5'000)
                return false;
        times.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    const std::string text = quantiles(times);
    report.add("Python, 60 saves", text, "p97 <= 20 ms", p97(times) <= 20);
    return true;
}

} // namespace bench
