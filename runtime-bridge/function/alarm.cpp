#include "runtime-bridge/function/alarm.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

namespace runtime {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr std::array<std::string_view, 3> alarmKindNames{"failures", "duration", "absence"};
constexpr auto shortestWindow = milliseconds(1'000);
constexpr auto longestWindow = std::chrono::hours(24 * 7);

std::string timeWords(milliseconds time)
{
    const std::int64_t count = time.count();
    if (count % 3'600'000 == 0)
        return std::to_string(count / 3'600'000) + "h";
    if (count % 60'000 == 0)
        return std::to_string(count / 60'000) + "min";
    return count % 1'000 == 0 ? std::to_string(count / 1'000) + "s" : std::to_string(count) + "ms";
}

std::string percentWords(double share)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6g%%", share * 100);
    return text;
}

} // namespace

std::string_view wireName(AlarmKind kind)
{
    return alarmKindNames.at(std::size_t(kind));
}

std::optional<AlarmKind> alarmKindFromName(std::string_view name)
{
    const auto it = std::ranges::find(alarmKindNames, name);
    if (it == alarmKindNames.end())
        return std::nullopt;
    return AlarmKind(it - alarmKindNames.begin());
}

std::string describe(const Alarm &alarm)
{
    const std::string window = timeWords(alarm.window);
    switch (alarm.on) {
    case AlarmKind::Failures:
        return "failures above " + percentWords(alarm.share) + " in " + window;
    case AlarmKind::Duration:
        return "duration above " + timeWords(alarm.duration) + " in " + window;
    case AlarmKind::Absence: break;
    }
    return "absence for " + window;
}

json toJson(const Alarm &alarm)
{
    return {{"on", wireName(alarm.on)},
            {"share", alarm.share},
            {"duration_ms", alarm.duration.count()},
            {"window_ms", alarm.window.count()},
            {"message", alarm.message},
            {"webhook", alarm.webhook},
            {"function", alarm.function}};
}

Alarm alarmFromJson(const json &object)
{
    const auto on = alarmKindFromName(object.at("on").get<std::string>());
    if (!on)
        throw std::invalid_argument("alarm on \"" + object.at("on").get<std::string>() + '"');
    return {*on,
            object.value("share", 0.0),
            milliseconds(object.value("duration_ms", std::int64_t(0))),
            milliseconds(object.at("window_ms").get<std::int64_t>()),
            object.value("message", ""),
            object.value("webhook", ""),
            object.value("function", "")};
}

std::string objectionTo(const Alarm &alarm, const std::string &owner)
{
    if (alarm.window < shortestWindow || alarm.window > longestWindow)
        return "an alarm looks back from 1s to 7 days";
    if (alarm.on == AlarmKind::Failures && !(alarm.share >= 0 && alarm.share < 1))
        return "an alarm on failures is above a share from 0% to under 100%";
    if (alarm.on == AlarmKind::Duration &&
        (alarm.duration < milliseconds(1) || alarm.duration > std::chrono::hours(24)))
        return "an alarm on duration is above a time such as 200ms";
    if (!alarm.webhook.empty() && !alarm.function.empty())
        return "an alarm has one action";
    if (alarm.webhook.starts_with("https://"))
        return "the runtime posts alarms without TLS: a webhook begins with http://, not https://";
    if (!alarm.webhook.empty() && !webhookAddress(alarm.webhook))
        return "a webhook is an address such as http://127.0.0.1:8080/alarms, not \"" +
               alarm.webhook + '"';
    if (alarm.function == owner)
        return "an alarm invokes another function than its own";
    return {};
}

std::optional<WebhookAddress> webhookAddress(std::string_view url)
{
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme))
        return std::nullopt;
    url.remove_prefix(scheme.size());
    const auto isAllowed = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; };
    if (!std::ranges::all_of(url, isAllowed))
        return std::nullopt;
    WebhookAddress address;
    const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
    std::string_view authority = url.substr(0, end);
    if (authority.find('@') != std::string_view::npos)
        return std::nullopt; // nobody would keep the password
    if (const std::string_view rest = url.substr(end, url.find('#') - end); !rest.empty())
        address.target = rest.front() == '/' ? std::string(rest) : '/' + std::string(rest);
    // An IPv6 address stands in brackets, for the sake of its colons.
    const std::size_t close = authority.starts_with('[') ? authority.find(']') : 0;
    if (close == std::string_view::npos)
        return std::nullopt;
    const std::size_t colon = authority.find(':', close);
    if (colon != std::string_view::npos) {
        const std::string_view port = authority.substr(colon + 1);
        const bool isNumber = !port.empty() && port.size() <= 5 &&
                              port.find_first_not_of("0123456789") == std::string_view::npos;
        if (!isNumber || std::stoi(std::string(port)) < 1 || std::stoi(std::string(port)) > 65'535)
            return std::nullopt;
        address.port = port;
        authority = authority.substr(0, colon);
    }
    if (close > 0 && authority.size() != close + 1)
        return std::nullopt;
    address.host = close > 0 ? authority.substr(1, close - 1) : authority;
    if (address.host.empty())
        return std::nullopt;
    return address;
}

} // namespace runtime
