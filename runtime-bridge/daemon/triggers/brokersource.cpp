#include "runtime-bridge/daemon/triggers/brokersource.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/triggers/eventshape.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <array>
#include <ctime>

namespace runtime {

using nlohmann::json;

namespace {

/// "queue orders at amqp://host"
std::string whereOf(const BrokerTrigger &trigger)
{
    return describe(trigger) + " at " + trigger.broker;
}

json bytesAsNumbers(const std::string &text)
{
    json list = json::array();
    for (const char c : text)
        list.push_back(std::uint8_t(c));
    return list;
}

/// RabbitMQ's headers as AWS gives them: texts as {"bytes": […]}.
json headersInBytes(const json &headers)
{
    json all = json::object();
    for (const auto &[name, value] : headers.items())
        all[name] =
            value.is_string() ? json{{"bytes", bytesAsNumbers(value.get<std::string>())}} : value;
    return all;
}

/// Kafka's headers as AWS gives them: [{"name": […]}].
json headerListInBytes(const json &headers)
{
    json all = json::array();
    for (const json &header : headers)
        for (const auto &[name, value] : header.items())
            all.push_back({{name, bytesAsNumbers(value.get<std::string>())}});
    return all;
}

/// "Jan 1, 1970, 12:33:41 AM", as AWS gives the timestamp of a RabbitMQ message.
std::string spokenTime(std::int64_t seconds)
{
    const std::time_t time = seconds;
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    std::snprintf(text, sizeof text, "%s %d, %d, %d:%02d:%02d %s", months[std::size_t(utc.tm_mon)],
                  utc.tm_mday, utc.tm_year + 1'900, (utc.tm_hour + 11) % 12 + 1, utc.tm_min,
                  utc.tm_sec, utc.tm_hour < 12 ? "AM" : "PM");
    return text;
}

void addProperties(EventValues &values, const json &properties)
{
    for (const auto &[name, value] : properties.items())
        values["property_" + name] = value;
    if (const auto time = properties.find("timestamp");
        time != properties.end() && time->is_number())
        values["property_timestamp"] = spokenTime(time->get<std::int64_t>());
}

} // namespace

BrokerSource::BrokerSource(TriggerContext context, BrokerTrigger trigger)
    : MessageSource(context, trigger.kind,
                    keptQueue(trigger.kind, context.function, trigger.broker + '\n' + trigger.from),
                    trigger.retry)
    , m_trigger(std::move(trigger))
{
}

void BrokerSource::start()
{
    MessageSource::start();
    const Result<std::string> password = secret(m_trigger.password);
    if (!password) {
        m_wrong = password.error().detail;
        return;
    }
    const json order{
        {"trigger", toJson(m_trigger)}, {"password", *password}, {"client", clientName()}};
    m_program = std::make_shared<SourceProgram>(
        io(), *context().services.children, m_trigger.kind, order,
        [this](const json &message) { return keep(message.dump()); });
    m_program->mayKeep = [this] { return hasRoom(); };
    m_program->changed = [this] { tellChange(); };
    m_program->dropped = [this](const std::string &why) {
        countError();
        logLine(context().function + ", " + whereOf(m_trigger) + ": " + why);
    };
    m_program->start();
}

void BrokerSource::onStop()
{
    if (m_program)
        m_program->stop();
    MessageSource::onStop();
}

std::string BrokerSource::words() const
{
    if (!m_wrong.empty() || !trouble().empty())
        return m_wrong.empty() ? trouble() : m_wrong;
    if (m_program && !m_program->trouble().empty())
        return whereOf(m_trigger) + ": " + m_program->trouble();
    return m_program && m_program->isConnected() ? whereOf(m_trigger)
                                                 : "connects for " + whereOf(m_trigger);
}

bool BrokerSource::isFailing() const
{
    return !m_wrong.empty() || MessageSource::isFailing() ||
           (m_program && !m_program->trouble().empty());
}

std::string BrokerSource::eventOf(const std::vector<QueueMessage> &messages) const
{
    return brokerEvent(context().function, context().dialect, m_trigger, messages.front());
}

std::string brokerEvent(const std::string &function, const std::string &dialect,
                        const BrokerTrigger &trigger, const QueueMessage &message)
{
    const json stored = readJson(message.body);
    EventValues values;
    for (const auto &[name, value] : stored.items())
        values[name] = value;
    addPayload(values, stored);
    const std::int64_t timeUs = stored.value("time_us", message.sentUs);
    values["id"] = message.id;
    values["broker"] = trigger.broker;
    values["sent"] = eventTime(timeUs, true);
    values["sent_ms"] = timeUs / 1'000;
    const json headers = stored.value("headers", json());
    values["headers_bytes"] =
        headers.is_array() ? headerListInBytes(headers) : headersInBytes(headers);
    addProperties(values, stored.value("properties", json::object()));
    return shapeEvent(trigger.kind == "database" ? "notification" : trigger.kind, dialect,
                      commonValues(function, nowUs()), {values});
}

QueueMessage sampleOf(const BrokerTrigger &trigger)
{
    const std::int64_t now = nowUs();
    json stored{{"text", R"({"hello":"world"})"}, {"headers", json::object()}, {"time_us", now}};
    const BrokerKind *kind = findBrokerKind(trigger.kind);
    stored[kind ? std::string(kind->from) : "from"] = trigger.from;
    if (trigger.kind == "kafka") {
        stored["headers"] = json::array();
        stored["partition"] = stored["offset"] = 0;
        stored["timestamp_type"] = "CREATE_TIME";
    } else if (trigger.kind == "rabbitmq") {
        const std::optional<BrokerPlace> place = brokerPlace(trigger);
        stored["vhost"] = place && !place->path.empty() ? place->path : "/";
        stored["exchange"] = "";
        stored["routing_key"] = trigger.from;
        stored["redelivered"] = false;
        stored["properties"] = {{"deliveryMode", 1}, {"bodySize", 17}};
    } else if (trigger.kind == "nats") {
        std::string subject = trigger.from;
        for (std::size_t at = 0; (at = subject.find_first_of("*>", at)) != std::string::npos;)
            subject.replace(at, 1, "example");
        stored["subject"] = subject;
        if (!trigger.stream.empty()) {
            stored["stream"] = trigger.stream;
            stored["sequence"] = 1;
        }
    }
    if (trigger.kind == "database")
        stored["pid"] = 1;
    return {createId(), trigger.kind, stored.dump(), 1, now, now, 1, {}};
}

} // namespace runtime
