#include "tests/bench/throughput.h"

#include "tests/bench/load.h"
#include "tests/bench/peers.h"
#include "tests/daemon/testruntime.h"

#include <algorithm>
#include <iterator>

namespace bench {

using namespace runtime;
using tests::TestRuntime;
using namespace std::chrono_literals;

namespace {

constexpr int connections = 8;
constexpr int rounds = 5;
constexpr auto warming = 2s, measured = 2s;
const std::string event = R"({"a": 1, "text": "a few words of an event"})";

/// One server of those that are measured in turns: how fast the machine is changes by the minute.
struct Contender {
    const char *name;
    int port;
    std::string path;
    std::vector<double> rates{}; ///< Of each round.
    LoadResult all{};            ///< Of all rounds.
};

void measureInTurns(std::vector<Contender *> contenders)
{
    for (const Contender *contender : contenders)
        (void)load(contender->port, contender->path, event, connections, warming);
    for (int round = 0; round < rounds; ++round)
        for (Contender *contender : contenders) {
            LoadResult result =
                load(contender->port, contender->path, event, connections, measured);
            contender->rates.push_back(result.perSecond());
            contender->all.answered += result.answered;
            contender->all.failed += result.failed;
            contender->all.seconds += result.seconds;
            std::ranges::copy(result.milliseconds, std::back_inserter(contender->all.milliseconds));
        }
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values.empty() ? 0 : values[values.size() / 2];
}

std::string text(Contender &contender)
{
    std::string text = number("%.0f/s", median(contender.rates)) +
                       number(", p50 %.2f", contender.all.quantile(0.5)) +
                       number(", p99 %.2f ms", contender.all.quantile(0.99));
    if (contender.all.failed > 0)
        text += ", " + std::to_string(contender.all.failed) + " failed";
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

/// Ours must be \a factor times as fast, by the median of the rounds' ratios, with a lower p99 and
/// no failure.
void compare(Report &report, Contender &ours, Contender &theirs, double factor)
{
    std::vector<double> ratios;
    for (std::size_t i = 0; i < ours.rates.size(); ++i)
        ratios.push_back(ours.rates[i] / std::max(1.0, theirs.rates[i]));
    const double ratio = median(ratios);
    const auto [least, most] = std::ranges::minmax(ratios);
    report.add(theirs.name, text(theirs),
               number("ours >= %.1f x", factor) + number(" (%.2f x,", ratio) +
                   number(" %.2f", least) + number(" to %.2f)", most),
               ratio >= factor);
    report.add("  its p99 beside ours",
               number("%.2f ms", theirs.all.quantile(0.99)) +
                   number(" / %.2f ms", ours.all.quantile(0.99)),
               "ours lower",
               ours.all.quantile(0.99) < theirs.all.quantile(0.99) && ours.all.failed == 0);
}

} // namespace

bool measureThroughput(Report &report)
{
    report.begin("Warm throughput, 8 connections");
    QTemporaryDir folder;
    TestRuntime runtime;
    const auto echo = startEcho();
    const auto offline = startServerlessOffline(folder.path() + QStringLiteral("/offline"));
    const auto framework = startFunctionsFramework(folder.path() + QStringLiteral("/framework"));
    if (!runtime.start() || !putFunctions(runtime) || !echo || !offline || !framework)
        return false;
    const int port = gatewayPort(runtime);
    Contender bare{"bare Boost.Beast echo", echo->port(), "/"};
    Contender python{"Python, ours", port, "/function/py"};
    Contender offlinePython{"Python, serverless-offline", offline->port(), "/py"};
    Contender node{"Node.js, ours", port, "/function/js"};
    Contender offlineNode{"Node.js, serverless-offline", offline->port(), "/js"};
    Contender frameworkNode{"Node.js, Functions Framework", framework->port(), "/"};
    measureInTurns({&bare, &python, &offlinePython, &node, &frameworkNode, &offlineNode});
    report.add(bare.name, text(bare));
    report.add(python.name, text(python));
    compare(report, python, offlinePython, 4);
    report.add(node.name, text(node));
    compare(report, node, frameworkNode, 2.5);
    report.add(offlineNode.name, text(offlineNode));
    return bare.all.answered > 0 && offlinePython.all.answered > 0 &&
           frameworkNode.all.answered > 0;
}

} // namespace bench
