#include "runtime-bridge/daemon/triggers/triggerevent.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/triggers/brokersource.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"
#include "runtime-bridge/daemon/triggers/logsource.h"
#include "runtime-bridge/daemon/triggers/mqttsource.h"
#include "runtime-bridge/daemon/triggers/objectsource.h"
#include "runtime-bridge/daemon/triggers/queuesource.h"
#include "runtime-bridge/daemon/triggers/sensorsource.h"
#include "runtime-bridge/daemon/triggers/sqlitesource.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

namespace {

EventValues sampleTimer(const std::string &function)
{
    const std::int64_t now = nowUs();
    EventValues values = commonValues(function, now);
    values["name"] = function + "-timer";
    values["last"] = values["next"] = eventTime(now);
    return values;
}

BucketChange sampleObject(const ObjectTrigger &object)
{
    const bool isRemoved = object.events == std::vector<std::string>{"removed"};
    return {isRemoved, object.prefix + "example" + object.suffix, nowUs(), 0};
}

QueueMessage sampleMessage(const QueueTrigger &queue)
{
    const std::int64_t now = nowUs();
    return {createId(), queue.name, R"({"hello":"world"})", 1, now, now, 1, {}};
}

/// With a topic that the filter lets through.
QueueMessage samplePublication(const MqttTrigger &mqtt)
{
    std::string topic = mqtt.topic;
    for (std::size_t at = 0; (at = topic.find_first_of("+#", at)) != std::string::npos;)
        topic.replace(at, 1, "example");
    QueueMessage message = sampleMessage({});
    message.body = storedMessage({topic, R"({"hello":"world"})", 0, mqtt.qos, false, false});
    return message;
}

QueueMessage sampleLine(const LogTrigger &log)
{
    QueueMessage message = sampleMessage({});
    message.body = storedLine(log.file, {"an example of a line", 0});
    return message;
}

json requestEvent(const HttpTrigger &http, const std::string &dialect)
{
    const std::string method = http.methods.empty() ? "GET" : http.methods.front();
    if (dialect == "openwhisk")
        return {
            {"__ow_method", method}, {"__ow_path", http.path}, {"__ow_headers", json::object()}};
    // As an HTTP API of API Gateway sends it (payload 2.0).
    return {{"version", "2.0"},
            {"routeKey", method + " " + http.path},
            {"rawPath", http.path},
            {"rawQueryString", ""},
            {"headers", json::object()},
            {"requestContext", {{"http", {{"method", method}, {"path", http.path}}}}},
            {"isBase64Encoded", false}};
}

} // namespace

std::string triggerEvent(const Trigger &trigger, const std::string &dialect,
                         const std::string &function)
{
    if (const auto *http = std::get_if<HttpTrigger>(&trigger))
        return requestEvent(*http, dialect).dump();
    if (const auto *object = std::get_if<ObjectTrigger>(&trigger))
        return objectEvent(function, dialect, object->bucket, sampleObject(*object), {});
    if (const auto *queue = std::get_if<QueueTrigger>(&trigger))
        return queueEvent(function, dialect, {sampleMessage(*queue)});
    if (const auto *mqtt = std::get_if<MqttTrigger>(&trigger))
        return mqttEvent(function, dialect, samplePublication(*mqtt));
    if (const auto *broker = std::get_if<BrokerTrigger>(&trigger))
        return brokerEvent(function, dialect, *broker, sampleOf(*broker));
    if (const auto *log = std::get_if<LogTrigger>(&trigger))
        return logEvent(function, dialect, {sampleLine(*log)});
    if (const auto *rows = std::get_if<SqliteTrigger>(&trigger)) {
        QueueMessage message = sampleMessage({});
        message.body = storedRow({1, R"({"example":"value"})"});
        return rowEvent(function, dialect, *rows, message);
    }
    if (const auto *sensor = std::get_if<SensorTrigger>(&trigger)) {
        const SampleOfSensor sample = sampleOf(*sensor);
        return sensorEvent(function, dialect, *sensor, sample.value, sample.condition);
    }
    return shapeEvent("timer", dialect, sampleTimer(function));
}

} // namespace runtime
