#include "app/cli/commandlist.h"
#include "app/cli/place.h"
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

#include <algorithm>
#include <optional>

namespace app {

using runtime::ErrorCode;
using runtime::Reading;

namespace {

struct WatchOptions {
    std::string devices; ///< With commas between.
    std::string function;
    std::string duration;
    std::string prometheus; ///< A file.
    bool csv = false, influx = false;
};

QString numberText(double value)
{
    return QString::number(value, 'g', QLocale::FloatingPointShortest);
}

/// Shows the readings of devices as they come, from now on, until its time is over or Ctrl+C. A
/// link that is lost and found again loses none of them.
class WatchCommand final : public Command
{
public:
    WatchCommand(Output &output, WatchOptions options)
        : Command(output), m_options(std::move(options))
    {
        m_end.setSingleShot(true);
        connect(&m_end, &QTimer::timeout, this, [this] {
            if (m_prometheus)
                writePrometheus(true);
            finish(m_exit);
        });
    }

    void start() override
    {
        if (m_options.csv && m_options.influx)
            return wrongUse("--csv and --influx are two forms of one stream: choose one");
        if (!m_options.duration.empty()) {
            const auto duration = runtime::durationFromText(m_options.duration);
            if (!duration || duration->count() <= 0 ||
                *duration > std::chrono::milliseconds(std::numeric_limits<int>::max()))
                return wrongUse("--for takes a duration such as 500ms, 10s or 5min, not \"" +
                                m_options.duration + '"');
            m_end.setInterval(*duration);
        }
        const runtime::Result<std::vector<device::Device>> devices =
            devicesNamed(namesOfList(m_options.devices));
        if (!devices)
            return fail(devices.error());
        if (!m_options.prometheus.empty()) {
            if (devices->size() > 1)
                return wrongUse("--prometheus writes one file for one device");
            m_prometheus.emplace(QString::fromStdString(m_options.prometheus),
                                 devices->front().name.toStdString());
        }
        for (const device::Device &device : *devices)
            addSource(device);
        for (const auto &source : m_sources)
            source->link->open();
    }

private:
    struct Source {
        std::string name;
        std::unique_ptr<device::DeviceLink> link;
        device::ReadingFeed feed{nullptr}; ///< Goes before the link.
        bool hasFailed = false;
    };

    void wrongUse(const std::string &why)
    {
        fail({ErrorCode::UsageInvalid, "edgewright watch", why});
    }

    void addSource(const device::Device &device)
    {
        using device::DeviceLink;
        using device::ReadingFeed;
        m_sources.push_back(std::make_unique<Source>());
        Source *source = m_sources.back().get();
        source->name = device.name.toStdString();
        source->link = createLink(device);
        connect(source->link.get(), &DeviceLink::stateChanged, this,
                [this, source](DeviceLink::State state) {
                    if (state == DeviceLink::State::Online)
                        onReady(*source);
                });
        connect(source->link.get(), &DeviceLink::lost, this,
                [this, source](const runtime::Error &error) { onLost(*source, error); });
        connect(source->link.get(), &DeviceLink::failed, this,
                [this, source](const runtime::Error &error) { onFailed(*source, error); });
        connect(&source->feed, &ReadingFeed::readingsCame, this,
                [this, source](const std::vector<Reading> &readings) {
                    onReadings(*source, readings);
                });
        connect(&source->feed, &ReadingFeed::switched, this,
                [this, source](const runtime::Switch &change) { onSwitched(*source, change); });
        connect(&source->feed, &ReadingFeed::failed, this,
                [this, source](const runtime::Error &error) { onFailed(*source, error); });
    }

    [[nodiscard]] bool hasSeveral() const { return m_sources.size() > 1; }

    void onReady(Source &source)
    {
        source.feed.attach(source.link->client());
        if (std::exchange(m_begun, true))
            return;
        if (m_options.csv)
            output().line(hasSeveral()
                              ? QStringLiteral("time,device,function,series,value,sequence,bundle")
                              : QStringLiteral("time,function,series,value,sequence,bundle"));
        if (m_end.interval() > 0)
            m_end.start();
    }

