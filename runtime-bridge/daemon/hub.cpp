#include "runtime-bridge/daemon/hub.h"

#include <boost/asio/post.hpp>

namespace runtime {

Hub::Hub(boost::asio::io_context &io) : m_io(io) {}

Result<> Hub::openRecords(const std::filesystem::path &file)
{
    Result<std::unique_ptr<Records>> records =
        Records::open(file, [this](std::vector<Reading> stored) {
            boost::asio::post(m_io, [this, readings = std::move(stored)] {
                for (const auto listeners = m_listeners; Listener * listener : listeners)
                    if (m_listeners.contains(listener))
                        listener->onStored(readings);
            });
        });
    if (!records)
        return tl::unexpected(records.error());
    m_records = std::move(*records);
    return {};
}

void Hub::tell(const Happening &happening)
{
    // A listener may leave while it is told.
    for (const auto listeners = m_listeners; Listener * listener : listeners)
        if (m_listeners.contains(listener))
            listener->onHappening(happening);
}

void Hub::invoked(const Invocation &invocation)
{
    m_metrics.count(invocation);
    if (!m_listeners.empty()) {
        Happening happening;
        happening.kind = Happening::Kind::Invocation;
        happening.invocation = invocation;
        happening.invocation.log.clear();
        tell(happening);
    }
    if (m_records)
        m_records->add(invocation);
}

void Hub::logged(const LogLine &line)
{
    // Lines of an invocation are written down with it.
    if (line.invocation.empty() && m_records)
        m_records->add(line);
    if (m_listeners.empty())
        return;
    Happening happening;
    happening.kind = Happening::Kind::Log;
    happening.log = line;
    tell(happening);
}

void Hub::measured(std::vector<Reading> readings)
{
    if (m_records)
        m_records->add(std::move(readings));
}

void Hub::functionChanged(const FunctionState &state)
{
    Happening happening;
    happening.kind = Happening::Kind::Function;
    happening.function = state;
    tell(happening);
}

void Hub::functionRemoved(const std::string &function)
{
    m_metrics.onRemoved(function);
    Happening happening;
    happening.kind = Happening::Kind::FunctionRemoved;
    happening.functionName = function;
    tell(happening);
}

void Hub::switched(const Switch &change)
{
    if (m_records)
        m_records->add(change);
    Happening happening;
    happening.kind = Happening::Kind::Switch;
    happening.switched = change;
    tell(happening);
}

void Hub::alarmed(const AlarmChange &change)
{
    Happening happening;
    happening.kind = Happening::Kind::Alarm;
    happening.alarm = change;
    tell(happening);
    if (onAlarm)
        onAlarm(change);
}

} // namespace runtime
