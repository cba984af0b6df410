#include "runtime-bridge/sources/source.h"

#include "runtime-bridge/base/bytetext.h"

#include <nlohmann/json.hpp>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include <sys/time.h>

#include <array>

namespace runtime::sources {

using nlohmann::json;

namespace {

constexpr amqp_channel_t ownChannel = 1;
constexpr int heartbeat = 20; ///< Seconds.
constexpr int largestFrame = 131'072;
constexpr timeval openTime{10, 0};

std::string textOf(amqp_bytes_t bytes)
{
    return {static_cast<const char *>(bytes.bytes), bytes.len};
}

amqp_bytes_t bytesOf(const std::string &text)
{
    return {text.size(), const_cast<char *>(text.data())};
}

json valueOf(const amqp_field_value_t &value, int depth = 0);

json tableOf(const amqp_table_t &table, int depth)
{
    json object = json::object();
    for (int i = 0; i < table.num_entries; ++i)
        object[textOrBase64(textOf(table.entries[i].key))] = valueOf(table.entries[i].value, depth);
    return object;
}

json valueOf(const amqp_field_value_t &value, int depth)
{
    constexpr int deepest = 20;
    if (depth > deepest)
        return nullptr;
    switch (value.kind) {
    case AMQP_FIELD_KIND_BOOLEAN: return value.value.boolean != 0;
    case AMQP_FIELD_KIND_I8: return value.value.i8;
    case AMQP_FIELD_KIND_U8: return value.value.u8;
    case AMQP_FIELD_KIND_I16: return value.value.i16;
    case AMQP_FIELD_KIND_U16: return value.value.u16;
    case AMQP_FIELD_KIND_I32: return value.value.i32;
    case AMQP_FIELD_KIND_U32: return value.value.u32;
    case AMQP_FIELD_KIND_I64: return value.value.i64;
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP: return value.value.u64;
    case AMQP_FIELD_KIND_F32: return value.value.f32;
    case AMQP_FIELD_KIND_F64: return value.value.f64;
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES: return textOrBase64(textOf(value.value.bytes));
    case AMQP_FIELD_KIND_TABLE: return tableOf(value.value.table, depth + 1);
    case AMQP_FIELD_KIND_ARRAY: {
        json list = json::array();
        for (int i = 0; i < value.value.array.num_entries; ++i)
            list.push_back(valueOf(value.value.array.entries[i], depth + 1));
        return list;
    }
    default: return nullptr;
    }
}

/// All of them, as AMQP 0-9-1 has them; null where the sender gave none.
json propertiesOf(const amqp_basic_properties_t &from, std::size_t size)
{
    const auto text = [&from](amqp_flags_t flag, amqp_bytes_t value) {
        return from._flags & flag ? json(textOrBase64(textOf(value))) : json();
    };
    json to{{"contentType", text(AMQP_BASIC_CONTENT_TYPE_FLAG, from.content_type)},
            {"contentEncoding", text(AMQP_BASIC_CONTENT_ENCODING_FLAG, from.content_encoding)},
            {"correlationId", text(AMQP_BASIC_CORRELATION_ID_FLAG, from.correlation_id)},
            {"replyTo", text(AMQP_BASIC_REPLY_TO_FLAG, from.reply_to)},
            {"expiration", text(AMQP_BASIC_EXPIRATION_FLAG, from.expiration)},
            {"messageId", text(AMQP_BASIC_MESSAGE_ID_FLAG, from.message_id)},
            {"type", text(AMQP_BASIC_TYPE_FLAG, from.type)},
            {"userId", text(AMQP_BASIC_USER_ID_FLAG, from.user_id)},
            {"appId", text(AMQP_BASIC_APP_ID_FLAG, from.app_id)},
            {"clusterId", text(AMQP_BASIC_CLUSTER_ID_FLAG, from.cluster_id)},
            {"deliveryMode", nullptr},
            {"priority", nullptr},
            {"timestamp", nullptr},
            {"bodySize", size}};
    if (from._flags & AMQP_BASIC_DELIVERY_MODE_FLAG)
        to["deliveryMode"] = from.delivery_mode;
    if (from._flags & AMQP_BASIC_PRIORITY_FLAG)
        to["priority"] = from.priority;
    if (from._flags & AMQP_BASIC_TIMESTAMP_FLAG)
        to["timestamp"] = from.timestamp; // seconds since 1970
    return to;
}

amqp_table_entry_t capability(const char *name)
{
    amqp_table_entry_t entry{amqp_cstring_bytes(name), {}};
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

/// What a server says when it closes a channel or the connection, in its own words.
std::string refusal(const amqp_rpc_reply_t &reply)
{
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
        return amqp_error_string2(reply.library_error);
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD)
        return textOf(static_cast<amqp_channel_close_t *>(reply.reply.decoded)->reply_text);
    if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD)
        return textOf(static_cast<amqp_connection_close_t *>(reply.reply.decoded)->reply_text);
    return "the broker broke the protocol";
}

void check(const amqp_rpc_reply_t &reply)
{
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
        throw Trouble(refusal(reply));
}

/// One consumer of one queue.
class Rabbitmq final : public Source
{
public:
    Rabbitmq(const Order &order, Outlet &outlet);
    ~Rabbitmq() override;

