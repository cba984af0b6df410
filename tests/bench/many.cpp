#include "tests/bench/many.h"

#include "tests/bench/peers.h"
#include "tests/daemon/testruntime.h"

#include <QElapsedTimer>
#include <QFile>

#include <unistd.h>

namespace bench {

using namespace runtime;
using tests::TestRuntime;

namespace {

constexpr int functions = 500;
constexpr int idleTime = 10'000; ///< Milliseconds.

std::string nameOf(int index)
{
    return "many-" + std::to_string(index);
}

/// Processor time of \a pid with its threads, in seconds.
double processorTime(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = file.readAll();
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    return (fields[11].toDouble() + fields[12].toDouble()) / double(::sysconf(_SC_CLK_TCK));
}

PutRequest requestFor(TestRuntime &runtime, int index)
{
    PutRequest request;
    request.manifest.spec = TestRuntime::spec(nameOf(index));
    request.root =
        runtime
            .write(QString::fromStdString(nameOf(index)), QStringLiteral("main.py"),
                   "def handler(event, context):\n    return " + QByteArray::number(index) + "\n")
            .toStdString();
    request.armed = true;
    return request;
}

/// Seconds until every one was put; negative when one failed.
double putAll(TestRuntime &runtime, const std::vector<PutRequest> &requests)
{
    int done = 0, failed = 0;
    QObject context;
    QElapsedTimer timer;
    timer.start();
    for (const PutRequest &request : requests)
        runtime.client().put(request).then(&context, [&](const Result<PutResult> &result) {
            ++done;
            failed += result ? 0 : 1;
        });
    const bool all = QTest::qWaitFor([&] { return done == int(requests.size()); }, 60'000);
    return all && failed == 0 ? double(timer.elapsed()) / 1'000 : -1;
}

/// Seconds from starting the runtime again to an answer of one of its functions.
double startAgain(TestRuntime &runtime)
{
    runtime.killHard();
    QElapsedTimer timer;
    timer.start();
    if (!runtime.start())
        return -1;
    const auto answer = runtime.invoke(nameOf(functions / 2));
    const auto all = TestRuntime::wait(runtime.client().functions());
    return answer && all && all->size() == functions ? double(timer.elapsed()) / 1'000 : -1;
}

} // namespace

bool measureMany(Report &report)
{
    report.begin("500 functions deployed at once");
    TestRuntime runtime;
    std::vector<PutRequest> requests;
    for (int i = 0; i < functions; ++i)
        requests.push_back(requestFor(runtime, i));
    if (!runtime.start())
        return false;
    const double seconds = putAll(runtime, requests);
    if (seconds < 0)
        return false;
    report.add("until every one is loaded and serves", number("%.2f s", seconds), "< 2 s",
               seconds < 2);
    const double before = processorTime(runtime.pid());
    QTest::qWait(idleTime);
    const double share = (processorTime(runtime.pid()) - before) / (idleTime / 1e3);
    report.add("the idle runtime's processor time", number("%.2f%%", share * 100), "< 1%",
               share < 0.01);
    report.add("the runtime itself",
               number("%.1f MB", proportionalKb(runtime.pid(), false) / 1024));
    report.add("with a warm worker for each",
               number("%.0f MB", proportionalKb(runtime.pid(), true) / 1024));
    const double again = startAgain(runtime);
    report.add("killed and started: until the first answer", number("%.2f s", again), "< 2 s",
               again >= 0 && again < 2);
    return again >= 0;
}

} // namespace bench
