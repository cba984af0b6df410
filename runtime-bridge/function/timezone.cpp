#include "runtime-bridge/function/timezone.h"

#include "runtime-bridge/base/file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace runtime {

namespace {

constexpr std::int64_t daySeconds = 86'400;

/// Big-endian numbers of a zoneinfo file, with every step checked against its end.
class Bytes
{
public:
    explicit Bytes(std::string_view bytes) : m_bytes(bytes) {}

    std::int64_t number(std::size_t size)
    {
        if (!has(size))
            return 0;
        std::uint64_t value = (m_bytes[m_at] & 0x80) ? ~std::uint64_t(0) : 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8 | std::uint8_t(m_bytes[m_at++]);
        return std::int64_t(value);
    }
    std::string_view take(std::size_t size)
    {
        if (!has(size))
            return {};
        return m_bytes.substr(std::exchange(m_at, m_at + size), size);
    }
    std::string_view rest() { return take(m_bytes.size() - m_at); }
    [[nodiscard]] bool isFine() const { return m_fine; }

private:
    bool has(std::size_t size)
    {
        m_fine = m_fine && size <= m_bytes.size() - m_at;
        return m_fine;
    }
    std::string_view m_bytes;
    std::size_t m_at = 0;
    bool m_fine = true;
};

struct Header {
    std::size_t utcFlags, standardFlags, leaps, changes, kinds, letters;

    explicit Header(Bytes &bytes)
    {
        bytes.take(20); // magic, version and what is reserved
        for (std::size_t *field : {&utcFlags, &standardFlags, &leaps, &changes, &kinds, &letters})
            *field = std::size_t(std::uint32_t(bytes.number(4)));
    }
    [[nodiscard]] std::size_t bodySize(std::size_t timeSize) const
    {
        return changes * (timeSize + 1) + kinds * 6 + letters + leaps * (timeSize + 4) +
               standardFlags + utcFlags;
    }
};

/// Eats the text of a POSIX rule from the left.
class RuleText
{
public:
    explicit RuleText(std::string_view text) : m_text(text) {}

    bool isAtEnd() const { return m_text.empty(); }
    bool eat(char c)
    {
        if (m_text.empty() || m_text.front() != c)
            return false;
        m_text.remove_prefix(1);
        return true;
    }
    bool eatName()
    {
        if (eat('<')) {
            const std::size_t end = m_text.find('>');
            if (end == std::string_view::npos)
                return false;
            m_text.remove_prefix(end + 1);
            return true;
        }
        const std::size_t end = m_text.find_first_of("+-0123456789,");
        const std::size_t size = std::min(end, m_text.size());
        m_text.remove_prefix(size);
        return size >= 3;
    }
    bool eatNumber(int &value)
    {
        const auto [end, error] =
            std::from_chars(m_text.data(), m_text.data() + m_text.size(), value);
        if (error != std::errc() || value < 0)
            return false;
        m_text.remove_prefix(std::size_t(end - m_text.data()));
        return true;
    }
    /// "[+-]hh[:mm[:ss]]"
    bool eatTime(std::int64_t &seconds)
    {
        const bool negative = eat('-');
        if (!negative)
            eat('+');
        int hours = 0, minutes = 0, rest = 0;
        if (!eatNumber(hours) ||
            (eat(':') && (!eatNumber(minutes) || (eat(':') && !eatNumber(rest)))))
            return false;
        seconds = hours * 3600 + minutes * 60 + rest;
        if (negative)
            seconds = -seconds;
        return true;
    }
    bool eatYearly(YearlyRule &rule)
    {
        bool fine = false;
        if (eat('M')) {
            rule.kind = YearlyRule::Kind::Weekday;
            fine = eatNumber(rule.month) && eat('.') && eatNumber(rule.week) && eat('.') &&
                   eatNumber(rule.day) && rule.month >= 1 && rule.month <= 12 && rule.week >= 1 &&
                   rule.week <= 5 && rule.day <= 6;
        } else {
            rule.kind = eat('J') ? YearlyRule::Kind::JulianDay : YearlyRule::Kind::YearDay;
            fine = eatNumber(rule.day) && rule.day <= 365;
        }
        return fine && (!eat('/') || eatTime(rule.time));
    }

private:
    std::string_view m_text;
};

/// Local seconds since 1970 at which \a rule takes effect in \a year.
std::int64_t timeOf(const YearlyRule &rule, int year)
{
    using namespace std::chrono;
    const auto daysOf = [](auto date) {
        return std::int64_t(sys_days(date).time_since_epoch().count());
    };
    const std::chrono::year y(year);
    std::int64_t days = daysOf(y / January / 1);
    switch (rule.kind) {
    case YearlyRule::Kind::YearDay: days += rule.day; break;
    case YearlyRule::Kind::JulianDay: // 29 February is never counted
        days += rule.day - 1 + (y.is_leap() && rule.day >= 60 ? 1 : 0);
        break;
    case YearlyRule::Kind::Weekday: {
        const weekday on{unsigned(rule.day)};
        const month in{unsigned(rule.month)};
        days =
            rule.week == 5 ? daysOf(y / in / on[last]) : daysOf(y / in / on[unsigned(rule.week)]);
        break;
    }
    }
    return days * daySeconds + rule.time;
}

int yearOf(std::int64_t localTime)
{
    using namespace std::chrono;
    const auto days = (localTime >= 0 ? localTime : localTime - (daySeconds - 1)) / daySeconds;
    return int(year_month_day(sys_days(std::chrono::days(days))).year());
}

tl::unexpected<Error> notAZone(const std::string &name, std::string why)
{
    return failure(ErrorCode::RequestInvalid, name, std::move(why));
}

} // namespace

