#include "runtime-bridge/daemon/feedsubscription.h"

#include "runtime-bridge/daemon/connection.h"
#include "runtime-bridge/daemon/runtimeserver.h"

#include <nlohmann/json.hpp>

#include <boost/asio/post.hpp>

namespace runtime {

namespace {
constexpr std::size_t pauseAt = 1u << 20; ///< Unsent bytes from which readings wait in the file.
constexpr std::size_t endAt = 64u << 20;  ///< Unsent bytes from which the rest is not worth it.
constexpr int batch = 2'000;
} // namespace

FeedSubscription::FeedSubscription(Connection &connection, RuntimeServer &server, std::uint64_t id,
                                   SubscribeRequest request)
    : m_connection(connection), m_server(server), m_id(id), m_request(std::move(request))
{
    m_server.hub().add(this);
}

FeedSubscription::~FeedSubscription()
{
    m_server.hub().remove(this);
}

void FeedSubscription::begin()
{
    if (m_request.functions)
        for (FunctionState &state : m_server.host().functions()) {
            Happening happening;
            happening.kind = Happening::Kind::Function;
            happening.function = std::move(state);
            onHappening(happening);
        }
    if (!m_request.readings)
        return;
    m_cursor =
        m_request.readingsFromNow ? m_server.hub().records().lastCursor() : m_request.afterCursor;
    m_behind = !m_request.readingsFromNow;
    catchUp();
}

bool FeedSubscription::isWanted(const std::string &function) const
{
    return m_request.function.empty() || m_request.function == function;
}

void FeedSubscription::onHappening(const Happening &happening)
{
    bool wanted = false;
    switch (happening.kind) {
    case Happening::Kind::Invocation:
        wanted = m_request.invocations && isWanted(happening.invocation.function);
        break;
    case Happening::Kind::Log: wanted = m_request.log && isWanted(happening.log.function); break;
    case Happening::Kind::Function:
        wanted = m_request.functions && isWanted(happening.function.spec.name);
        break;
    case Happening::Kind::FunctionRemoved:
        wanted = m_request.functions && isWanted(happening.functionName);
        break;
    case Happening::Kind::Switch:
        wanted = m_request.functions && isWanted(happening.switched.function);
        break;
    case Happening::Kind::Alarm:
        wanted = m_request.functions && isWanted(happening.alarm.function);
        break;
    case Happening::Kind::Readings: break;
    }
    if (!wanted)
        return;
    if (m_connection.unsent() > endAt) {
        m_connection.sendError(m_id, {ErrorCode::RuntimeBusy, "subscribe",
                                      "the client does not keep up with what happens"});
        m_connection.endSubscription(m_id); // destroys this object
        return;
    }
    m_connection.sendItem(m_id, happening);
}

void FeedSubscription::onStored(const std::vector<Reading> &readings)
{
    if (!m_request.readings || readings.empty() || readings.back().cursor <= m_cursor)
        return;
    if (m_behind)
        return; // they will be fetched with the others
    if (m_connection.unsent() > pauseAt) {
        m_behind = true;
        return;
    }
    std::vector<Reading> wanted;
    for (const Reading &reading : readings)
        if (reading.cursor > m_cursor && isWanted(reading.function))
            wanted.push_back(reading);
    m_cursor = readings.back().cursor;
    sendReadings(std::move(wanted));
}

void FeedSubscription::onSent()
{
    if (m_behind)
        catchUp();
}

void FeedSubscription::catchUp()
{
    // One batch each time the client has taken the one before, so that nobody else waits long.
    if (!m_behind || m_connection.unsent() > pauseAt)
        return;
    std::vector<Reading> readings =
        m_server.hub().records().readings(m_cursor, batch, m_request.function);
    if (readings.empty()) {
        m_behind = false;
        return;
    }
    m_cursor = readings.back().cursor;
    sendReadings(std::move(readings));
}

void FeedSubscription::sendReadings(std::vector<Reading> readings)
{
    if (readings.empty())
        return;
    Happening happening;
    happening.kind = Happening::Kind::Readings;
    happening.readings = std::move(readings);
    m_connection.sendItem(m_id, happening);
}

} // namespace runtime
