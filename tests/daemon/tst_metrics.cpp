#include "runtime-bridge/daemon/metrics.h"

#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace runtime;

class TestMetrics final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void quantilesAreRightToFivePercent()
    {
        QRandomGenerator random(7);
        DurationHistogram histogram;
        std::vector<double> all;
        for (int i = 0; i < 20'000; ++i) {
            all.push_back(std::exp(random.generateDouble() * 12 - 5)); // 7 us to 18 minutes
            histogram.add(all.back());
        }
        std::sort(all.begin(), all.end());
        for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
            const double exact = all[std::size_t(share * double(all.size()))];
            QVERIFY(std::abs(histogram.quantile(share) - exact) < 0.05 * exact);
        }
        QCOMPARE(histogram.quantile(1), histogram.max());
        QCOMPARE(histogram.max(), all.back());
        QCOMPARE(DurationHistogram().quantile(0.5), 0.0);
    }

    void oddDurationsAreCounted()
    {
        DurationHistogram histogram;
        for (const double ms : {0.0, -1.0, 1e12, 0.0005})
            histogram.add(ms);
        QCOMPARE(histogram.count(), 4u);
        QCOMPARE(histogram.countUpTo(1), 3u);
    }

    void figuresTellOutcomesAndCosts()
    {
        Metrics metrics;
        Invocation invocation;
        invocation.function = "f";
        invocation.durationMs = 10;
        invocation.cpuMs = 4;
        invocation.memoryKb = 9'000;
        invocation.cold = true;
        invocation.initMs = 3;
        metrics.count(invocation);
        invocation.cold = false;
        invocation.initMs = 0;
        invocation.memoryKb = 8'000;
        invocation.outcome = Outcome::Timeout;
        metrics.count(invocation);
        invocation.function = "g";
        metrics.count(invocation);

        const std::vector<FunctionMetrics> all = metrics.figures({});
        QCOMPARE(all.size(), 2u);
        const FunctionMetrics f = metrics.figures("f").at(0);
        QCOMPARE(f.invocations, 2u);
        QCOMPARE(f.successRate(), 0.5);
        QCOMPARE(f.coldStarts, 1u);
        QCOMPARE(f.cpuMs, 8.0);
        QCOMPARE(f.memoryKb, 9'000u);
        QCOMPARE(all[1].successRate(), 0.0);
        const std::string text = metrics.prometheus({});
        for (const char *line :
             {"edgewright_invocations_total{function=\"f\",outcome=\"timeout\"} 1\n",
              "edgewright_duration_seconds_bucket{function=\"f\",le=\"0.001\"} 0\n",
              "edgewright_duration_seconds_bucket{function=\"f\",le=\"0.025\"} 2\n",
              "edgewright_duration_seconds_bucket{function=\"f\",le=\"+Inf\"} 2\n",
              "edgewright_duration_seconds_sum{function=\"f\"} 0.02\n",
              "# TYPE edgewright_duration_seconds histogram\n"})
            QVERIFY2(text.find(line) != std::string::npos, (line + text).c_str());
        metrics.onRemoved("f");
        QCOMPARE(metrics.figures({}).size(), 2u);
    }
};

QTEST_GUILESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
