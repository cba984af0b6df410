#include "tests/bench/throughput.h"

#include "tests/bench/load.h"
#include "tests/bench/peers.h"
#include "tests/daemon/testruntime.h"

namespace bench {

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

namespace {

constexpr int connections = 8;
constexpr auto warming = 2s, measured = 6s;
const std::string event = R"({"a": 1, "text": "a few words of an event"})";

LoadResult loadWarm(int port, const std::string &path)
{
    (void)load(port, path, event, connections, warming);
    return load(port, path, event, connections, measured);
}

std::string text(LoadResult &result)
{
    std::string text = number("%.0f/s", result.perSecond()) +
                       number(", p50 %.2f", result.quantile(0.5)) +
                       number(", p99 %.2f ms", result.quantile(0.99));
    if (result.failed > 0)
        text += ", " + std::to_string(result.failed) + " failed";
    return text;
}

bool putFunctions(TestRuntime &runtime)
{
    runtime.write(QStringLiteral("py"), QStringLiteral("main.py"),
                  "import json\n"
                  "def handler(event, context):\n"
                  "    return {'statusCode': 200, 'body': json.dumps({'n': 1})}\n");
    runtime.write(QStringLiteral("js"), QStringLiteral("main.js"),
                  "exports.handler = async (event) =>"
                  " ({ statusCode: 200, body: JSON.stringify({ n: 1 }) });\n");
    return runtime.putLinked(TestRuntime::spec("py")).has_value() &&
           runtime.putLinked(TestRuntime::spec("js", "nodejs")).has_value();
}

/// Ours must be \a factor times as fast, with a lower p99 and no failure.
void compare(Report &report, const char *name, LoadResult &ours, LoadResult &theirs, double factor)
{
    const double ratio = ours.perSecond() / std::max(1.0, theirs.perSecond());
    report.add(name, text(theirs), number("ours >= %.1f x", factor) + number(" (%.2f x)", ratio),
               ratio >= factor);
    report.add("  its p99 beside ours",
               number("%.2f ms", theirs.quantile(0.99)) + number(" / %.2f ms", ours.quantile(0.99)),
               "ours lower", ours.quantile(0.99) < theirs.quantile(0.99) && ours.failed == 0);
}

} // namespace

bool measureThroughput(Report &report)
{
    report.begin("Warm throughput, 8 connections");
    QTemporaryDir folder;
    LoadResult py, js, offlinePy, offlineJs, framework, bare;
    {
        TestRuntime runtime;
        if (!runtime.start() || !putFunctions(runtime))
            return false;
        const int port = gatewayPort(runtime);
        py = loadWarm(port, "/function/py");
        js = loadWarm(port, "/function/js");
    }
    if (const auto echo = startEcho())
        bare = loadWarm(echo->port(), "/");
    if (const auto peer = startServerlessOffline(folder.path() + QStringLiteral("/offline"))) {
        offlinePy = loadWarm(peer->port(), "/py");
        offlineJs = loadWarm(peer->port(), "/js");
    }
    if (const auto peer = startFunctionsFramework(folder.path() + QStringLiteral("/framework")))
        framework = loadWarm(peer->port(), "/");
    report.add("bare Boost.Beast echo", text(bare));
    report.add("Python, ours", text(py));
    compare(report, "Python, serverless-offline", py, offlinePy, 4);
    report.add("Node.js, ours", text(js));
    compare(report, "Node.js, Functions Framework", js, framework, 2.5);
    report.add("Node.js, serverless-offline", text(offlineJs));
    return bare.answered > 0 && offlinePy.answered > 0 && framework.answered > 0;
}

} // namespace bench
