#include "tests/bench/upgrade.h"

#include "runtime-bridge/base/digest.h"
#include "tests/device-manager/runtimehome.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace bench {

using namespace runtime;
using tests::TestRuntime;

namespace {

constexpr int upgrades = 10;
constexpr int everyMs = 10;
constexpr int listed = 400; ///< Some seconds of the timer.

PutRequest putOf(const std::string &name, const std::string &source)
{
    PutRequest request;
    request.manifest.spec = TestRuntime::spec(name);
    request.manifest.spec.timeout = std::chrono::minutes(5);
    BundleFile file;
    file.path = "main.py";
    file.digest = digestOf(source);
    file.size = source.size();
    request.manifest.files = {file};
    request.blobs[file.digest] = source;
    return request;
}

PutRequest ticking()
{
    PutRequest request = putOf("ticker", "def handler(event, context):\n    return {'tick': 1}\n");
    request.manifest.spec.triggers = {TimerTrigger{std::chrono::milliseconds(everyMs)}};
    return request;
}

/// The longest time between the begins of two invocations that follow each other.
double longestGapMs(Client &client)
{
    const auto all = TestRuntime::wait(client.invocations("ticker", listed));
    std::int64_t longest = 0;
    if (all)
        for (std::size_t i = 1; i < all->size(); ++i)
            longest = std::max(longest, (*all)[i - 1].startUs - (*all)[i].startUs);
    return double(longest) / 1000;
}

} // namespace

bool measureUpgrade(Report &report)
{
    report.begin("An upgrade of a device's runtime, a Python function every 10 ms");
    RuntimeHome home;
    if (home.install(runtimeProgram()).exit != 0)
        return false;
    auto client = home.createClient();
    if (!client || !TestRuntime::wait(client->put(ticking())) ||
        !TestRuntime::wait(client->put(
            putOf("slow", "import time\ndef handler(event, context):\n    time.sleep(200)\n"))))
        return false;
    QTest::qWait(1000);
    report.add("longest time between two invocations, no upgrade",
               number("%.0f ms", longestGapMs(*client)));
    for (const bool isBusy : {false, true}) {
        std::vector<double> gaps;
        for (int i = 0; i < upgrades; ++i) {
            if (isBusy) { // it would not end for minutes
                (void)client->invoke({"slow", "{}", "manual", {}});
                QTest::qWait(200);
            }
            const QByteArray newer = QByteArray::number(i) + (isBusy ? "busy" : "idle");
            if (home.install(runtimeProgram(newer)).exit != 0 || !(client = home.createClient()))
                return false;
            QTest::qWait(1000);
            gaps.push_back(longestGapMs(*client));
        }
        const std::string text = quantiles(gaps);
        report.add(isBusy ? "the same, 10 upgrades while another function runs"
                          : "the same, 10 upgrades",
                   text, "all < 1000 ms", gaps.front() > 0 && gaps.back() < 1000);
    }
    return true;
}

bool measureFiles(Report &report)
{
    report.begin("The runtime's file");
    const QDir devices(QStringLiteral(EDGEWRIGHT_BIN_DIR "/devices"));
    for (const QString &machine : devices.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QFileInfo file(devices.filePath(machine + QStringLiteral("/edgewrightd")));
        const double size = double(file.size()) / (1 << 20);
        report.add("for " + machine.toStdString(), number("%.2f MB", size), "<= 5 MB",
                   file.exists() && size <= 5);
    }
    const QFileInfo here(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"));
    report.add("of this build, for this computer",
               number("%.2f MB", double(here.size()) / (1 << 20)));
    return true;
}

} // namespace bench
