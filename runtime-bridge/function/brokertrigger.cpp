#include "runtime-bridge/function/brokertrigger.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace runtime {

using nlohmann::json;

namespace {

constexpr std::array allBrokerKinds{
    BrokerKind{"rabbitmq", "broker", "queue", "amqp://", 5672, true, false, false, false,
               "{broker: \"amqp://127.0.0.1\", queue: orders}"},
    BrokerKind{"nats", "broker", "subject", "nats://", 4222, false, false, true, true,
               "{broker: \"nats://127.0.0.1\", subject: \"orders.>\"}"},
    BrokerKind{"kafka", "brokers", "topic", "kafka://", 9092, false, true, true, false,
               "{brokers: \"127.0.0.1:9092\", topic: orders}"},
    BrokerKind{"database", "url", "channel", "postgresql://", 5432, true, false, false, false,
               "{url: \"postgresql://127.0.0.1/shop\", channel: orders}"},
};

constexpr std::size_t longestName = 249; ///< As Kafka's topics.

bool isWordOf(std::string_view text, std::string_view others)
{
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

std::string objectionToSubject(std::string_view subject)
{
    for (std::size_t begin = 0; begin <= subject.size();) {
        const std::size_t end = std::min(subject.find('.', begin), subject.size());
        const std::string_view token = subject.substr(begin, end - begin);
        if (token.empty() || token.find_first_of(" \t\r\n") != std::string_view::npos)
            return "a subject has words with dots between them, as orders.new";
        if (token.size() > 1 && token.find_first_of("*>") != std::string_view::npos)
            return "\"*\" and \">\" stand for whole words of a subject, as in orders.*";
        if (token == ">" && end != subject.size())
            return "\">\" is the last word of a subject";
        begin = end + 1;
    }
    return {};
}

} // namespace

std::span<const BrokerKind> brokerKinds()
{
    return allBrokerKinds;
}

const BrokerKind *findBrokerKind(std::string_view kind)
{
    const auto it = std::ranges::find(allBrokerKinds, kind, &BrokerKind::kind);
    return it == allBrokerKinds.end() ? nullptr : &*it;
}

std::optional<BrokerAddress> brokerAddress(std::string_view broker, std::string_view scheme,
                                           int port)
{
    if (broker.starts_with(scheme))
        broker.remove_prefix(scheme.size());
    if (broker.ends_with('/'))
        broker.remove_suffix(1);
    BrokerAddress address{{}, port};
    // An IPv6 address stands in brackets, for the sake of its colons.
    const std::size_t close = broker.starts_with('[') ? broker.find(']') : 0;
    if (close == std::string_view::npos)
        return std::nullopt;
    const std::size_t hostEnd = std::min(broker.find(':', close), broker.size());
    address.host = close > 0 ? broker.substr(1, close - 1) : broker.substr(0, hostEnd);
    if (close > 0 && hostEnd != close + 1)
        return std::nullopt;
    if (hostEnd < broker.size()) {
        const std::string_view digits = broker.substr(hostEnd + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
        if (error != std::errc() || end != digits.data() + digits.size() || address.port < 1 ||
            address.port > 65'535)
            return std::nullopt;
    }
    if (address.host.empty() || address.host.find_first_of("/@ ?") != std::string::npos)
        return std::nullopt;
    return address;
}

std::optional<BrokerPlace> brokerPlace(const BrokerTrigger &trigger)
{
    const BrokerKind *kind = findBrokerKind(trigger.kind);
    if (!kind)
        return std::nullopt;
    std::string_view rest = trigger.broker;
    if (rest.starts_with(kind->scheme))
        rest.remove_prefix(kind->scheme.size());
    BrokerPlace place;
    if (const std::size_t slash = rest.find('/');
        kind->hasPath && slash != std::string_view::npos) {
        place.path = rest.substr(slash + 1);
        rest = rest.substr(0, slash);
    }
    for (bool isLast = false; !isLast;) {
        const std::size_t comma = kind->hasSeveral ? rest.find(',') : std::string_view::npos;
        isLast = comma == std::string_view::npos;
        const auto address = brokerAddress(rest.substr(0, comma), kind->scheme, kind->port);
        if (!address)
            return std::nullopt;
        place.addresses.push_back(*address);
        rest.remove_prefix(isLast ? rest.size() : comma + 1);
    }
    return place;
}

std::string objectionToFrom(const BrokerKind &kind, std::string_view from)
{
    if (from.empty() || from.size() > longestName || from.find('\0') != std::string_view::npos)
        return "a " + std::string(kind.from) + " is expected, as in " + kind.example;
    if (kind.kind == "nats")
        return objectionToSubject(from);
    if (kind.kind == "kafka" && !isWordOf(from, "._-"))
        return "a topic has letters, digits, '-', '_', '.'";
    return {};
}

std::string objection(const BrokerTrigger &trigger)
{
    const BrokerKind *kind = findBrokerKind(trigger.kind);
    if (!kind)
        return "unknown broker \"" + trigger.kind + '"';
    if (!brokerPlace(trigger))
        return "broker \"" + trigger.broker + "\" is not of the form in " + kind->example;
    if (trigger.prefetch < 1 || trigger.prefetch > 1'000)
        return "prefetch out of 1 to 1000";
    if (!trigger.group.empty() && !isWordOf(trigger.group, "_-"))
        return "a group has letters, digits, '-', '_'";
    if (!trigger.stream.empty() && !isWordOf(trigger.stream, "_-"))
        return "a stream has letters, digits, '-', '_'";
    if (trigger.user.empty() && !trigger.password.empty())
        return "a password needs a user";
    const std::string from = objectionToFrom(*kind, trigger.from);
    return from.empty() ? objection(trigger.retry) : from;
}

json settings(const BrokerTrigger &trigger)
{
    return {{"broker", trigger.broker},     {"from", trigger.from},
            {"group", trigger.group},       {"stream", trigger.stream},
            {"prefetch", trigger.prefetch}, {"user", trigger.user},
            {"password", trigger.password}, {"retry", toJson(trigger.retry)}};
}

BrokerTrigger brokerTriggerFromJson(const json &item)
{
    const BrokerTrigger ordinary;
    return {item.at("kind").get<std::string>(),
            item.at("broker").get<std::string>(),
            item.at("from").get<std::string>(),
            item.value("group", ""),
            item.value("stream", ""),
            item.value("prefetch", ordinary.prefetch),
            item.value("user", ""),
            item.value("password", ""),
            retryFromJson(item.value("retry", json::object()))};
}

} // namespace runtime
