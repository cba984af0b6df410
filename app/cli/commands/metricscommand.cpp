#include "app/cli/commandlist.h"
#include "app/cli/runtimecommand.h"

#include <nlohmann/json.hpp>

#include <QTimer>

namespace app {

using runtime::FunctionMetrics;
using runtime::Result;

namespace {

constexpr int followInterval = 2'000; ///< Milliseconds.

struct MetricsOptions {
    std::string function, on;
    bool follow = false;
};

QString row(const QStringList &cells)
{
    static constexpr int widths[] = {9, 8, 6, 10, 10, 10, 9};
    QString line = cells[0].leftJustified(24);
    for (int i = 1; i < cells.size(); ++i)
        line += QLatin1Char(' ') + cells[i].rightJustified(widths[i - 1]);
    return line;
}

QStringList cellsOf(const FunctionMetrics &metrics)
{
    return {QString::fromStdString(metrics.function),
            QString::number(metrics.invocations),
            QString::number(metrics.successRate() * 100, 'f', 1) + QLatin1Char('%'),
            QString::number(metrics.coldStarts),
            durationText(metrics.duration.p50),
            durationText(metrics.duration.p99),
            durationText(metrics.cpuMs),
            QString::number(double(metrics.memoryKb) / 1024, 'f', 1) + QStringLiteral(" MB")};
}

class MetricsCommand final : public RuntimeCommand
{
public:
    MetricsCommand(Output &output, MetricsOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
        m_next.setSingleShot(true);
        connect(&m_next, &QTimer::timeout, this, &MetricsCommand::ask);
    }

    void start() override
    {
        const Result<Place> place = placeNamed(m_options.on);
        if (!place)
            return fail(place.error());
        if (place->kind == Place::Kind::Controller)
            return fail({runtime::ErrorCode::UsageInvalid, "edgewright",
                         place->name + " is a controller, which has metrics of its own"});
        connectTo(*place);
    }

private:
    void onReady(runtime::Client &) override { ask(); }

    void ask()
    {
        if (!client())
            return;
        client()
            ->metrics(m_options.function)
            .then(this, [this](const Result<std::vector<FunctionMetrics>> &all) {
                if (!all)
                    return fail(all.error());
                show(*all);
                if (!m_options.follow)
                    return finish(Exit::Done);
                m_next.start(followInterval);
            });
    }

    void show(const std::vector<FunctionMetrics> &all)
    {
        if (output().isJson()) {
            for (const FunctionMetrics &each : all)
                output().json(runtime::toJson(each));
            return;
        }
        if (all.empty())
            return output().note(QStringLiteral("Nothing was invoked since the runtime started."));
        output().line(
            row({QStringLiteral("function"), QStringLiteral("count"), QStringLiteral("success"),
                 QStringLiteral("cold"), QStringLiteral("p50"), QStringLiteral("p99"),
                 QStringLiteral("CPU"), QStringLiteral("memory")}));
        for (const FunctionMetrics &each : all)
            output().line(row(cellsOf(each)));
    }

    MetricsOptions m_options;
    QTimer m_next;
};

} // namespace

void addMetricsCommand(CommandList &list)
{
    const auto options = std::make_shared<MetricsOptions>();
    const CommandOptions command = list.add(
        "metrics", "How often functions ran, how long and how well",
        "metrics\n"
        "metrics night-light --on porch-pi --json\n"
        "metrics --follow                    again every 2 s",
        [options](Output &output) { return std::make_unique<MetricsCommand>(output, *options); });
    command.addOption("FUNCTION", options->function, "Only of this function").typeName("");
    command.addOption("--on", options->on, "A device; else this computer").typeName("TARGET");
    command.addFlag("--follow,-f", options->follow, "Go on until Ctrl+C");
}

} // namespace app