    [[nodiscard]] int descriptor() const override { return amqp_get_sockfd(m_connection.get()); }
    void receive(int room) override;
    void acknowledge(std::uint64_t number) override;

private:
    void connect(const Order &order);
    void logIn(const Order &order);
    void onOtherFrame();
    void give(const amqp_envelope_t &envelope);

    struct DestroyConnection {
        void operator()(amqp_connection_state_t connection) const
        {
            amqp_destroy_connection(connection);
        }
    };

    Outlet &m_outlet;
    std::unique_ptr<amqp_connection_state_t_, DestroyConnection> m_connection;
    std::string m_queue, m_vhost;
    bool m_isOpen = false;
};

Rabbitmq::Rabbitmq(const Order &order, Outlet &outlet)
    : m_outlet(outlet), m_connection(amqp_new_connection()), m_queue(order.trigger.from)
{
    amqp_connection_state_t connection = m_connection.get();
    connect(order);
    logIn(order);
    amqp_channel_open(connection, ownChannel);
    check(amqp_get_rpc_reply(connection));
    amqp_basic_qos(connection, ownChannel, 0, std::uint16_t(order.trigger.prefetch), 0);
    check(amqp_get_rpc_reply(connection));
    const amqp_bytes_t tag = bytesOf(order.client);
    amqp_basic_consume(connection, ownChannel, bytesOf(m_queue), tag, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(connection));
    m_isOpen = true;
    m_outlet.tellConnected();
}

Rabbitmq::~Rabbitmq()
{
    if (m_isOpen)
        amqp_connection_close(m_connection.get(), AMQP_REPLY_SUCCESS);
}

void Rabbitmq::connect(const Order &order)
{
    const BrokerPlace place = *brokerPlace(order.trigger);
    m_vhost = place.path.empty() ? "/" : place.path;
    amqp_socket_t *socket = amqp_tcp_socket_new(m_connection.get());
    if (!socket)
        throw Trouble("there is no memory for a connection");
    amqp_set_handshake_timeout(m_connection.get(), &openTime);
    amqp_set_rpc_timeout(m_connection.get(), &openTime);
    timeval limit = openTime;
    const BrokerAddress &address = place.addresses.front();
    if (const int error =
            amqp_socket_open_noblock(socket, address.host.c_str(), address.port, &limit);
        error != AMQP_STATUS_OK)
        throw Trouble(std::string("no RabbitMQ broker answers there (") +
                      amqp_error_string2(error) + ")");
}

void Rabbitmq::logIn(const Order &order)
{
    // With these the broker says why it refuses, in place of hanging up, and tells of a queue that
    // was deleted.
    std::array could{capability("authentication_failure_close"),
                     capability("consumer_cancel_notify")};
    amqp_table_entry_t capabilities = capability("capabilities");
    capabilities.value.kind = AMQP_FIELD_KIND_TABLE;
    capabilities.value.value.table = {int(could.size()), could.data()};
    const amqp_table_t properties{1, &capabilities};
    const bool isKnown = !order.trigger.user.empty();
    const amqp_rpc_reply_t reply = amqp_login_with_properties(
        m_connection.get(), m_vhost.c_str(), 0, largestFrame, heartbeat, &properties,
        AMQP_SASL_METHOD_PLAIN, isKnown ? order.trigger.user.c_str() : "guest",
        isKnown ? order.password.c_str() : "guest");
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
        throw Trouble("what answers is no RabbitMQ broker, or it refuses the user (" +
                      refusal(reply) + ")");
    check(reply);
}

void Rabbitmq::receive(int room)
{
    // The broker sends no more than there is room for, so that this takes everything that is there,
    // heartbeats too.
    for (; room >= 0; --room) {
        amqp_maybe_release_buffers(m_connection.get());
        timeval none{0, 0};
        amqp_envelope_t envelope;
        const amqp_rpc_reply_t reply =
            amqp_consume_message(m_connection.get(), &envelope, &none, 0);
        if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
            give(envelope);
            amqp_destroy_envelope(&envelope);
            continue;
        }
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
            reply.library_error == AMQP_STATUS_TIMEOUT)
            return;
        m_isOpen = false;
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
            reply.library_error == AMQP_STATUS_UNEXPECTED_STATE)
            onOtherFrame();
        throw Trouble("the connection ended (" + refusal(reply) + ")");
    }
}

