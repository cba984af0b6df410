#include "app/cli/commandlist.h"
#include "app/cli/runtimecommand.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/readingexport.h"
#include "device-manager/core/readingfeed.h"
#include "device-manager/core/readinglines.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/function/quantity.h"

#include <QLocale>
#include <QTimer>

#include <nlohmann/json.hpp>

namespace app {

using runtime::ErrorCode;
using runtime::Reading;

namespace {

struct WatchOptions {
    std::string device;
    std::string function;
    std::string duration;
    std::string prometheus; ///< A file.
    bool csv = false, influx = false;
};

QString numberText(double value)
{
    return QString::number(value, 'g', QLocale::FloatingPointShortest);
}

/// Shows the readings of a device as they come, from now on, until its time is over or Ctrl+C. A
/// link that is lost and found again loses none of them.
class WatchCommand final : public RuntimeCommand
{
public:
    WatchCommand(Output &output, WatchOptions options)
        : RuntimeCommand(output)
        , m_options(std::move(options))
        , m_feed(nullptr)
        , m_prometheus(QString::fromStdString(m_options.prometheus), m_options.device)
    {
        connect(&m_feed, &device::ReadingFeed::readingsCame, this, &WatchCommand::onReadings);
        connect(&m_feed, &device::ReadingFeed::switched, this, &WatchCommand::onSwitched);
        connect(&m_feed, &device::ReadingFeed::failed, this,
                [this](const runtime::Error &error) { fail(error); });
        m_end.setSingleShot(true);
        connect(&m_end, &QTimer::timeout, this, [this] {
            writePrometheus(true);
            finish(Exit::Done);
        });
    }

    void start() override
    {
        if (m_options.csv && m_options.influx)
            return fail({ErrorCode::UsageInvalid, "edgewright watch",
                         "--csv and --influx are two forms of one stream: choose one"});
        if (!m_options.duration.empty()) {
            const auto duration = runtime::durationFromText(m_options.duration);
            if (!duration || duration->count() <= 0 ||
                *duration > std::chrono::milliseconds(std::numeric_limits<int>::max()))
                return fail({ErrorCode::UsageInvalid, "edgewright watch",
                             "--for takes a duration such as 500ms, 10s or 5min, not \"" +
                                 m_options.duration + '"'});
            m_end.setInterval(*duration);
        }
        const runtime::Result<device::Device> device = deviceNamed(m_options.device);
        if (!device)
            return fail(device.error());
        connectTo({Place::Kind::Device, m_options.device, *device, {}});
    }

private:
    void onReady(runtime::Client &client) override
    {
        m_feed.attach(&client);
        if (std::exchange(m_begun, true))
            return;
        if (m_options.csv)
            output().line(QStringLiteral("time,function,series,value,sequence,bundle"));
        if (m_end.interval() > 0)
            m_end.start();
    }

    void onLost(const runtime::Error &error) override
    {
        m_feed.detach();
        output().note(QStringLiteral("The link was lost (%1). Connecting again.")
                          .arg(QString::fromStdString(error.detail)));
    }

    [[nodiscard]] bool isWanted(const std::string &function) const
    {
        return m_options.function.empty() || m_options.function == function;
    }

    void onReadings(const std::vector<Reading> &readings)
    {
        for (const Reading &reading : readings)
            if (isWanted(reading.function)) {
                m_prometheus.add(reading);
                show(reading);
            }
        writePrometheus(false);
    }

    void writePrometheus(bool now)
    {
        if (const runtime::Result<> written = m_prometheus.write(now); !written)
            fail(written.error());
    }

    void show(const Reading &reading)
    {
        if (output().isJson()) {
            output().json(nlohmann::json{{"time_us", reading.timeUs},
                                         {"function", reading.function},
                                         {"series", reading.series},
                                         {"value", reading.value},
                                         {"sequence", reading.sequence},
                                         {"bundle", reading.bundle}});
        } else if (m_options.csv) {
            output().line(QString::fromStdString(device::csvLine(reading)));
        } else if (m_options.influx) {
            output().line(QString::fromStdString(device::influxLine(reading, m_options.device)));
        } else {
            output().line(QStringLiteral("%1  %2  %3  %4")
                              .arg(clockText(reading.timeUs),
                                   QString::fromStdString(reading.function),
                                   QString::fromStdString(reading.series).leftJustified(12),
                                   numberText(reading.value)));
        }
    }

    void onSwitched(const runtime::Switch &change)
    {
        if (isWanted(change.function) && !m_options.csv && !m_options.influx)
            output().note(
                QStringLiteral("%1  %2  version %3 (%4)")
                    .arg(clockText(change.timeUs), QString::fromStdString(change.function))
                    .arg(change.version)
                    .arg(QString::fromStdString(runtime::shortDigest(change.bundle))));
    }

    WatchOptions m_options;
    device::ReadingFeed m_feed;
    device::PrometheusFile m_prometheus;
    QTimer m_end;
    bool m_begun = false;
};

} // namespace

void addWatchCommand(CommandList &list)
{
    const auto options = std::make_shared<WatchOptions>();
    const CommandOptions command = list.add(
        "watch", "Show the readings of a device as they come",
        "watch porch-pi\n"
        "watch porch-pi night-light --csv --for 10s > light.csv\n"
        "watch porch-pi --influx | mosquitto_pub -l -t readings\n"
        "watch porch-pi --prometheus /var/lib/node_exporter/porch.prom > /dev/null",
        [options](Output &output) { return std::make_unique<WatchCommand>(output, *options); });
    command.addOption("DEVICE", options->device, "Its name").required().typeName("");
    command.addOption("FUNCTION", options->function, "Only of this one").typeName("");
    command.addFlag("--csv", options->csv, "Comma-separated values with a head line");
    command.addFlag("--influx", options->influx,
                    "InfluxDB's line protocol, which Telegraf takes too");
    command
        .addOption("--prometheus", options->prometheus,
                   "Besides, keep the newest of each series in this file, for Prometheus")
        .typeName("FILE");
    command.addOption("--for", options->duration, "How long, such as 10s; else until Ctrl+C")
        .typeName("TIME");
}

} // namespace app
