#pragma once

#include "runtime-bridge/daemon/functionhost.h"
#include "runtime-bridge/daemon/hub.h"
#include "runtime-bridge/daemon/queuestore.h"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace runtime {

/// Does the tasks: invocations that were accepted and that nobody waits for. Each is tried until it
/// succeeds or its attempts are over; what became of it is kept. Tasks of a function that is not
/// there wait for it, and what ran when the runtime ended is tried again by the next.
///
/// As many of one function at once as it may have workers.
class TaskRunner final : public Listener
{
public:
    TaskRunner(boost::asio::io_context &io, FunctionHost &host, Hub &hub, QueueStore &store);
    ~TaskRunner() override;

    /// Takes up what is left of earlier runtimes.
    void start();
    /// No further task is begun.
    void rest() { m_resting = true; }

    [[nodiscard]] Result<std::string> submit(const InvokeRequest &request);
    /// With the last lines of its log while it runs.
    [[nodiscard]] Result<TaskState> task(const std::string &id) const;

private:
    struct Running {
        std::string invocation;
        std::deque<LogLine> log;
    };

    void onHappening(const Happening &happening) override;
    void onStored(const std::vector<Reading> &) override {}
    void watch(const std::string &function);
    void pump(const std::string &function);
    void pumpLater(const std::string &function);
    void pumpAt(const std::string &function, std::int64_t dueUs);
    void run(const QueueMessage &message, const Retry &retry, boost::asio::yield_context yield);
    void settle(const QueueMessage &message, TaskState task, const Invocation &invocation,
                const Retry &retry);

    boost::asio::io_context &m_io;
    FunctionHost &m_host;
    Hub &m_hub;
    QueueStore &m_store;
    std::map<std::string, std::shared_ptr<std::function<void()>>> m_heard; ///< By function.
    std::map<std::string, std::unique_ptr<boost::asio::steady_timer>> m_timers;
    std::map<std::string, int> m_busy;        ///< Tasks that run, by function.
    std::map<std::string, Running> m_running; ///< By task.
    bool m_resting = false;
};

} // namespace runtime
