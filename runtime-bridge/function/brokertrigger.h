#pragma once

#include "runtime-bridge/function/retry.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// Messages of a broker that another program speaks to for the runtime, one at a time; and what a
/// PostgreSQL server notifies, which is alike.
struct BrokerTrigger {
    std::string kind{};   ///< Of brokerKinds().
    std::string broker{}; ///< "amqp://host:5672/vhost", "nats://host", "host:9092,other:9092".
    std::string from{};   ///< The queue, the subject, the topic or the channel.
    std::string group{};  ///< Readers that share the messages; empty: none, or one of its own.
    std::string stream{}; ///< JetStream's; empty: a plain subject.
    int prefetch = 100;   ///< How many are on their way at most.
    std::string user{};
    std::string password{}; ///< The function's environment variable that holds it; empty: none.
    Retry retry{};
    bool operator==(const BrokerTrigger &) const = default;
};

/// What the application file calls the settings of one kind of broker, and what they may be.
struct BrokerKind {
    std::string_view kind;    ///< "rabbitmq"
    std::string_view address; ///< The key of BrokerTrigger::broker.
    std::string_view from;    ///< The key of BrokerTrigger::from.
    std::string_view scheme;  ///< "amqp://"; may be left out.
    int port;                 ///< Where none is given.
    bool hasPath;             ///< The address may end with "/vhost".
    bool hasSeveral;          ///< Addresses, parted by commas.
    bool hasGroup, hasStream;
    const char *example; ///< Of its settings.
};
[[nodiscard]] std::span<const BrokerKind> brokerKinds();
/// nullptr when there is none of that name.
[[nodiscard]] const BrokerKind *findBrokerKind(std::string_view kind);

struct BrokerAddress {
    std::string host{}; ///< A name or an address, without brackets.
    int port = 1883;
};
/// Of "mqtt://host[:port]", the scheme left out or not. Nothing for anything else.
[[nodiscard]] std::optional<BrokerAddress>
brokerAddress(std::string_view broker, std::string_view scheme = "mqtt://", int port = 1883);

struct BrokerPlace {
    std::vector<BrokerAddress> addresses{};
    std::string path{}; ///< Without its '/'; empty: none was given.
};
/// Where \a trigger's broker is; nothing when it does not say so.
[[nodiscard]] std::optional<BrokerPlace> brokerPlace(const BrokerTrigger &trigger);

/// What of a queue's, subject's or topic's name \a kind does not take; empty when it is well.
[[nodiscard]] std::string objectionToFrom(const BrokerKind &kind, std::string_view from);

/// As trigger.h has them for every kind.
[[nodiscard]] std::string objection(const BrokerTrigger &trigger);
[[nodiscard]] nlohmann::json settings(const BrokerTrigger &trigger);
[[nodiscard]] BrokerTrigger brokerTriggerFromJson(const nlohmann::json &json);

} // namespace runtime
