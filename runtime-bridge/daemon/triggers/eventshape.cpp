#include "runtime-bridge/daemon/triggers/eventshape.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/httptext.h"

#include <nlohmann/json.hpp>

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <ctime>
#include <optional>

namespace runtime {

using nlohmann::json;

namespace {

/// Whose shapes a dialect without a folder of its own takes.
std::string folderOf(const std::string &dialect)
{
    static const std::map<std::string, std::string> same{{"cloudbase", "tencent"},
                                                         {"custom", "aws"},
                                                         {"knative", "gcp"},
                                                         {"serverless-framework", "aws"}};
    const auto it = same.find(dialect);
    return it == same.end() ? dialect : it->second;
}

const json &shapeOf(const std::string &kind, const std::string &dialect)
{
    static const auto files = unpack(embeddedEventShapes());
    static const std::map<std::string, std::string> texts(files.begin(), files.end());
    static std::map<std::string, json> parsed;
    for (const std::string &folder : {folderOf(dialect), std::string("any"), std::string("aws")}) {
        const auto text = texts.find(folder + '/' + kind + ".json");
        if (text == texts.end())
            continue;
        json &shape = parsed[text->first];
        if (shape.is_null())
            shape = json::parse(text->second);
        return shape;
    }
    static const json none = json::object();
    return none;
}

std::string textOf(const json &value)
{
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The value of "name" or "name:a=x,b=y"; nothing when it is not known.
std::optional<json> valueOf(std::string_view reference, const EventValues &values)
{
    const std::size_t colon = reference.find(':');
    const auto it = values.find(std::string(reference.substr(0, colon)));
    if (it == values.end())
        return std::nullopt;
    if (colon == std::string_view::npos)
        return it->second;
    const std::string wanted = textOf(it->second) + '=';
    std::string_view choices = reference.substr(colon + 1);
    while (!choices.empty()) {
        const std::string_view choice = choices.substr(0, choices.find(','));
        if (choice.starts_with(wanted))
            return json(choice.substr(wanted.size()));
        choices.remove_prefix(std::min(choices.size(), choice.size() + 1));
    }
    return std::nullopt;
}

std::optional<json> fillText(const std::string &text, const EventValues &values)
{
    std::string filled;
    std::size_t at = 0;
    for (;;) {
        const std::size_t begin = text.find("${", at);
        const std::size_t end = begin == std::string::npos ? begin : text.find('}', begin);
        if (end == std::string::npos)
            return json(filled + text.substr(at));
        const std::optional<json> value =
            valueOf(std::string_view(text).substr(begin + 2, end - begin - 2), values);
        if (!value || (begin == 0 && end + 1 == text.size()))
            return value;
        filled += text.substr(at, begin - at) + textOf(*value);
        at = end + 1;
    }
}

/// In gzip's form (RFC 1952).
std::string compressed(std::string bytes)
{
    z_stream stream{};
    constexpr int gzip = 16, window = 15, memory = 8;
    if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip + window, memory,
                       Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string packed(::deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef *>(bytes.data());
    stream.avail_in = uInt(bytes.size());
    stream.next_out = reinterpret_cast<Bytef *>(packed.data());
    stream.avail_out = uInt(packed.size());
    ::deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    return packed;
}

struct Filling {
    const EventValues &values;
    const std::vector<EventValues> &items;
};

std::optional<json> fill(const json &shape, const Filling &filling);

json fillList(const json &shape, const Filling &filling)
{
    json list = json::array();
    for (const json &item : shape) {
        if (!item.is_object() || !item.contains("$each")) {
            if (std::optional<json> filled = fill(item, filling))
                list.push_back(std::move(*filled));
            continue;
        }
        json one = item;
        one.erase("$each");
        for (EventValues values : filling.items) {
            values.insert(filling.values.begin(), filling.values.end());
            if (std::optional<json> filled = fill(one, {values, filling.items}))
                list.push_back(std::move(*filled));
        }
    }
    return list;
}

std::optional<json> fill(const json &shape, const Filling &filling)
{
    if (shape.is_string())
        return fillText(shape.get_ref<const std::string &>(), filling.values);
    if (shape.is_array())
        return fillList(shape, filling);
    if (!shape.is_object())
        return shape;
    if (shape.contains("$gzip"))
        return json(toBase64(compressed(textOf(fill(shape["$gzip"], filling).value_or(json())))));
    json object = json::object();
    for (const auto &[key, value] : shape.items())
        if (std::optional<json> filled = fill(value, filling))
            object[textOf(fillText(key, filling.values).value_or(key))] = std::move(*filled);
    return object;
}

bool hasEach(const json &shape)
{
    if (!shape.is_structured())
        return false;
    return (shape.is_object() && shape.contains("$each")) || std::ranges::any_of(shape, hasEach);
}

} // namespace

std::string shapeEvent(const std::string &kind, const std::string &dialect,
                       const EventValues &values, const std::vector<EventValues> &items)
{
    EventValues all = items.empty() ? EventValues() : items.front();
    all.insert(values.begin(), values.end());
    const std::optional<json> event = fill(shapeOf(kind, dialect), {all, items});
    return event.value_or(json()).dump(-1, ' ', false, json::error_handler_t::replace);
}

bool takesSeveral(const std::string &kind, const std::string &dialect)
{
    return hasEach(shapeOf(kind, dialect));
}

std::string eventTime(std::int64_t timeUs, bool withMilliseconds)
{
    const std::time_t seconds = timeUs / 1'000'000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    if (!withMilliseconds)
        return std::string(text) + 'Z';
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03dZ", int(timeUs / 1'000 % 1'000));
    return std::string(text) + fraction;
}

EventValues commonValues(const std::string &function, std::int64_t timeUs)
{
    return {{"function", function},
            {"id", createId()},
            {"time", eventTime(timeUs)},
            {"time_ms", eventTime(timeUs, true)},
            {"seconds", timeUs / 1'000'000}};
}

void addDigests(EventValues &values, std::string_view bytes)
{
    const std::string digest = md5Of(bytes);
    const std::string hex = toHex(digest);
    std::string upper = hex;
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c >= 'a' ? char(c - 32) : c; });
    values["md5"] = hex;
    values["md5_upper"] = upper;
    values["md5_base64"] = toBase64(digest);
}

} // namespace runtime
