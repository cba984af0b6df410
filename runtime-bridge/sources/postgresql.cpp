#include "runtime-bridge/sources/source.h"

#include <nlohmann/json.hpp>

#include <libpq-fe.h>

#include <array>

namespace runtime::sources {

using nlohmann::json;

namespace {

/// Without the end of line, and without what comes after it.
std::string firstLine(const char *words)
{
    const std::string text = words ? words : "";
    return text.substr(0, text.find('\n'));
}

/// What a PostgreSQL server notifies on one channel. It forgets what nobody listens for.
class Postgresql final : public Source
{
public:
    Postgresql(const Order &order, Outlet &outlet);

    [[nodiscard]] int descriptor() const override { return PQsocket(m_connection.get()); }
    void receive(int room) override;
    void acknowledge(std::uint64_t) override {}

private:
    struct Finish {
        void operator()(PGconn *connection) const { PQfinish(connection); }
    };
    struct Free {
        void operator()(void *memory) const { PQfreemem(memory); }
    };
    struct Clear {
        void operator()(PGresult *result) const { PQclear(result); }
    };

    void connect(const Order &order);

    Outlet &m_outlet;
    std::unique_ptr<PGconn, Finish> m_connection;
};

Postgresql::Postgresql(const Order &order, Outlet &outlet) : m_outlet(outlet)
{
    connect(order);
    PGconn *connection = m_connection.get();
    const std::string &channel = order.trigger.from;
    const std::unique_ptr<char, Free> name(
        PQescapeIdentifier(connection, channel.data(), channel.size()));
    const std::string command = "LISTEN " + std::string(name ? name.get() : "\"\"");
    const std::unique_ptr<PGresult, Clear> result(PQexec(connection, command.c_str()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        throw Trouble(firstLine(PQerrorMessage(connection)));
    m_outlet.tellConnected();
}

void Postgresql::connect(const Order &order)
{
    const BrokerPlace place = *brokerPlace(order.trigger);
    const std::string port = std::to_string(place.addresses.front().port);
    const std::array<std::pair<const char *, std::string>, 10> wanted{
        {{"host", place.addresses.front().host},
         {"port", port},
         {"dbname", place.path},
         {"user", order.trigger.user},
         {"password", order.password},
         {"application_name", order.client},
         {"connect_timeout", "10"},
         {"keepalives_idle", "20"},
         {"keepalives_interval", "5"},
         {"keepalives_count", "3"}}};
    std::array<const char *, wanted.size() + 1> names{}, values{};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        names[i] = wanted[i].first;
        values[i] = wanted[i].second.c_str(); // empty: what is ordinary
    }
    m_connection.reset(PQconnectdbParams(names.data(), values.data(), 0));
    if (PQstatus(m_connection.get()) != CONNECTION_OK)
        throw Trouble(firstLine(PQerrorMessage(m_connection.get())));
}

void Postgresql::receive(int room)
{
    if (!PQconsumeInput(m_connection.get()) || PQstatus(m_connection.get()) != CONNECTION_OK)
        throw Trouble("the connection ended (" + firstLine(PQerrorMessage(m_connection.get())) +
                      ")");
    for (; room > 0; --room) {
        const std::unique_ptr<PGnotify, Free> notice(PQnotifies(m_connection.get()));
        if (!notice)
            return;
        json told{{"channel", notice->relname}, {"pid", notice->be_pid}};
        addBytes(told, notice->extra);
        m_outlet.give(told);
    }
}

} // namespace

std::unique_ptr<Source> createPostgresql(const Order &order, Outlet &outlet)
{
    return std::make_unique<Postgresql>(order, outlet);
}

} // namespace runtime::sources