    void onLost(Source &source, const runtime::Error &error)
    {
        source.feed.detach();
        output().note(
            QStringLiteral("%1The link was lost (%2). Connecting again.")
                .arg(hasSeveral() ? QString::fromStdString(source.name + ": ") : QString(),
                     QString::fromStdString(error.detail)));
    }

    /// The others go on.
    void onFailed(Source &source, const runtime::Error &error)
    {
        source.hasFailed = true;
        if (std::ranges::all_of(m_sources, [](const auto &each) { return each->hasFailed; }))
            return fail(error);
        m_exit = exitOf(error);
        output().error(error);
    }

    [[nodiscard]] bool isWanted(const std::string &function) const
    {
        return m_options.function.empty() || m_options.function == function;
    }

    void onReadings(const Source &source, const std::vector<Reading> &readings)
    {
        for (const Reading &reading : readings)
            if (isWanted(reading.function)) {
                if (m_prometheus)
                    m_prometheus->add(reading);
                show(source.name, reading);
            }
        if (m_prometheus)
            writePrometheus(false);
    }

    void writePrometheus(bool now)
    {
        if (const runtime::Result<> written = m_prometheus->write(now); !written)
            fail(written.error());
    }

    void show(const std::string &device, const Reading &reading)
    {
        if (output().isJson()) {
            output().json(nlohmann::json{{"device", device},
                                         {"time_us", reading.timeUs},
                                         {"function", reading.function},
                                         {"series", reading.series},
                                         {"value", reading.value},
                                         {"sequence", reading.sequence},
                                         {"bundle", reading.bundle}});
        } else if (m_options.csv) {
            std::string line = device::csvLine(reading);
            if (hasSeveral()) // a device's name is a file name: it needs no quotes
                line.insert(line.find(','), ',' + device);
            output().line(QString::fromStdString(line));
        } else if (m_options.influx) {
            output().line(QString::fromStdString(device::influxLine(reading, device)));
        } else {
            output().line(QStringLiteral("%1  %2%3  %4  %5")
                              .arg(clockText(reading.timeUs), columnOf(device),
                                   QString::fromStdString(reading.function),
                                   QString::fromStdString(reading.series).leftJustified(12),
                                   numberText(reading.value)));
        }
    }

    /// Readings of several devices stand side by side.
    [[nodiscard]] QString columnOf(const std::string &device) const
    {
        std::size_t width = 0;
        for (const auto &source : m_sources)
            width = std::max(width, source->name.size());
        return hasSeveral() ? QString::fromStdString(device).leftJustified(qsizetype(width) + 2)
                            : QString();
    }

    void onSwitched(const Source &source, const runtime::Switch &change)
    {
        if (isWanted(change.function) && !m_options.csv && !m_options.influx)
            output().note(QStringLiteral("%1  %2%3  version %4 (%5)")
                              .arg(clockText(change.timeUs), columnOf(source.name),
                                   QString::fromStdString(change.function))
                              .arg(change.version)
                              .arg(QString::fromStdString(runtime::shortDigest(change.bundle))));
    }

    WatchOptions m_options;
    std::vector<std::unique_ptr<Source>> m_sources;
    std::optional<device::PrometheusFile> m_prometheus;
    QTimer m_end;
    Exit m_exit = Exit::Done;
    bool m_begun = false;
};

} // namespace

void addWatchCommand(CommandList &list)
{
    const auto options = std::make_shared<WatchOptions>();
    const CommandOptions command = list.add(
        "watch", "Show the readings of devices as they come",
        "watch porch-pi\n"
        "watch porch-pi night-light --csv --for 10s > light.csv\n"
        "watch porch-pi,shed-pi --csv\n"
        "watch greenhouse     all devices of a group\n"
        "watch porch-pi --influx | mosquitto_pub -l -t readings\n"
        "watch porch-pi --prometheus /var/lib/node_exporter/porch.prom > /dev/null",
        [options](Output &output) { return std::make_unique<WatchCommand>(output, *options); });
    command.addOption("DEVICE", options->devices, "Names of devices or groups, with commas between")
        .required()
        .typeName("");
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
