#include "runtime-bridge/function/applicationwriter.h"

#include "runtime-bridge/base/overloaded.h"
#include "runtime-bridge/function/alarmsettings.h"

#include <algorithm>
#include <cstdio>

namespace runtime {

using std::chrono::milliseconds;

namespace {

/// A text as YAML reads it back, whatever is in it.
std::string quotation(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\x%02x",
                          unsigned(static_cast<unsigned char>(c)));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// Without quotation marks where it cannot be taken for anything but this text.
std::string word(std::string_view text)
{
    const auto isPlain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.' || c == '/';
    };
    const bool isLetter = !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') ||
                                            (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '_');
    static constexpr std::string_view others = " true false null yes no on off y n ";
    std::string lower = " ";
    for (const char c : text)
        lower += c >= 'A' && c <= 'Z' ? char(c | 0x20) : c;
    const bool isWord = isLetter && std::ranges::all_of(text, isPlain) &&
                        others.find(lower + ' ') == std::string_view::npos;
    return isWord || text == "." ? std::string(text) : quotation(text);
}

std::string durationText(milliseconds duration)
{
    const auto count = duration.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::string sizeText(std::uint64_t bytes)
{
    return bytes % (1u << 20) == 0 ? std::to_string(bytes >> 20) + "MB" : std::to_string(bytes);
}

std::string list(const std::vector<std::string> &words)
{
    std::string text;
    for (const std::string &item : words)
        text += (text.empty() ? "" : ", ") + word(item);
    return '[' + text + ']';
}

std::string retryText(const Retry &retry)
{
    return "attempts: " + std::to_string(retry.attempts) +
           ", backoff: " + durationText(retry.backoff);
}

std::string brokerText(const BrokerTrigger &broker)
{
    const BrokerKind *kind = findBrokerKind(broker.kind);
    if (!kind)
        return "{}";
    std::string text = '{' + std::string(kind->address) + ": " + quotation(broker.broker) + ", " +
                       std::string(kind->from) + ": " + quotation(broker.from);
    for (const auto &[key, value] :
         {std::pair{"group", broker.group}, std::pair{"stream", broker.stream},
          std::pair{"user", broker.user}, std::pair{"password", broker.password}})
        if (!value.empty())
            text += std::string(", ") + key + ": " + quotation(value);
    if (broker.prefetch != BrokerTrigger().prefetch)
        text += ", prefetch: " + std::to_string(broker.prefetch);
    return text + ", " + retryText(broker.retry) + "}";
}

std::string sensorText(const SensorTrigger &sensor)
{
    std::string text = '{' + sensor.kind + ": " + quotation(sensor.channel);
    const auto add = [&text](const char *key, const std::string &value) {
        text += std::string(", ") + key + ": " + value;
    };
    if (!sensor.device.empty())
        add("device", quotation(sensor.device));
    if (sensor.kind == "gpio") {
        add("edge", sensor.edge.empty() ? "both" : sensor.edge);
        if (!sensor.pull.empty())
            add("pull", sensor.pull);
        if (sensor.debounce.count() > 0)
            add("debounce", durationText(sensor.debounce));
        return text + '}';
    }
    add("every", durationText(sensor.every));
    if (sensor.below)
        add("below", numberText(*sensor.below));
    if (sensor.above)
        add("above", numberText(*sensor.above));
    if (sensor.hysteresis > 0)
        add("hysteresis", numberText(sensor.hysteresis));
    if (sensor.change > 0)
        add("change", numberText(sensor.change));
    return text + '}';
}

std::string triggerText(const Trigger &trigger)
{
    return std::visit(
        Overloaded{
            [](const TimerTrigger &timer) {
                if (timer.cron.empty())
                    return "{every: " + durationText(timer.every) + "}";
                return "{cron: " + quotation(timer.cron) +
                       (timer.zone.empty() ? "" : ", zone: " + word(timer.zone)) + "}";
            },
            [](const HttpTrigger &http) {
                if (!http.secret.empty())
                    return "{path: " + quotation(http.path) + ", secret: " + word(http.secret) +
                           "}";
                return "{path: " + quotation(http.path) +
                       (http.methods.empty() ? "" : ", methods: " + list(http.methods)) + "}";
            },
            [](const ObjectTrigger &object) {
                std::string text = "{bucket: " + quotation(object.bucket);
                for (const auto &[key, value] :
                     {std::pair{"folder", object.folder}, std::pair{"prefix", object.prefix},
                      std::pair{"suffix", object.suffix}})
                    if (!value.empty())
                        text += std::string(", ") + key + ": " + quotation(value);
                return text + (object.events.empty() ? "" : ", events: " + list(object.events)) +
                       "}";
            },
            [](const QueueTrigger &queue) {
                return "{name: " + quotation(queue.name) +
                       ", batch: " + std::to_string(queue.batch) + ", " + retryText(queue.retry) +
                       "}";
            },
            [](const MqttTrigger &mqtt) {
                std::string text = "{broker: " + quotation(mqtt.broker) +
                                   ", topic: " + quotation(mqtt.topic) +
                                   ", qos: " + std::to_string(mqtt.qos);
                if (!mqtt.user.empty())
                    text += ", user: " + quotation(mqtt.user);
                if (!mqtt.password.empty())
                    text += ", password: " + word(mqtt.password);
                return text + ", " + retryText(mqtt.retry) + "}";
            },
            [](const BrokerTrigger &broker) { return brokerText(broker); },
            [](const SensorTrigger &sensor) { return sensorText(sensor); },
            [](const SqliteTrigger &rows) {
                return "{url: " + quotation("sqlite://" + rows.file) +
                       ", table: " + quotation(rows.table) +
                       (rows.key.empty() ? "" : ", key: " + quotation(rows.key)) + ", " +
                       retryText(rows.retry) + "}";
            },
            [](const LogTrigger &log) {
                return "{file: " + quotation(log.file) +
                       (log.match.empty() ? "" : ", match: " + quotation(log.match)) + ", " +
                       retryText(log.retry) + "}";
            },
        },
        trigger);
}

std::string instancesText(const Instances &instances)
{
    const Instances ordinary;
    if (instances == ordinary)
        return {};
    return "    instances: {min: " + std::to_string(instances.min) +
           ", max: " + std::to_string(instances.max) +
           (instances.idle == ordinary.idle ? "" : ", idle: " + durationText(instances.idle)) +
           "}\n";
}

std::string functionText(const ApplicationFunction &function, const std::filesystem::path &folder)
{
    const FunctionSpec &spec = function.spec;
    const FunctionSpec ordinary;
    std::string text = "  " + word(spec.name) + ":\n";
    const auto line = [&text](std::string_view key, const std::string &value) {
        text += "    " + std::string(key) + ": " + value + '\n';
    };
    line("source", word(function.source.lexically_relative(folder).generic_string()));
    line("runtime", spec.runtime);
    if (!spec.handler.empty())
        line("handler", word(spec.handler));
    line("dialect", spec.dialect);
    if (spec.memoryBytes != ordinary.memoryBytes)
        line("memory", sizeText(spec.memoryBytes));
    if (spec.temporaryBytes != ordinary.temporaryBytes)
        line("temporary", sizeText(spec.temporaryBytes));
    if (spec.timeout != ordinary.timeout)
        line("timeout", durationText(spec.timeout));
    if (spec.concurrency != ordinary.concurrency)
        line("concurrency", std::to_string(spec.concurrency));
    text += instancesText(spec.instances);
    if (!spec.environment.empty())
        text += "    environment:\n";
    for (const auto &[name, value] : spec.environment)
        text += "      " + word(name) + ": " + quotation(value) + '\n';
    if (!spec.triggers.empty())
        text += "    triggers:\n";
    for (const Trigger &trigger : spec.triggers)
        text += "      - " + kindOf(trigger) + ": " + triggerText(trigger) + '\n';
    if (spec.retry != ordinary.retry)
        line("retry", "{" + retryText(spec.retry) + "}");
    if (!spec.alarms.empty())
        text += "    alarms:\n";
    for (const Alarm &alarm : spec.alarms)
        text += "      - " + alarmText(alarm) + '\n';
    if (!spec.readingsFromLog || !spec.readingsFromResult)
        line("readings", std::string("{from: [") + (spec.readingsFromResult ? "result" : "") +
                             (spec.readingsFromLog ? "log" : "") + "]}");
    return text;
}

std::string targetText(const ApplicationTarget &target)
{
    std::string settings;
    for (const auto &[name, value] : target.settings)
        settings += (settings.empty() ? "" : ", ") + word(name) + ": " + quotation(value);
    return "  " + word(target.name) + ": {" + target.kind + ": {" + settings + "}}\n";
}

} // namespace

std::string applicationText(const Application &application)
{
    std::string text = "application: " + word(application.name) + "\nfunctions:\n";
    for (const ApplicationFunction &function : application.functions)
        text += functionText(function, application.folder);
    if (!application.targets.empty())
        text += "targets:\n";
    for (const ApplicationTarget &target : application.targets)
        text += targetText(target);
    return text;
}

} // namespace runtime
