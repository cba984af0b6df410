#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/types.h>

#include <functional>
#include <map>

namespace runtime {

/// Every process that this runtime answers for, until it has ended. Collects its own children,
/// and kills and collects what the descendants of dead workers left behind: they become our
/// children, and nobody else's can.
class Children
{
public:
    /// Gets what waitpid() gives.
    using Ended = std::function<void(int status)>;

    explicit Children(boost::asio::io_context &io);

    /// \a ended is called once, never from within this call.
    void watch(pid_t pid, Ended ended);
    /// Told by the parent of \a pid, where that is not this process.
    void reportEnd(pid_t pid, int status);
    /// After a worker's end: kills what it left.
    void killOrphans();
    /// Kills every process still watched, with its descendants.
    void killAll();

private:
    void waitForSignal();
    void collect();

    boost::asio::signal_set m_signals;
    std::map<pid_t, Ended> m_watched;
};

} // namespace runtime
