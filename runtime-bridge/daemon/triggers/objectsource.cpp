#include "runtime-bridge/daemon/triggers/objectsource.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t mostHashed = 16u << 20;
constexpr std::size_t mostWaiting = 100'000;

/// As S3 writes keys in events: as a form's field, with '/' as it is.
std::string encodedKey(const std::string &key)
{
    constexpr std::string_view plain = "-_.*/!'()";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : key) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || plain.find(c) != std::string_view::npos)
            text += c;
        else if (c == ' ')
            text += '+';
        else
            text += {'%', digits[byte >> 4], digits[byte & 0xf]};
    }
    return text;
}

std::string contentType(const std::string &key)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> known{
        {{".jpg", "image/jpeg"},
         {".jpeg", "image/jpeg"},
         {".png", "image/png"},
         {".gif", "image/gif"},
         {".txt", "text/plain"},
         {".csv", "text/csv"},
         {".html", "text/html"},
         {".json", "application/json"},
         {".pdf", "application/pdf"},
         {".zip", "application/zip"},
         {".mp4", "video/mp4"},
         {".xml", "application/xml"}}};
    for (const auto &[suffix, type] : known)
        if (key.ends_with(suffix))
            return std::string(type);
    return "application/octet-stream";
}

} // namespace

ObjectSource::ObjectSource(TriggerContext context, ObjectTrigger trigger)
    : TriggerSource(std::move(context))
    , m_trigger(std::move(trigger))
    , m_folder(m_trigger.folder.empty()
                   ? this->context().services.folder / "buckets" / m_trigger.bucket
                   : fs::path(m_trigger.folder))
{
}

void ObjectSource::start()
{
    Result<std::unique_ptr<BucketWatch>> watch = BucketWatch::create(
        io(), m_folder, [this](BucketChange change) { onChange(std::move(change)); });
    if (!watch) {
        m_trouble = m_folder.string() + " cannot be watched: " + watch.error().detail;
        return;
    }
    m_watch = std::move(*watch);
    m_watch->onLost = [this] { countError(); };
}

std::string ObjectSource::words() const
{
    return m_trouble.empty() ? "watches " + m_folder.string() : m_trouble;
}

bool ObjectSource::isWanted(const BucketChange &change) const
{
    const std::vector<std::string> &events = m_trigger.events;
    return (events.empty() ||
            std::ranges::find(events, change.isRemoved ? "removed" : "created") != events.end()) &&
           change.key.starts_with(m_trigger.prefix) && change.key.ends_with(m_trigger.suffix);
}

void ObjectSource::onChange(BucketChange change)
{
    if (!isWanted(change))
        return;
    if (m_waiting.size() >= mostWaiting)
        return countOverruns(1);
    m_waiting.push_back(std::move(change));
    pump();
}

void ObjectSource::pump()
{
    while (!isStopped() && !isFrozen() && !m_waiting.empty() && m_running < context().parallel) {
        ++m_running;
        startCoroutine(io(), [this, change = std::move(m_waiting.front()),
                              self = shared_from_this()](boost::asio::yield_context yield) {
            (void)fire(objectEvent(context().function, context().dialect, m_trigger.bucket, change,
                                   m_folder),
                       "object", yield);
            --m_running;
            pump();
        });
        m_waiting.pop_front();
    }
}

std::string objectEvent(const std::string &function, const std::string &dialect,
                        const std::string &bucket, const BucketChange &change,
                        const fs::path &folder)
{
    EventValues values = commonValues(function, change.timeUs);
    char sequencer[24];
    std::snprintf(sequencer, sizeof sequencer, "%016llX",
                  static_cast<unsigned long long>(change.timeUs));
    values["event"] = change.isRemoved ? "removed" : "created";
    values["bucket"] = bucket;
    values["key"] = change.key;
    values["key_encoded"] = encodedKey(change.key);
    values["content_type"] = contentType(change.key);
    values["sequencer"] = sequencer;
    if (!change.isRemoved) {
        values["size"] = change.size;
        values["size_text"] = std::to_string(change.size);
        // Stores give no MD5 of large objects either.
        const Result<std::string> bytes =
            change.size <= mostHashed
                ? readFile(folder / change.key, mostHashed)
                : Result<std::string>(failure(ErrorCode::FileUnreadable, change.key));
        addDigests(values, bytes ? *bytes : change.key + sequencer);
    }
    return shapeEvent("object", dialect, values);
}

} // namespace runtime
