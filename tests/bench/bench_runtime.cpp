// The runtime's figures, beside other runtimes and beside the bare limit, in one run on one
// machine.
//   bench_runtime             all
//   bench_runtime NAME...     of: cold, throughput, memory, save, many, upgrade, files
#include "tests/bench/coldstart.h"
#include "tests/bench/echo.h"
#include "tests/bench/many.h"
#include "tests/bench/throughput.h"
#include "tests/bench/upgrade.h"
#include "tests/bench/warmth.h"

#include <QCoreApplication>

#include <cstdlib>

int main(int count, char **arguments)
{
    if (count == 3 && std::string(arguments[1]) == "--echo")
        return bench::echo(std::atoi(arguments[2]));
    const QCoreApplication application(count, arguments);
    const std::vector<std::string> wanted(arguments + 1, arguments + count);
    bench::Report report;
    bool done = true;
    const auto run = [&](const char *name, bool (*measure)(bench::Report &)) {
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end())
            done = measure(report) && done;
    };
    run("cold", bench::measureColdStart);
    run("throughput", bench::measureThroughput);
    run("memory", bench::measureIdleMemory);
    run("save", bench::measureSave);
    run("many", bench::measureMany);
    run("upgrade", bench::measureUpgrade);
    run("files", bench::measureFiles);
    if (!done)
        std::fprintf(stderr, "bench_runtime: a measurement could not be taken\n");
    return done && report.missed() == 0 ? 0 : 1;
}
