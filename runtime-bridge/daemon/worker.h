#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/invoker.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/daemon/workeroutput.h"
#include "runtime-bridge/daemon/workersource.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace runtime {

class FunctionVersion;

/// One process that runs one function, one invocation at a time unless the function says otherwise.
///
/// load(), then run() as often as wanted; each gives exactly one outcome. After isGone() it is of
/// no more use. Everything it started is dead by then, and its temporary folder removed.
class Worker : public std::enable_shared_from_this<Worker>, private WorkerConversation::Listener
{
public:
    /// Told of every line as it comes; the invocation in it is empty between invocations.
    /// \a kept: false when it is over the invocation's limit and only counted.
    using Logged = std::function<void(Worker &, const LogLine &, bool kept)>;

    Worker(boost::asio::io_context &io, Children &children, EmptyWorker process, WorkerTask task,
           std::filesystem::path temporaryFolder, Logged logged);
    ~Worker() override;

    /// Loads the handler: the milliseconds it took. ErrorCode::FunctionInitFailed with a Fault as
    /// JSON in the detail; ErrorCode::DebuggerMissing.
    [[nodiscard]] Result<double> load(boost::asio::yield_context yield);

    /// Fills in outcome, result, fault, log, durations and memory of \a invocation.
    void run(Invocation &invocation, const Caller &caller, boost::asio::yield_context yield);

    void cancel(const std::string &invocation); ///< It ends as Outcome::Cancelled.
    void cancelAll();
    void setFrozen(bool frozen); ///< Timeouts stand still meanwhile.
    void kill();                 ///< With all that it started.
    /// kill(), after a time to leave by itself where it can.
    void leave();
    /// Begins to look where it is all the time, or ends that: then onProfiledSamples is called.
    /// Only for what canBeProfiled().
    void setProfiling(bool on);
    /// Its samples: a JSON object of counts by stack.
    std::function<void(std::string samples)> onProfiledSamples;
    /// What it runs has its timeout again, from now; what it loads has no more use.
    void endDebugging();

    [[nodiscard]] bool isGone() const { return m_gone; }
    [[nodiscard]] bool isEnding() const { return m_killed || m_leaving || m_closed; }
    [[nodiscard]] bool isLoading() const { return m_loading; }
    [[nodiscard]] pid_t pid() const { return m_pid; }
    [[nodiscard]] const WorkerTask &task() const { return m_task; }

    std::weak_ptr<FunctionVersion> owner;
    std::function<void()> onGone; ///< Once, after the process has ended.
    std::chrono::steady_clock::time_point idleSince;
    int taken = 0;            ///< Invocations it was given and that were not given back.
    std::uint64_t served = 0; ///< Invocations.
    double loadMs = 0;
    std::set<std::string> printedSeries; ///< Of the present invocation.
    /// Debugging: the debugger is there and about to be connected. Before load() returns.
    std::function<void()> onConnectingDebugger;

private:
    struct Call;

    void onAnswer(const std::string &id, WorkerAnswer answer) override;
    void onAnswering(const std::string &id) override;
    void onConnecting() override;
    void onProfiled(std::string samples) override;
    void onClosed(bool broken) override;

    void begin();
    void onEnded(int status);
    void finishIfGone();
    void waitFor(Call &call, const boost::asio::yield_context &yield);
    void watchLimits();
    void stopWith(Call &call, Outcome verdict);
    [[nodiscard]] Error loadError(const Call &call) const;
    void conclude(Invocation &invocation, const Call &call);

    boost::asio::io_context &m_io;
    Children &m_children;
    pid_t m_pid;
    WorkerTask m_task;
    std::filesystem::path m_temporaryFolder;
    std::shared_ptr<WorkerConversation> m_conversation;
    std::shared_ptr<WorkerOutput> m_output;
    std::map<std::string, Call *> m_calls; ///< By invocation, each on its coroutine's stack.
    Wake m_changed;
    std::optional<int> m_status;
    bool m_closed = false; ///< The conversation is.
    bool m_gone = false;
    bool m_killed = false;
    bool m_leaving = false;
    bool m_frozen = false;
    bool m_loading = false;
    boost::asio::steady_timer m_limitTimer, m_leaveTimer;
    bool m_limitsWatched = false;
    std::uint64_t m_peakKb = 0;
};

/// Whether the workers of \a spec tell where they are.
[[nodiscard]] bool canBeProfiled(const FunctionSpec &spec);

} // namespace runtime
