#include "device-manager/core/readinglines.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"

#include <charconv>

namespace device {

using namespace std::chrono_literals;

namespace {

std::string escaped(const std::string &text, std::string_view characters)
{
    std::string out;
    for (const char c : text) {
        // A line's end cannot be escaped in line protocol.
        if (c == '\n' || c == '\r') {
            out += ' ';
            continue;
        }
        if (characters.find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

std::string shortest(double value)
{
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return {text, end};
}

} // namespace

std::string influxLine(const runtime::Reading &reading, const std::string &device)
{
    // A trailing backslash would escape the sign that ends a name.
    const auto name = [](const std::string &text, std::string_view special) {
        std::string out = escaped(text, special);
        if (out.ends_with('\\'))
            out += ' ';
        return out;
    };
    std::string line = name(reading.function, ", ");
    if (!reading.bundle.empty())
        line += ",bundle=" + name(runtime::shortDigest(reading.bundle), ",= ");
    line += ",device=" + name(device, ",= ");
    return line + ' ' + name(reading.series, ",= ") + '=' + shortest(reading.value) + ' ' +
           std::to_string(reading.timeUs) + "000";
}

PrometheusFile::PrometheusFile(QString file, std::string device)
    : m_file(std::move(file)), m_device(std::move(device))
{
}

void PrometheusFile::add(const runtime::Reading &reading)
{
    if (m_file.isEmpty())
        return;
    Newest &newest = m_newest[{reading.function, reading.series}];
    newest.value = reading.value;
    newest.timeUs = reading.timeUs;
    ++newest.count;
    m_isChanged = true;
}

std::string PrometheusFile::text() const
{
    std::string value = "# HELP edgewright_reading Newest reading of a series.\n"
                        "# TYPE edgewright_reading gauge\n";
    std::string time = "# HELP edgewright_reading_timestamp_seconds When it was, by the device.\n"
                       "# TYPE edgewright_reading_timestamp_seconds gauge\n";
    std::string count = "# HELP edgewright_readings_total Readings that came.\n"
                        "# TYPE edgewright_readings_total counter\n";
    for (const auto &[name, newest] : m_newest) {
        const std::string labels = "{device=\"" + escaped(m_device, "\"\\") + "\",function=\"" +
                                   escaped(name.first, "\"\\") + "\",series=\"" +
                                   escaped(name.second, "\"\\") + "\"} ";
        value += "edgewright_reading" + labels + shortest(newest.value) + '\n';
        time += "edgewright_reading_timestamp_seconds" + labels +
                shortest(double(newest.timeUs) / 1e6) + '\n';
        count += "edgewright_readings_total" + labels + std::to_string(newest.count) + '\n';
    }
    return value + time + count;
}

runtime::Result<> PrometheusFile::write(bool now)
{
    const auto time = std::chrono::steady_clock::now();
    if (!m_isChanged || (!now && time - m_written < 1s))
        return {};
    m_written = time;
    m_isChanged = false;
    return runtime::writeFile(m_file.toStdString(), text());
}

} // namespace device
