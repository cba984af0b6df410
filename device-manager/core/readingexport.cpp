#include "device-manager/core/readingexport.h"

#include "device-manager/core/readingdatabase.h"

#include <QSaveFile>
#include <QtConcurrent>

#include <charconv>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

runtime::Result<> writeAll(ReadingStore &store, const QString &name, const ExportRange &range,
                           const std::stop_token &stop)
{
    // What was given to the store before is in its file then. Blocking is fine here: this runs on a
    // thread of its own, the store on another.
    if (const Result<std::uint64_t> stored = store.lastCursor().result(); !stored)
        return tl::unexpected(stored.error());
    QSaveFile file(name);
    if (!file.open(QIODevice::WriteOnly))
        return failure(ErrorCode::FileUnwritable, name.toStdString(),
                       file.errorString().toStdString());
    constexpr std::size_t enough = 1 << 20;
    std::string text = std::string(csvHead) + '\n';
    bool isWritten = true;
    const auto write = [&] {
        isWritten =
            isWritten && file.write(text.data(), qint64(text.size())) == qint64(text.size());
        text.clear();
    };
    ReadingDatabase(store.file())
        .forEach(range.fromUs, range.toUs, [&](const runtime::Reading &reading) {
            if (range.series.empty() || range.series.contains({reading.function, reading.series}))
                text += csvLine(reading) + '\n';
            if (text.size() >= enough)
                write();
            return isWritten && !stop.stop_requested();
        });
    write();
    if (stop.stop_requested())
        return failure(ErrorCode::Cancelled, name.toStdString());
    if (!isWritten || !file.commit())
        return failure(ErrorCode::FileUnwritable, name.toStdString(),
                       file.errorString().toStdString());
    return {};
}

} // namespace

ReadingStore::Reply<> exportReadings(ReadingStore &store, const QString &file,
                                     const ExportRange &range, std::stop_token stop)
{
    return QtConcurrent::run([&store, file, range, stop = std::move(stop)]() -> Result<> {
        try {
            return writeAll(store, file, range, stop);
        } catch (const std::exception &error) {
            return failure(ErrorCode::FileUnreadable, store.file().toStdString(), error.what());
        }
    });
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
