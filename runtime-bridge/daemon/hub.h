#pragma once

#include "runtime-bridge/daemon/hostobserver.h"
#include "runtime-bridge/daemon/metrics.h"
#include "runtime-bridge/daemon/records.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace runtime {

/// Somebody who wants to hear what happens.
class Listener
{
public:
    virtual ~Listener() = default;
    virtual void onHappening(const Happening &happening) = 0;
    /// Newly stored, in the order of their cursors. To be asked for again: Records::readings().
    virtual void onStored(const std::vector<Reading> &readings) = 0;
};

/// Between the functions and those who want to hear of them: writes everything down and passes it
/// on; readings only once they are stored.
class Hub final : public HostObserver
{
public:
    explicit Hub(boost::asio::io_context &io);

    [[nodiscard]] Result<> openRecords(const std::filesystem::path &file);
    [[nodiscard]] Records &records() { return *m_records; }
    [[nodiscard]] const Metrics &metrics() const { return m_metrics; }
    /// Writes what is queued and ends the writing thread.
    void closeRecords() { m_records.reset(); }

    void add(Listener *listener) { m_listeners.insert(listener); }
    void remove(Listener *listener) { m_listeners.erase(listener); }

    void invoked(const Invocation &invocation) override;
    void logged(const LogLine &line) override;
    void measured(std::vector<Reading> readings) override;
    void functionChanged(const FunctionState &state) override;
    void functionRemoved(const std::string &function) override;
    void switched(const Switch &change) override;
    void alarmed(const AlarmChange &change) override;

    std::function<void(const AlarmChange &)> onAlarm; ///< Does what it asks for.

private:
    void tell(const Happening &happening);

    boost::asio::io_context &m_io;
    std::unique_ptr<Records> m_records;
    Metrics m_metrics;
    std::set<Listener *> m_listeners;
};

} // namespace runtime
