#include "runtime-bridge/function/importers/schedule.h"

#include "runtime-bridge/function/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <vector>

namespace runtime::importers {

using std::chrono::milliseconds;

namespace {

using Fields = std::vector<std::string>;

Fields split(std::string_view text)
{
    Fields fields;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;)
        fields.push_back(word);
    return fields;
}

tl::unexpected<Error> refused(std::string_view text, std::string why)
{
    return failure(ErrorCode::ApplicationInvalid, std::string(text), std::move(why));
}

/// One field of a cron expression: lists, ranges and steps of numbers, or of names of months and
/// days. What some platforms add to these ("L", "15W", "2#1") is none.
bool isField(std::string_view field)
{
    static constexpr std::string_view names =
        " jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat ";
    std::string word = " ";
    for (const char c : std::string(field) + ' ') {
        const bool isLetter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (isLetter)
            word += char(c | 0x20);
        else if (word != " " &&
                 names.find(std::exchange(word, " ") + ' ') == std::string_view::npos)
            return false;
        if (!isLetter && std::string_view("0123456789*/,- ").find(c) == std::string_view::npos)
            return false;
    }
    return !field.empty();
}

Result<Schedule> scheduleOf(std::string_view text, Fields fields)
{
    for (std::string &field : fields)
        std::ranges::replace(field, '?', '*');
    for (const std::string &field : fields)
        if (!isField(field))
            return refused(text, "\"" + field + "\" has no meaning here");
    Schedule schedule;
    for (const std::string &field : fields)
        schedule.cron += (schedule.cron.empty() ? "" : " ") + field;
    return schedule;
}

/// "MON-FRI" stays; "2-6" of a week that begins with 1 for Sunday becomes "1-5". A step is no day.
std::string fromOne(const std::string &days)
{
    std::string out;
    bool isStep = false;
    for (const char c : days) {
        const bool isDay = c >= '1' && c <= '7' && !isStep;
        out += isDay ? char(c - 1) : c;
        isStep = c == '/' || (isStep && c >= '0' && c <= '9');
    }
    return out;
}

Result<Schedule> rate(std::string_view text, std::string_view inner)
{
    const Fields words = split(inner);
    std::int64_t count = 0;
    if (words.size() == 2)
        std::from_chars(words[0].data(), words[0].data() + words[0].size(), count);
    static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
        {{"second", 1'000}, {"minute", 60'000}, {"hour", 3'600'000}, {"day", 86'400'000}}};
    if (count > 0 && count < 100'000'000)
        for (const auto &[unit, length] : units)
            if (words[1] == unit || words[1] == std::string(unit) + 's')
                return Schedule{milliseconds(count * length), {}, {}};
    return refused(text, "\"rate(5 minutes)\" is expected");
}

Result<Schedule> every(std::string_view text, std::string_view length)
{
    // "1h30m" is a sum.
    milliseconds sum{};
    while (!length.empty()) {
        const std::size_t unit = length.find_first_not_of("0123456789.");
        const std::size_t end =
            unit == std::string_view::npos ? unit : length.find_first_of("0123456789.", unit);
        const auto part = durationFromText(length.substr(0, end));
        if (unit == std::string_view::npos || !part)
            return refused(text, "a length such as 5m is expected");
        sum += *part;
        length.remove_prefix(std::min(end, length.size()));
    }
    if (sum < milliseconds(10))
        return refused(text, "a timer fires at most every 10 ms");
    return Schedule{sum, {}, {}};
}

} // namespace

Result<Schedule> scheduleFromAws(std::string_view text)
{
    const bool isRate = text.starts_with("rate(");
    if ((!isRate && !text.starts_with("cron(")) || !text.ends_with(')'))
        return refused(text, "\"rate(…)\" or \"cron(…)\" is expected");
    const std::string_view inner = text.substr(5, text.size() - 6);
    if (isRate)
        return rate(text, inner);
    Fields fields = split(inner);
    if (fields.size() != 6)
        return refused(text, "six fields are expected");
    if (fields[5] != "*")
        return refused(text, "a cron expression has no year here");
    fields.pop_back();
    if (fields[4].find('#') == std::string::npos)
        fields[4] = fromOne(fields[4]);
    return scheduleOf(text, std::move(fields));
}

Result<Schedule> scheduleFromUnix(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> words{
        {{"@yearly", "0 0 1 1 *"},
         {"@annually", "0 0 1 1 *"},
         {"@monthly", "0 0 1 * *"},
         {"@weekly", "0 0 * * 0"},
         {"@daily", "0 0 * * *"},
         {"@midnight", "0 0 * * *"},
         {"@hourly", "0 * * * *"}}};
    for (const auto &[word, meaning] : words)
        if (text == word)
            return Schedule{{}, std::string(meaning), {}};
    if (text.starts_with("@every "))
        return every(text, text.substr(7));
    Fields fields = split(text);
    if (fields.size() == 6)
        return scheduleWithSeconds(text);
    if (fields.size() != 5)
        return refused(text, "five fields are expected");
    return scheduleOf(text, std::move(fields));
}

Result<Schedule> scheduleWithSeconds(std::string_view text)
{
    std::string zone;
    std::string_view rest = text;
    for (const std::string_view prefix : {"CRON_TZ=", "TZ="})
        if (rest.starts_with(prefix)) {
            rest.remove_prefix(prefix.size());
            zone = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(rest.size(), zone.size() + 1));
        }
    if (rest.starts_with('@')) {
        Result<Schedule> schedule = scheduleFromUnix(rest);
        if (schedule)
            schedule->zone = zone;
        return schedule;
    }
    int hours = 0, minutes = 0, seconds = 0;
    char more = 0;
    if (std::sscanf(std::string(rest).c_str(), "%d:%d:%d%c", &hours, &minutes, &seconds, &more) ==
            3 &&
        hours >= 0 && hours < 1000 && minutes >= 0 && seconds >= 0)
        return every(text, std::to_string(hours * 3600 + minutes * 60 + seconds) + "s");
    Fields fields = split(rest);
    if (fields.size() == 7 && fields.back() == "*")
        fields.pop_back();
    if (fields.size() == 7)
        return refused(text, "a cron expression has no year here");
    if (fields.size() == 5)
        fields.insert(fields.begin(), "0");
    if (fields.size() != 6)
        return refused(text, "six fields are expected, the first for seconds");
    const bool everyTime = std::all_of(fields.begin() + 1, fields.end(), [](const std::string &f) {
        return f == "*" || f == "?" || f == "*/1";
    });
    if (everyTime &&
        (fields[0] == "*" || fields[0].starts_with("*/") || fields[0].starts_with("0/")))
        return every(text, (fields[0] == "*" ? "1" : fields[0].substr(2)) + "s");
    if (fields[0] != "0" && fields[0] != "00")
        return refused(text, "seconds beside other fields cannot be given here");
    fields.erase(fields.begin());
    Result<Schedule> schedule = scheduleOf(text, std::move(fields));
    if (schedule)
        schedule->zone = zone;
    return schedule;
}

} // namespace runtime::importers
