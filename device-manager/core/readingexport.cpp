#include "device-manager/core/readingexport.h"

#include "runtime-bridge/base/file.h"

#include <QtConcurrent>

#include <algorithm>
#include <charconv>
#include <limits>

namespace device {

using runtime::Result;

namespace {

Result<> writeAll(ReadingStore &store, const QString &file)
{
    // Blocking is fine here: this runs on a thread of its own, the store on another.
    const Result<std::vector<ReadingSeries>> all = store.series().result();
    if (!all)
        return tl::unexpected(all.error());
    std::vector<runtime::Reading> readings;
    for (const ReadingSeries &series : *all) {
        Result<std::vector<runtime::Reading>> part =
            store
                .readings(series.name, 0, std::numeric_limits<std::int64_t>::max(),
                          std::numeric_limits<int>::max())
                .result();
        if (!part)
            return tl::unexpected(part.error());
        std::ranges::move(*part, std::back_inserter(readings));
    }
    std::ranges::stable_sort(readings, {}, &runtime::Reading::timeUs);
    std::string text = "time,function,series,value,sequence,bundle\n";
    for (const runtime::Reading &reading : readings)
        text += csvLine(reading) + '\n';
    return runtime::writeFile(file.toStdString(), text);
}

} // namespace

ReadingStore::Reply<> exportReadings(ReadingStore &store, const QString &file)
{
    return QtConcurrent::run([&store, file] { return writeAll(store, file); });
}

namespace {

/// A name as a field of CSV (RFC 4180).
std::string csvField(const std::string &name)
{
    if (name.find_first_of(",\"\n\r") == std::string::npos)
        return name;
    std::string field = "\"";
    for (const char c : name)
        field += c == '"' ? std::string("\"\"") : std::string(1, c);
    return field + '"';
}

} // namespace

std::string csvLine(const runtime::Reading &reading)
{
    char value[32];
    const auto [end, error] = std::to_chars(value, value + sizeof value, reading.value);
    const std::string micros = std::to_string(reading.timeUs % 1'000'000);
    return std::to_string(reading.timeUs / 1'000'000) + "." + std::string(6 - micros.size(), '0') +
           micros + "," + csvField(reading.function) + "," + csvField(reading.series) + "," +
           std::string(value, end) + "," + std::to_string(reading.sequence) + "," + reading.bundle;
}

} // namespace device
