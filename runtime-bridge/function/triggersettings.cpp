#include "runtime-bridge/function/triggersettings.h"

#include "runtime-bridge/base/suggestion.h"
#include "runtime-bridge/function/cron.h"
#include "runtime-bridge/function/keyedsettings.h"
#include "runtime-bridge/function/sensorsettings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace runtime {

using std::chrono::milliseconds;
using Settings = KeyedSettings;

namespace {

constexpr std::array<std::string_view, 7> methodNames{"GET",    "HEAD",  "POST",   "PUT",
                                                      "DELETE", "PATCH", "OPTIONS"};

constexpr std::array<std::string_view, 2> objectEvents{"created", "removed"};

Trigger readTimer(Settings &settings)
{
    settings.allow({"every", "cron", "zone"});
    const TimerTrigger timer{settings.duration("every", milliseconds(0)), settings.text("cron"),
                             settings.text("zone")};
    if (settings.has("every") == settings.has("cron"))
        settings.wrong(settings.node(),
                       "a timer needs either \"every\" of at least 10ms or \"cron\"");
    else if (timer.cron.empty() && timer.every < milliseconds(10))
        settings.wrong(settings.node(), "a timer needs \"every\" of at least 10ms");
    else if (settings.has("zone") && timer.cron.empty())
        settings.wrongAt("zone", "a zone goes with \"cron\"");
    if (!timer.cron.empty())
        if (const Result<Cron> cron = Cron::parse(timer.cron); !cron)
            settings.wrongAt("cron", cron.error().detail);
    if (const Result<TimeZone> zone = TimeZone::load(timer.zone); !zone)
        settings.wrongAt("zone", zone.error().detail);
    return timer;
}

Trigger readHttp(Settings &settings)
{
    settings.allow({"path", "methods"});
    HttpTrigger http{settings.text("path"), settings.words("methods", methodNames, "method"), {}};
    if (!http.path.starts_with('/'))
        settings.wrongAt("path", "an http trigger needs a \"path\" that begins with /");
    return http;
}

Trigger readWebhook(Settings &settings)
{
    settings.allow({"path", "secret"});
    HttpTrigger http{settings.text("path"), {"POST"}, settings.text("secret")};
    if (!http.path.starts_with('/'))
        settings.wrongAt("path", "a webhook needs a \"path\" that begins with /");
    if (http.secret.empty())
        settings.wrongAt("secret", "a webhook needs a \"secret\": the name of the environment "
                                   "variable that holds it");
    return http;
}

void wantName(Settings &settings, const char *key, const std::string &name)
{
    if (!isTriggerName(name))
        settings.wrongAt(key, "a " + std::string(key) + " has letters, digits, '-', '_', '.'");
}

Trigger readObject(Settings &settings)
{
    settings.allow({"bucket", "folder", "events", "prefix", "suffix"});
    ObjectTrigger object{settings.text("bucket"), settings.path("folder"),
                         settings.words("events", objectEvents, "event"), settings.text("prefix"),
                         settings.text("suffix")};
    wantName(settings, "bucket", object.bucket);
    return object;
}

Retry readRetry(Settings &settings, Retry retry)
{
    retry.attempts = settings.whole("attempts", retry.attempts, 1, 1'000);
    retry.backoff = settings.duration("backoff", retry.backoff);
    if (retry.backoff > std::chrono::hours(24))
        settings.wrongAt("backoff", "a backoff is at most 24h");
    return retry;
}

Trigger readQueue(Settings &settings)
{
    settings.allow({"name", "batch", "attempts", "backoff"});
    QueueTrigger queue{settings.text("name"), settings.whole("batch", 10, 1, 10'000),
                       readRetry(settings, Retry())};
    wantName(settings, "name", queue.name);
    return queue;
}

void wantUser(Settings &settings, const Trigger &trigger)
{
    if (!passwordNameOf(trigger).empty() && !settings.has("user"))
        settings.wrongAt("password", "a password goes with a \"user\"; it is the name of the "
                                     "environment variable that holds it");
}

Trigger readMqtt(Settings &settings)
{
    settings.allow({"broker", "topic", "qos", "user", "password", "attempts", "backoff"});
    MqttTrigger mqtt{settings.text("broker"),        settings.text("topic"),
                     settings.whole("qos", 1, 0, 2), settings.text("user"),
                     settings.text("password"),      readRetry(settings, Retry())};
    if (!brokerAddress(mqtt.broker))
        settings.wrongAt("broker", "a broker such as mqtt://127.0.0.1:1883 is expected");
    if (const std::string wrong = objectionToTopic(mqtt.topic); !wrong.empty())
        settings.wrongAt("topic", wrong);
    wantUser(settings, mqtt);
    return mqtt;
}

Trigger readBroker(Settings &settings)
{
    const BrokerKind &kind = *findBrokerKind(settings.kind());
    std::vector<std::string_view> keys{kind.address, kind.from,  "prefetch", "user",
                                       "password",   "attempts", "backoff"};
    if (kind.hasGroup)
        keys.push_back("group");
    if (kind.hasStream)
        keys.push_back("stream");
    settings.allow(keys);
    const std::string address(kind.address), from(kind.from);
    BrokerTrigger broker{
        std::string(kind.kind),      settings.text(address.c_str()),
        settings.text(from.c_str()), settings.text("group"),
        settings.text("stream"),     settings.whole("prefetch", BrokerTrigger().prefetch, 1, 1'000),
        settings.text("user"),       settings.text("password"),
        readRetry(settings, Retry())};
    if (!brokerPlace(broker))
        settings.wrongAt(address.c_str(),
                         "an address is expected, as in " + std::string(kind.example));
    else if (const std::string wrong = objectionToFrom(kind, broker.from); !wrong.empty())
        settings.wrongAt(from.c_str(), wrong);
    else if (const std::string other = objectionTo(broker);
             !other.empty() && (broker.password.empty() || !broker.user.empty()))
        settings.wrong(settings.node(), other);
    wantUser(settings, broker);
    return broker;
}

Trigger readLog(Settings &settings)
{
    settings.allow({"file", "match", "attempts", "backoff"});
    LogTrigger log{settings.path("file"), settings.text("match"), readRetry(settings, Retry())};
    if (const std::string wrong = objectionTo(log); !wrong.empty())
        settings.wrongAt(wrong.find("regular") == std::string::npos ? "file" : "match", wrong);
    return log;
}

/// "sqlite:///whole/path", or "sqlite:path" below the application's folder.
Trigger readSqlite(Settings &settings)
{
    settings.allow({"url", "table", "key", "attempts", "backoff"});
    const bool isWhole = settings.text("url").starts_with("sqlite://");
    SqliteTrigger rows{settings.path("url", isWhole ? "sqlite://" : "sqlite:"),
                       settings.text("table"), settings.text("key"), readRetry(settings, Retry())};
    if (const std::string wrong = objectionTo(rows); !wrong.empty())
        settings.wrongAt(wrong.find("file") == std::string::npos ? "table" : "url", wrong);
    return rows;
}

Trigger readDatabase(Settings &settings)
{
    return settings.text("url").starts_with("sqlite:") ? readSqlite(settings)
                                                       : readBroker(settings);
}

struct Kind {
    std::string_view name;
    Trigger (*read)(Settings &);
    const char *example; ///< Null: brokerKinds() has it.
};

constexpr std::array kinds{
    Kind{"timer", readTimer, "{every: 100ms}"},
    Kind{"http", readHttp, "{path: /light}"},
    Kind{"webhook", readWebhook, "{path: /hook, secret: HOOK_SECRET}"},
    Kind{"object", readObject, "{bucket: uploads, suffix: .jpg}"},
    Kind{"queue", readQueue, "{name: orders, batch: 10}"},
    Kind{"mqtt", readMqtt, "{broker: \"mqtt://127.0.0.1\", topic: home/+/lux}"},
    Kind{"rabbitmq", readBroker, nullptr},
    Kind{"nats", readBroker, nullptr},
    Kind{"kafka", readBroker, nullptr},
    Kind{"database", readDatabase, nullptr},
    Kind{"log", readLog, "{file: /var/log/app.log, match: ERROR}"},
    Kind{"sensor", readSensor, "{iio: illuminance, every: 50ms, below: 200}"},
};

std::string kindList()
{
    std::string list;
    for (const Kind &kind : kinds)
        list += (list.empty() ? "" : ", ") + std::string(kind.name);
    return list;
}

} // namespace

Retry readRetry(const YAML::Node &node, const NoteProblem &note)
{
    if (!node.IsMap()) {
        note(node, "retry is a mapping such as {attempts: 3, backoff: 1s}");
        return {};
    }
    Settings settings("retry", node, {}, note);
    settings.allow({"attempts", "backoff"});
    return readRetry(settings, Retry());
}

std::optional<Trigger> readTrigger(const YAML::Node &item, const std::filesystem::path &folder,
                                   const NoteProblem &note)
{
    if (!item.IsMap() || item.size() != 1 || !item.begin()->first.IsScalar()) {
        note(item, "a trigger has one kind: " + kindList());
        return std::nullopt;
    }
    const YAML::Node key = item.begin()->first;
    const YAML::Node node = item.begin()->second;
    const auto kind = std::ranges::find(kinds, std::string_view(key.Scalar()), &Kind::name);
    if (kind == kinds.end()) {
        std::vector<std::string_view> names;
        std::ranges::transform(kinds, std::back_inserter(names), &Kind::name);
        const std::optional<std::string> closest = closestWord(key.Scalar(), names);
        note(key, "unknown trigger \"" + key.Scalar() + "\"" +
                      (closest ? "; did you mean \"" + *closest + "\"?" : "") +
                      " (known: " + kindList() + ")");
        return std::nullopt;
    }
    if (!node.IsMap()) {
        note(node, "settings in braces are expected: " + std::string(kind->name) + ": " +
                       (kind->example ? kind->example : findBrokerKind(kind->name)->example));
        return std::nullopt;
    }
    Settings settings(std::string(kind->name), node, folder, note);
    Trigger trigger = kind->read(settings);
    if (!settings.isFine())
        return std::nullopt;
    return trigger;
}

} // namespace runtime
