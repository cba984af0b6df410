#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/protocol/messages.h"

#include <QString>

#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace device {

/// A reading in InfluxDB's line protocol, without its end:
/// night-light,bundle=a3de2d2,device=porch-pi lux=213.4 1700000000000000000
///
/// The function is the measurement, the series the field. A time of less than a nanosecond's
/// difference would be the same point there; readings have microseconds.
/// https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
[[nodiscard]] std::string influxLine(const runtime::Reading &reading, const std::string &device);

/// The newest reading of every series, in a file of Prometheus' text format, for the textfile
/// collector of node_exporter or any web server to hand out.
/// https://prometheus.io/docs/instrumenting/exposition_formats/
class PrometheusFile final
{
public:
    /// Nothing is written while \a file is empty.
    PrometheusFile(QString file, std::string device);

    void add(const runtime::Reading &reading);
    /// Writes it whole or not at all, once a second at most unless \a now; nothing when nothing
    /// came.
    [[nodiscard]] runtime::Result<> write(bool now = false);

private:
    struct Newest {
        double value = 0;
        std::int64_t timeUs = 0;
        std::uint64_t count = 0; ///< Readings since the beginning.
    };

    [[nodiscard]] std::string text() const;

    QString m_file;
    std::string m_device;
    std::map<std::pair<std::string, std::string>, Newest> m_newest; ///< By function and series.
    std::chrono::steady_clock::time_point m_written;
    bool m_isChanged = false;
};

} // namespace device
