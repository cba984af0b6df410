#include "runtime-bridge/sources/source.h"

#include "runtime-bridge/base/bytetext.h"

#include <nlohmann/json.hpp>

#include <librdkafka/rdkafka.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <map>
#include <utility>

namespace runtime::sources {

using nlohmann::json;

namespace {

constexpr std::uint64_t wakeWord = 1; ///< What an eventfd takes.

template<typename T, void (*destroy)(T *)> struct DestroyKafka {
    void operator()(T *object) const { destroy(object); }
};
using KafkaMessage =
    std::unique_ptr<rd_kafka_message_t, DestroyKafka<rd_kafka_message_t, rd_kafka_message_destroy>>;
using Partitions = std::unique_ptr<
    rd_kafka_topic_partition_list_t,
    DestroyKafka<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>>;

/// One reader of a group. What the runtime has kept is stored, and the library commits what is
/// stored: every half second, and when partitions are taken away or the group is left.
class Kafka final : public Source
{
public:
    Kafka(const Order &order, Outlet &outlet);
    ~Kafka() override;

    [[nodiscard]] int descriptor() const override { return m_wake; }
    void receive(int room) override;
    void acknowledge(std::uint64_t number) override;

private:
    [[nodiscard]] rd_kafka_conf_t *configure(const Order &order);
    void onError(rd_kafka_resp_err_t code, const std::string &words);
    void onMessage(const rd_kafka_message_t &message);
    static void onRebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t what,
                            rd_kafka_topic_partition_list_t *partitions, void *self);

    struct Place {
        std::string topic;
        std::int32_t partition = 0;
        std::int64_t offset = 0;
    };

    Outlet &m_outlet;
    int m_wake;
    std::string m_broken; ///< Why it cannot go on; told when the library's callback is left.
    std::map<std::uint64_t, Place> m_given; ///< Not yet acknowledged.
    bool m_hasTrouble = false;
    rd_kafka_t *m_kafka = nullptr;
    rd_kafka_queue_t *m_queue = nullptr;
};

Kafka::Kafka(const Order &order, Outlet &outlet)
    : m_outlet(outlet), m_wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    rd_kafka_conf_t *settings = configure(order);
    std::array<char, 512> why{};
    m_kafka = rd_kafka_new(RD_KAFKA_CONSUMER, settings, why.data(), why.size());
    if (!m_kafka) {
        rd_kafka_conf_destroy(settings);
        ::close(m_wake);
        throw Trouble(why.data());
    }
    rd_kafka_poll_set_consumer(m_kafka);
    m_queue = rd_kafka_queue_get_consumer(m_kafka);
    rd_kafka_queue_io_event_enable(m_queue, m_wake, &wakeWord, sizeof wakeWord);
    const Partitions topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), order.trigger.from.c_str(),
                                      RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(m_kafka, topics.get());
}

Kafka::~Kafka()
{
    if (m_kafka) {
        rd_kafka_queue_io_event_enable(m_queue, -1, nullptr, 0);
        rd_kafka_queue_destroy(m_queue);
        rd_kafka_consumer_close(m_kafka); // commits, and leaves the group
        rd_kafka_destroy(m_kafka);
    }
    ::close(m_wake);
}

rd_kafka_conf_t *Kafka::configure(const Order &order)
{
    const BrokerTrigger &trigger = order.trigger;
    const BrokerPlace place = *brokerPlace(trigger);
    std::string brokers;
    for (const BrokerAddress &address : place.addresses) {
        const bool isPlain = address.host.find(':') == std::string::npos;
        brokers += (brokers.empty() ? "" : ",") +
                   (isPlain ? address.host : '[' + address.host + ']') + ':' +
                   std::to_string(address.port);
    }
    std::map<std::string, std::string> values{
        {"bootstrap.servers", brokers},
        {"client.id", order.client},
        {"group.id", trigger.group.empty() ? order.client : trigger.group},
        {"enable.auto.offset.store", "false"},
        {"auto.commit.interval.ms", "500"},
        // What was sent before the group's first reader came is for it too.
        {"auto.offset.reset", "earliest"},
        {"session.timeout.ms", "6000"},
        {"reconnect.backoff.max.ms", "2000"},
        // Bounds what the library holds for us.
        {"queued.max.messages.kbytes", "16384"},
        {"log_level", "0"},
    };
    if (!trigger.user.empty()) {
        values["security.protocol"] = "sasl_plaintext";
        values["sasl.mechanism"] = "PLAIN";
        values["sasl.username"] = trigger.user;
        values["sasl.password"] = order.password;
    }
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    std::array<char, 512> why{};
    for (const auto &[name, value] : values)
        if (rd_kafka_conf_set(settings, name.c_str(), value.c_str(), why.data(), why.size()) !=
            RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(settings);
            ::close(m_wake);
            throw Trouble(why.data());
        }
    rd_kafka_conf_set_opaque(settings, this);
    rd_kafka_conf_set_rebalance_cb(settings, onRebalance);
    rd_kafka_conf_set_error_cb(settings, [](rd_kafka_t *, int code, const char *words, void *self) {
        static_cast<Kafka *>(self)->onError(rd_kafka_resp_err_t(code), words);
    });
    return settings;
}

