#include "runtime-bridge/daemon/metrics.h"

#include <algorithm>
#include <cstdio>

namespace runtime {

namespace {

constexpr std::size_t mostFunctions = 1'000;

/// Upper ends of the buckets that Prometheus gets, in seconds.
constexpr double bucketEnds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                 0.25,  0.5,    1,     2.5,  5,     10,   60};

/// Writes families of samples.
class Exposition
{
public:
    void family(const char *name, const char *type, const char *help)
    {
        m_name = std::string("edgewright_") + name;
        m_text += "# HELP " + m_name + ' ' + help + "\n# TYPE " + m_name + ' ' + type + '\n';
    }

    void sample(const std::string &function, double value, const std::string &label = {},
                const char *suffix = "")
    {
        char number[32];
        std::snprintf(number, sizeof number, "%.15g", value);
        m_text += m_name + suffix + "{function=\"" + function + '"' +
                  (label.empty() ? "" : ',' + label) + "} " + number + '\n';
    }

    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    std::string m_name, m_text;
};

std::string labelOf(double end)
{
    char text[32];
    std::snprintf(text, sizeof text, "le=\"%g\"", end);
    return text;
}

} // namespace

void Metrics::count(const Invocation &invocation)
{
    Function &function = m_functions[invocation.function];
    FunctionMetrics &figures = function.figures;
    figures.function = invocation.function;
    ++figures.invocations;
    ++figures.outcomes[std::string(wireName(invocation.outcome))];
    figures.coldStarts += invocation.cold ? 1 : 0;
    figures.initMs += invocation.initMs;
    figures.cpuMs += invocation.cpuMs;
    figures.memoryKb = std::max(figures.memoryKb, invocation.memoryKb);
    function.durations.add(invocation.durationMs);
}

void Metrics::onRemoved(const std::string &function)
{
    if (m_functions.size() > mostFunctions)
        m_functions.erase(function);
}

std::vector<FunctionMetrics> Metrics::figures(const std::string &function) const
{
    std::vector<FunctionMetrics> all;
    for (const auto &[name, each] : m_functions) {
        if (!function.empty() && name != function)
            continue;
        all.push_back(each.figures);
        const DurationHistogram &d = each.durations;
        all.back().duration = {d.sum(), d.quantile(0.5), d.quantile(0.9), d.quantile(0.99),
                               d.max()};
    }
    return all;
}

std::string Metrics::prometheus(const std::vector<FunctionState> &states) const
{
    Exposition text;
    const auto each = [&](const auto &write) {
        for (const auto &[name, function] : m_functions)
            write(name, function);
    };
    text.family("invocations_total", "counter", "Invocations, by how they ended.");
    each([&](const std::string &name, const Function &function) {
        for (const auto &[outcome, count] : function.figures.outcomes)
            text.sample(name, double(count), "outcome=\"" + outcome + '"');
    });
    text.family("cold_starts_total", "counter", "Invocations for which a worker was started.");
    each([&](const std::string &name, const Function &function) {
        text.sample(name, double(function.figures.coldStarts));
    });
    text.family("duration_seconds", "histogram", "How long the handler ran.");
    each([&](const std::string &name, const Function &function) {
        for (const double end : bucketEnds)
            text.sample(name, double(function.durations.countUpTo(end * 1'000)), labelOf(end),
                        "_bucket");
        text.sample(name, double(function.durations.count()), "le=\"+Inf\"", "_bucket");
        text.sample(name, function.durations.sum() / 1'000, {}, "_sum");
        text.sample(name, double(function.durations.count()), {}, "_count");
    });
    text.family("cpu_seconds_total", "counter", "Processor time of the workers.");
    each([&](const std::string &name, const Function &function) {
        text.sample(name, function.figures.cpuMs / 1'000);
    });
    text.family("memory_peak_bytes", "gauge", "The highest resident size of a worker.");
    each([&](const std::string &name, const Function &function) {
        text.sample(name, double(function.figures.memoryKb) * 1'024);
    });
    text.family("workers", "gauge", "Workers that live.");
    for (const FunctionState &state : states)
        text.sample(state.spec.name, state.workers);
    const auto hasAlarms = [](const FunctionState &state) { return !state.alarms.empty(); };
    if (std::ranges::any_of(states, hasAlarms))
        text.family("alarm", "gauge", "1 while the alarm is raised.");
    for (const FunctionState &state : states)
        for (const AlarmState &alarm : state.alarms)
            text.sample(state.spec.name, alarm.isRaised ? 1 : 0, "alarm=\"" + alarm.words + '"');
    return text.take();
}

} // namespace runtime