void Rabbitmq::onOtherFrame()
{
    amqp_frame_t frame;
    timeval none{0, 0};
    if (amqp_simple_wait_frame_noblock(m_connection.get(), &frame, &none) != AMQP_STATUS_OK ||
        frame.frame_type != AMQP_FRAME_METHOD)
        return;
    const amqp_rpc_reply_t reply{AMQP_RESPONSE_SERVER_EXCEPTION, frame.payload.method, 0};
    throw Trouble(frame.payload.method.id == AMQP_BASIC_CANCEL_METHOD
                      ? "the queue " + m_queue + " was deleted"
                      : refusal(reply));
}

void Rabbitmq::give(const amqp_envelope_t &envelope)
{
    const amqp_message_t &message = envelope.message;
    json told{{"queue", m_queue},
              {"vhost", m_vhost},
              {"exchange", textOrBase64(textOf(envelope.exchange))},
              {"routing_key", textOrBase64(textOf(envelope.routing_key))},
              {"redelivered", envelope.redelivered != 0},
              {"headers", json::object()},
              {"properties", propertiesOf(message.properties, message.body.len)}};
    if (message.properties._flags & AMQP_BASIC_HEADERS_FLAG)
        told["headers"] = tableOf(message.properties.headers, 0);
    if (message.properties._flags & AMQP_BASIC_TIMESTAMP_FLAG)
        told["time_us"] = message.properties.timestamp * 1'000'000;
    addBytes(told, textOf(message.body));
    if (m_outlet.give(told) != envelope.delivery_tag)
        throw Trouble("the broker broke the protocol"); // both count from 1
}

void Rabbitmq::acknowledge(std::uint64_t number)
{
    if (const int error = amqp_basic_ack(m_connection.get(), ownChannel, number, 1);
        error != AMQP_STATUS_OK) {
        m_isOpen = false;
        throw Trouble(std::string("the connection ended (") + amqp_error_string2(error) + ")");
    }
}

} // namespace

std::unique_ptr<Source> createRabbitmq(const Order &order, Outlet &outlet)
{
    return std::make_unique<Rabbitmq>(order, outlet);
}

} // namespace runtime::sources