Result<TimeZone> TimeZone::load(const std::string &name)
{
    if (name.empty() || name == "UTC")
        return TimeZone();
    const bool isSafe = name.front() != '/' && name.find("..") == std::string::npos &&
                        std::ranges::all_of(name, [](char c) {
                            return std::isalnum(static_cast<unsigned char>(c)) ||
                                   std::string_view("/_+-").find(c) != std::string_view::npos;
                        });
    if (!isSafe)
        return notAZone(name, "no time zone has the name \"" + name + '"');
    const std::filesystem::path file = name == "local"
                                           ? std::filesystem::path("/etc/localtime")
                                           : std::filesystem::path("/usr/share/zoneinfo") / name;
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
        if (name == "local")
            return TimeZone();
        const bool anyZones = std::filesystem::exists("/usr/share/zoneinfo/Europe", error);
        return notAZone(name, "no time zone has the name \"" + name + '"' +
                                  (anyZones ? "" : "; the package tzdata brings the time zones"));
    }
    const Result<std::string> bytes = readFile(file, 1u << 20);
    if (!bytes)
        return tl::unexpected(bytes.error());
    return parse(*bytes, name);
}

Result<TimeZone> TimeZone::parse(std::string_view text, const std::string &name)
{
    const auto damaged = [&] { return notAZone(name, "its zoneinfo file is damaged"); };
    if (!text.starts_with("TZif"))
        return damaged();
    const std::size_t size = text.size() > 4 && text[4] >= '2' ? 8 : 4;
    Bytes bytes(text);
    Header header(bytes);
    if (size == 8) { // the first part is for readers of 32 bits
        bytes.take(header.bodySize(4));
        header = Header(bytes);
    }
    if (!bytes.isFine() || header.changes > text.size() || header.kinds == 0)
        return damaged();
    TimeZone zone;
    zone.m_changes.resize(header.changes);
    for (Change &change : zone.m_changes)
        change.time = bytes.number(size);
    const std::string_view kindOfChange = bytes.take(header.changes);
    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < header.kinds && bytes.isFine(); ++i) {
        offsets.push_back(bytes.number(4));
        bytes.take(2);
    }
    bytes.take(header.bodySize(size) - header.changes * (size + 1) - header.kinds * 6);
    if (!bytes.isFine())
        return damaged();
    zone.m_first = offsets.front();
    for (std::size_t i = 0; i < header.changes; ++i) {
        const auto kind = std::size_t(std::uint8_t(kindOfChange[i]));
        if (kind >= offsets.size() ||
            (i > 0 && zone.m_changes[i].time <= zone.m_changes[i - 1].time))
            return damaged();
        zone.m_changes[i].offset = offsets[kind];
    }
    zone.m_standard = zone.m_changes.empty() ? zone.m_first : zone.m_changes.back().offset;
    std::string_view rule = size == 8 ? bytes.rest() : std::string_view();
    if (rule.size() > 2 && !zone.readRule(rule.substr(1, rule.find('\n', 1) - 1)))
        return damaged();
    return zone;
}

Result<TimeZone> TimeZone::ofRule(std::string_view rule)
{
    TimeZone zone;
    if (!zone.readRule(rule))
        return notAZone(std::string(rule), "not a rule of POSIX");
    zone.m_first = zone.m_standard;
    return zone;
}

bool TimeZone::readRule(std::string_view text)
{
    RuleText rule(text);
    std::int64_t west = 0;
    if (!rule.eatName() || !rule.eatTime(west))
        return false;
    m_standard = -west;
    m_hasSummer = !rule.isAtEnd();
    if (!m_hasSummer)
        return true;
    if (!rule.eatName())
        return false;
    m_summer = m_standard + 3600;
    if (!rule.eat(',')) {
        if (!rule.eatTime(west) || !rule.eat(','))
            return false;
        m_summer = -west;
    }
    return rule.eatYearly(m_begin) && rule.eat(',') && rule.eatYearly(m_end) && rule.isAtEnd();
}

TimeZone::Stretch TimeZone::at(std::int64_t time) const
{
    const auto after = std::ranges::upper_bound(m_changes, time, {}, &Change::time);
    if (after == m_changes.begin() && !m_changes.empty())
        return {-always, after->time, m_first};
    if (after != m_changes.end())
        return {(after - 1)->time, after->time, (after - 1)->offset};
    Stretch stretch = byRule(time);
    if (!m_changes.empty() && stretch.begin < m_changes.back().time) {
        stretch.begin = m_changes.back().time;
        stretch.offset = m_changes.back().offset; // the rule begins after the last change
    }
    return stretch;
}

TimeZone::Stretch TimeZone::byRule(std::int64_t time) const
{
    if (!m_hasSummer)
        return {-always, always, m_standard};
    // The changes of the years around, in their order: each year has two.
    std::array<Change, 6> changes{};
    const int year = yearOf(time + m_standard);
    for (int i = 0; i < 3; ++i) {
        changes[std::size_t(2 * i)] = {timeOf(m_begin, year - 1 + i) - m_standard, m_summer};
        changes[std::size_t(2 * i + 1)] = {timeOf(m_end, year - 1 + i) - m_summer, m_standard};
    }
    std::ranges::sort(changes, {}, &Change::time);
    const auto after = std::ranges::upper_bound(changes, time, {}, &Change::time);
    if (after == changes.begin() || after == changes.end())
        return {time, time + 1, m_standard}; // rules of a length that no year has
    return {(after - 1)->time, after->time, (after - 1)->offset};
}

} // namespace runtime
