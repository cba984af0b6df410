#include "runtime-bridge/function/trigger.h"

#include "runtime-bridge/base/overloaded.h"
#include "runtime-bridge/function/cron.h"

#include <nlohmann/json.hpp>

#include <regex.h>

#include <algorithm>
#include <stdexcept>

namespace runtime {

using nlohmann::json;
using std::chrono::milliseconds;

std::string spokenDuration(milliseconds duration)
{
    const auto count = duration.count();
    if (count % 3'600'000 == 0)
        return std::to_string(count / 3'600'000) + " h";
    if (count % 60'000 == 0)
        return std::to_string(count / 60'000) + " min";
    if (count % 1'000 == 0)
        return std::to_string(count / 1'000) + " s";
    return std::to_string(count) + " ms";
}

std::string kindOf(const Trigger &trigger)
{
    return std::visit(
        Overloaded{[](const TimerTrigger &) { return "timer"; },
                   [](const HttpTrigger &http) { return http.secret.empty() ? "http" : "webhook"; },
                   [](const ObjectTrigger &) { return "object"; },
                   [](const QueueTrigger &) { return "queue"; },
                   [](const MqttTrigger &) { return "mqtt"; },
                   [](const BrokerTrigger &broker) { return broker.kind.c_str(); },
                   [](const LogTrigger &) { return "log"; },
                   [](const SqliteTrigger &) { return "database"; },
                   [](const SensorTrigger &) { return "sensor"; }},
        trigger);
}

std::string describe(const Trigger &trigger)
{
    return std::visit(
        Overloaded{
            [](const TimerTrigger &timer) {
                if (timer.cron.empty())
                    return spokenDuration(timer.every);
                return timer.cron + (timer.zone.empty() ? "" : " " + timer.zone);
            },
            [](const HttpTrigger &http) {
                std::string text = http.secret.empty() ? "" : "webhook ";
                for (const std::string &method : http.methods)
                    text += method + ' ';
                return text + http.path;
            },
            [](const ObjectTrigger &object) {
                return "bucket " + object.bucket + '/' + object.prefix + '*' + object.suffix;
            },
            [](const QueueTrigger &queue) { return "queue " + queue.name; },
            [](const MqttTrigger &mqtt) { return "topic " + mqtt.topic; },
            [](const LogTrigger &log) { return "lines of " + log.file; },
            [](const SqliteTrigger &rows) { return "rows of " + rows.table + " in " + rows.file; },
            [](const SensorTrigger &sensor) { return describe(sensor); },
            [](const BrokerTrigger &broker) {
                const BrokerKind *kind = findBrokerKind(broker.kind);
                return (kind ? std::string(kind->from) + ' ' : "") + broker.from;
            },
        },
        trigger);
}

namespace {

std::string objectionToName(const std::string &name, const std::string &what)
{
    return isTriggerName(name) ? ""
                               : what + " \"" + name + "\" is no name of letters, digits, -, _, .";
}

std::string objection(const TimerTrigger &timer)
{
    if (timer.cron.empty())
        return timer.every < milliseconds(10) ? "timer under 10 ms" : "";
    const Result<Cron> cron = Cron::parse(timer.cron);
    return cron ? std::string() : cron.error().detail;
}

std::string objection(const HttpTrigger &http)
{
    return http.path.starts_with('/') ? "" : "http path without leading '/'";
}

std::string objection(const ObjectTrigger &object)
{
    for (const std::string &event : object.events)
        if (event != "created" && event != "removed")
            return "object event \"" + event + '"';
    return objectionToName(object.bucket, "bucket");
}

std::string objection(const QueueTrigger &queue)
{
    if (queue.batch < 1 || queue.batch > 10'000)
        return "batch out of 1 to 10000";
    const std::string name = objectionToName(queue.name, "queue");
    return name.empty() ? objection(queue.retry) : name;
}

std::string objection(const MqttTrigger &mqtt)
{
    if (!brokerAddress(mqtt.broker))
        return "broker \"" + mqtt.broker + "\" is not of the form mqtt://host:port";
    if (mqtt.qos < 0 || mqtt.qos > 2)
        return "qos out of 0 to 2";
    if (mqtt.user.empty() && !mqtt.password.empty())
        return "a password needs a user";
    const std::string topic = objectionToTopic(mqtt.topic);
    return topic.empty() ? objection(mqtt.retry) : topic;
}

std::string objection(const LogTrigger &log)
{
    if (!log.file.starts_with('/') || log.file.ends_with('/'))
        return "a file is expected, as /var/log/app.log";
    regex_t match;
    if (const int error = ::regcomp(&match, log.match.c_str(), REG_EXTENDED | REG_NOSUB)) {
        char words[200] = "";
        ::regerror(error, &match, words, sizeof words);
        return "\"" + log.match + "\" is no regular expression: " + words;
    }
    ::regfree(&match);
    return objection(log.retry);
}

std::string objection(const SqliteTrigger &rows)
{
    if (!rows.file.starts_with('/') || rows.file.ends_with('/'))
        return "a file is expected, as sqlite:///var/lib/app.db";
    for (const std::string &name : {rows.table, rows.key})
        if (name.size() > 200 || name.find('\0') != std::string::npos)
            return "the name of a table or a column is too long";
    if (rows.table.empty())
        return "a table is expected";
    return objection(rows.retry);
}

json settings(const TimerTrigger &timer)
{
    return {{"every_ms", timer.every.count()}, {"cron", timer.cron}, {"zone", timer.zone}};
}

json settings(const HttpTrigger &http)
{
    return {{"path", http.path}, {"methods", http.methods}, {"secret", http.secret}};
}

json settings(const ObjectTrigger &object)
{
    return {{"bucket", object.bucket},
            {"folder", object.folder},
            {"events", object.events},
            {"prefix", object.prefix},
            {"suffix", object.suffix}};
}

json settings(const QueueTrigger &queue)
{
    return {{"name", queue.name}, {"batch", queue.batch}, {"retry", toJson(queue.retry)}};
}

json settings(const MqttTrigger &mqtt)
{
    return {{"broker", mqtt.broker}, {"topic", mqtt.topic},       {"qos", mqtt.qos},
            {"user", mqtt.user},     {"password", mqtt.password}, {"retry", toJson(mqtt.retry)}};
}

json settings(const LogTrigger &log)
{
    return {{"file", log.file}, {"match", log.match}, {"retry", toJson(log.retry)}};
}

json settings(const SqliteTrigger &rows)
{
    return {{"file", rows.file},
            {"table", rows.table},
            {"key", rows.key},
            {"retry", toJson(rows.retry)}};
}

} // namespace

bool isTriggerName(std::string_view name)
{
    const auto alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= 80 && alphanumeric(name.front()) &&
           std::ranges::all_of(
               name, [&](char c) { return alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

std::string objectionToTopic(std::string_view filter)
{
    if (filter.empty() || filter.size() > 0xffff)
        return "a topic such as home/+/lux is expected";
    if (filter.find('\0') != std::string_view::npos)
        return "a topic has no null character";
    for (std::size_t begin = 0; begin <= filter.size();) {
        const std::size_t end = std::min(filter.find('/', begin), filter.size());
        const std::string_view level = filter.substr(begin, end - begin);
        if (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos)
            return "\"+\" and \"#\" stand for whole levels of a topic, as in home/+/lux";
        if (level == "#" && end != filter.size())
            return "\"#\" is the last level of a topic";
        begin = end + 1;
    }
    return {};
}

std::string passwordNameOf(const Trigger &trigger)
{
    return std::visit(Overloaded{[](const MqttTrigger &mqtt) { return mqtt.password; },
                                 [](const BrokerTrigger &broker) { return broker.password; },
                                 [](const auto &) { return std::string(); }},
                      trigger);
}

std::string objectionTo(const Trigger &trigger)
{
    return std::visit([](const auto &one) { return objection(one); }, trigger);
}

json toJson(const Trigger &trigger)
{
    json object = std::visit([](const auto &one) { return settings(one); }, trigger);
    object["kind"] = kindOf(trigger);
    return object;
}

Trigger triggerFromJson(const json &item)
{
    const auto kind = item.at("kind").get<std::string>();
    if (kind == "timer")
        return TimerTrigger{milliseconds(item.value("every_ms", std::int64_t(0))),
                            item.value("cron", ""), item.value("zone", "")};
    if (kind == "http" || kind == "webhook")
        return HttpTrigger{item.at("path").get<std::string>(),
                           item.at("methods").get<std::vector<std::string>>(),
                           item.value("secret", "")};
    if (kind == "object")
        return ObjectTrigger{item.at("bucket").get<std::string>(), item.value("folder", ""),
                             item.value("events", std::vector<std::string>()),
                             item.value("prefix", ""), item.value("suffix", "")};
    if (kind == "queue")
        return QueueTrigger{item.at("name").get<std::string>(), item.value("batch", 10),
                            retryFromJson(item.value("retry", json::object()))};
    if (kind == "mqtt")
        return MqttTrigger{item.at("broker").get<std::string>(),
                           item.at("topic").get<std::string>(),
                           item.value("qos", 1),
                           item.value("user", ""),
                           item.value("password", ""),
                           retryFromJson(item.value("retry", json::object()))};
    if (kind == "log")
        return LogTrigger{item.at("file").get<std::string>(), item.value("match", ""),
                          retryFromJson(item.value("retry", json::object()))};
    if (kind == "database" && item.contains("table"))
        return SqliteTrigger{item.at("file").get<std::string>(),
                             item.at("table").get<std::string>(), item.value("key", ""),
                             retryFromJson(item.value("retry", json::object()))};
    if (kind == "sensor")
        return sensorTriggerFromJson(item);
    if (findBrokerKind(kind))
        return brokerTriggerFromJson(item);
    throw std::invalid_argument("unknown trigger kind \"" + kind + '"');
}

} // namespace runtime