void Kafka::onRebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t what,
                        rd_kafka_topic_partition_list_t *partitions, void *self)
{
    auto *own = static_cast<Kafka *>(self);
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_assign(kafka, partitions);
        own->m_hasTrouble = false;
        own->m_outlet.tellConnected();
    } else {
        rd_kafka_assign(kafka, nullptr);
    }
}

void Kafka::onError(rd_kafka_resp_err_t code, const std::string &words)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: m_broken = "no Kafka broker answers there"; break;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        m_broken = "the broker refuses the user or the password (" + words + ")";
        break;
    case RD_KAFKA_RESP_ERR__FATAL: m_broken = words; break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE: break; // of one broker; the library goes on trying
    default: m_hasTrouble = true; m_outlet.tellTrouble(words);
    }
}

void Kafka::receive(int room)
{
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = ::read(m_wake, &count, sizeof count);
    // With no room the group waits for us some minutes, and takes us back then.
    for (; room > 0; --room) {
        const KafkaMessage message(rd_kafka_consumer_poll(m_kafka, 0));
        if (!m_broken.empty())
            throw Trouble(m_broken);
        if (!message)
            return;
        onMessage(*message);
    }
}

void Kafka::onMessage(const rd_kafka_message_t &message)
{
    if (message.err) {
        onError(message.err, rd_kafka_message_errstr(&message));
        return;
    }
    if (std::exchange(m_hasTrouble, false))
        m_outlet.tellConnected();
    const Place place{rd_kafka_topic_name(message.rkt), message.partition, message.offset};
    json told{{"topic", place.topic},
              {"partition", place.partition},
              {"offset", place.offset},
              {"headers", json::array()}};
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    if (const std::int64_t time = rd_kafka_message_timestamp(&message, &type); time > 0)
        told["time_us"] = time * 1'000;
    told["timestamp_type"] =
        type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? "LOG_APPEND_TIME" : "CREATE_TIME";
    if (message.key) {
        const std::string_view key(static_cast<const char *>(message.key), message.key_len);
        told["key"] = textOrBase64(key);
        told["key_base64"] = toBase64(key);
    }
    rd_kafka_headers_t *headers = nullptr;
    const char *name = nullptr;
    const void *value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
                                RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i)
            told["headers"].push_back(
                {{textOrBase64(name),
                  textOrBase64({static_cast<const char *>(value), value ? size : 0})}});
    addBytes(told, {static_cast<const char *>(message.payload), message.len});
    m_given.emplace(m_outlet.give(told), place);
}

void Kafka::acknowledge(std::uint64_t number)
{
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> next;
    for (; !m_given.empty() && m_given.begin()->first <= number; m_given.erase(m_given.begin())) {
        const Place &place = m_given.begin()->second;
        next[{place.topic, place.partition}] = place.offset + 1;
    }
    const Partitions places(rd_kafka_topic_partition_list_new(int(next.size())));
    for (const auto &[partition, offset] : next)
        rd_kafka_topic_partition_list_add(places.get(), partition.first.c_str(), partition.second)
            ->offset = offset;
    // Of a partition that was taken away meanwhile it is refused: its next reader has them again.
    rd_kafka_offsets_store(m_kafka, places.get());
}

} // namespace

std::unique_ptr<Source> createKafka(const Order &order, Outlet &outlet)
{
    return std::make_unique<Kafka>(order, outlet);
}

} // namespace runtime::sources
