#include "runtime-bridge/function/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <span>
#include <sstream>
#include <vector>

namespace runtime {

namespace {

constexpr std::int64_t day = 86'400;
constexpr int horizon = 100; // years
constexpr std::array<std::string_view, 12> monthNames{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekdayNames{"SUN", "MON", "TUE", "WED",
                                                       "THU", "FRI", "SAT"};

/// What a field may hold.
struct Field {
    const char *name;
    int least, most;
    std::span<const std::string_view> names; ///< The first is \c least.
};

std::vector<std::string> split(const std::string &text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        if (separator != ' ' || !part.empty())
            parts.push_back(part);
    return parts;
}

std::string upper(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    return text;
}

std::optional<int> numberIn(const std::string &text, const Field &field)
{
    const auto name = std::ranges::find(field.names, upper(text));
    if (name != field.names.end())
        return field.least + int(name - field.names.begin());
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
        value < field.least || value > field.most)
        return std::nullopt;
    return value;
}

/// Sets in \a bits what one item of a list stands for: "*", "5", "MON-FRI", "*/10", "8-18/2".
template<std::size_t N>
bool readItem(const std::string &item, const Field &field, std::bitset<N> &bits, int base)
{
    const std::size_t slash = item.find('/');
    std::string range = item.substr(0, slash);
    int step = 1;
    if (slash != std::string::npos) {
        const std::optional<int> given = numberIn(item.substr(slash + 1), {"", 1, field.most, {}});
        if (!given)
            return false;
        step = *given;
    }
    int first = field.least, last = field.most;
    if (range != "*" && range != "?") {
        const std::size_t dash = range.find('-', 1);
        const std::optional<int> from = numberIn(range.substr(0, dash), field);
        if (!from)
            return false;
        first = *from;
        last = slash == std::string::npos ? first : field.most;
        if (dash != std::string::npos) {
            const std::optional<int> to = numberIn(range.substr(dash + 1), field);
            if (!to)
                return false;
            last = *to;
        }
        if (last < first) // "FRI-MON", "22-4": over the end
            last += field.most - field.least + 1;
    }
    const int size = field.most - field.least + 1;
    for (int value = first; value <= last; value += step)
        bits.set(std::size_t(field.least + (value - field.least) % size - base));
    return true;
}

template<std::size_t N>
Result<> readField(const std::string &text, const Field &field, std::bitset<N> &bits, int base = 0)
{
    for (const std::string &item : split(text, ','))
        if (!readItem(item, field, bits, base))
            return failure(ErrorCode::RequestInvalid, "cron",
                           "\"" + item + "\" is no " + field.name + " from " +
                               std::to_string(field.least) + " to " + std::to_string(field.most));
    if (bits.none())
        return failure(ErrorCode::RequestInvalid, "cron", "\"" + text + "\" is no " + field.name);
    return {};
}

bool isAny(const std::string &field)
{
    return field.starts_with('*') || field == "?";
}

const std::map<std::string, std::string> &shorthands()
{
    static const std::map<std::string, std::string> all{
        {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"}};
    return all;
}

} // namespace

Result<Cron> Cron::parse(const std::string &expression)
{
    const auto shorthand = shorthands().find(expression);
    std::vector<std::string> fields =
        split(shorthand == shorthands().end() ? expression : shorthand->second, ' ');
    if (fields.size() < 5 || fields.size() > 7)
        return failure(ErrorCode::RequestInvalid, "cron",
                       "\"" + expression + "\" has not 5 fields: minute hour day month weekday");
    if (fields.size() == 5)
        fields.insert(fields.begin(), "0");
    if (fields.size() == 6)
        fields.push_back("*");
    Cron cron;
    cron.m_anyHour = fields[2] == "*" || fields[2] == "*/1";
    cron.m_anyDay = isAny(fields[3]);
    cron.m_anyWeekday = isAny(fields[5]);
    cron.m_lastDay = upper(fields[3]) == "L";
    std::bitset<8> weekdays;
    const auto wrong = [&]() -> Result<> {
        Result<> done = readField(fields[0], {"second", 0, 59, {}}, cron.m_seconds);
        if (done)
            done = readField(fields[1], {"minute", 0, 59, {}}, cron.m_minutes);
        if (done)
            done = readField(fields[2], {"hour", 0, 23, {}}, cron.m_hours);
        if (done && !cron.m_lastDay)
            done = readField(fields[3], {"day of the month", 1, 31, {}}, cron.m_days);
        if (done)
            done = readField(fields[4], {"month", 1, 12, monthNames}, cron.m_months);
        if (done)
            done = readField(fields[5], {"weekday", 0, 7, weekdayNames}, weekdays);
        if (done)
            done = readField(fields[6], {"year", 1970, 2199, {}}, cron.m_years, 1970);
        return done;
    };
    if (const Result<> read = wrong(); !read)
        return tl::unexpected(read.error());
    weekdays[0] = weekdays[0] || weekdays[7]; // both are Sunday
    cron.m_weekdays = weekdays;
    return cron;
}

bool Cron::matchesDay(std::int64_t days) const
{
    using namespace std::chrono;
    const sys_days date{std::chrono::days(days)};
    const year_month_day parts(date);
    const int year = int(parts.year()) - 1970;
    if (year < 0 || year >= int(m_years.size()) || !m_years[std::size_t(year)] ||
        !m_months[unsigned(parts.month())])
        return false;
    const bool isDay = m_lastDay ? parts.day() == (parts.year() / parts.month() / last).day()
                                 : m_days[unsigned(parts.day())];
    const bool isWeekday = m_weekdays[weekday(date).c_encoding()];
    if (m_anyDay || m_anyWeekday)
        return isDay && isWeekday;
    return isDay || isWeekday;
}

std::optional<std::int64_t> Cron::nextLocal(std::int64_t time) const
{
    const auto begin = time / day - (time % day < 0 ? 1 : 0);
    std::int64_t from = time - begin * day; // seconds of the first day
    for (std::int64_t days = begin; days < begin + horizon * 366; ++days, from = 0) {
        if (!matchesDay(days))
            continue;
        for (auto hour = from / 3600; hour < 24; ++hour) {
            if (!m_hours[std::size_t(hour)])
                continue;
            for (auto minute = hour == from / 3600 ? from / 60 % 60 : 0; minute < 60; ++minute) {
                if (!m_minutes[std::size_t(minute)])
                    continue;
                const bool isFirst = hour * 60 + minute == from / 60;
                for (auto second = isFirst ? from % 60 : 0; second < 60; ++second)
                    if (m_seconds[std::size_t(second)])
                        return days * day + hour * 3600 + minute * 60 + second;
            }
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> Cron::next(std::int64_t time, const TimeZone &zone) const
{
    std::int64_t from = time + 1;
    const std::int64_t limit = time + horizon * 366 * day;
    while (from < limit) {
        const TimeZone::Stretch stretch = zone.at(from);
        std::int64_t local = from + stretch.offset;
        if (!m_anyHour && stretch.begin != -TimeZone::always) {
            const std::int64_t wouldBe = stretch.begin + zone.at(stretch.begin - 1).offset;
            const std::int64_t is = stretch.begin + stretch.offset;
            if (wouldBe > is) { // clocks went back: what was there already is over
                local = std::max(local, wouldBe);
            } else if (wouldBe < is && from == stretch.begin) { // clocks go forward now
                const std::optional<std::int64_t> leftOut = nextLocal(wouldBe);
                if (leftOut && *leftOut < is)
                    return stretch.begin;
            }
        }
        const std::optional<std::int64_t> found = nextLocal(local);
        if (!found)
            return std::nullopt;
        if (*found - stretch.offset < stretch.end)
            return *found - stretch.offset;
        from = stretch.end;
    }
    return std::nullopt;
}

} // namespace runtime
