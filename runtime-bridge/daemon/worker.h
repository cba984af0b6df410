#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/linesplitter.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/daemon/workersource.h"
#include "runtime-bridge/protocol/messages.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace runtime {

class FunctionVersion;

/// What a worker needs to know of the version it loads.
struct WorkerTask {
    FunctionSpec spec;
    std::string bundle;
    std::uint64_t version = 0;
    std::filesystem::path root; ///< Where the files lie.
    bool linked = false;        ///< They are the user's own, and change.
    std::optional<DebugRequest> debug;
};

/// One process that runs one function, one invocation at a time.
///
/// load(), then run() as often as wanted; each gives exactly one outcome. After isGone() it is of
/// no more use. Everything it started is dead by then, and its temporary folder removed.
class Worker : public std::enable_shared_from_this<Worker>
{
public:
    /// Told of every line as it comes; the invocation in it is empty between invocations.
    /// \a kept: false when it is over the invocation's limit and only counted.
    using Logged = std::function<void(Worker &, const LogLine &, bool kept)>;

    Worker(boost::asio::io_context &io, Children &children, EmptyWorker process, WorkerTask task,
           std::filesystem::path temporaryFolder, Logged logged);
    ~Worker();

    /// Loads the handler: the milliseconds it took. ErrorCode::FunctionInitFailed with a Fault as
    /// JSON in the detail; ErrorCode::DebuggerMissing.
    [[nodiscard]] Result<double> load(boost::asio::yield_context yield);

    /// Fills in outcome, result, fault, log, durations and memory of \a invocation.
    void run(Invocation &invocation, boost::asio::yield_context yield);

    void cancel();               ///< The invocation that runs ends as Outcome::Cancelled.
    void setFrozen(bool frozen); ///< Its timeout stands still meanwhile.
    void kill();                 ///< With all that it started.
    /// What it runs has its timeout again, from now; what it loads has no more use.
    void endDebugging();

    [[nodiscard]] bool isGone() const { return m_gone; }
    [[nodiscard]] bool isEnding() const { return m_killed || m_channelClosed; }
    [[nodiscard]] bool isLoading() const { return m_loading; }
    [[nodiscard]] bool isBusy() const { return m_current != nullptr; }
    [[nodiscard]] pid_t pid() const { return m_pid; }
    [[nodiscard]] const WorkerTask &task() const { return m_task; }

    std::weak_ptr<FunctionVersion> owner;
    std::function<void()> onGone; ///< Once, after the process has ended.
    std::chrono::steady_clock::time_point idleSince;
    std::uint64_t served = 0; ///< Invocations.
    double loadMs = 0;
    std::set<std::string> printedSeries; ///< Of the present invocation.
    /// Debugging: the debugger is there and about to be connected. Before load() returns.
    std::function<void()> onConnecting;

private:
    struct Answer;
    struct Pipe;

    void begin();
    void readChannel();
    bool takeFrames();
    void readPipe(Pipe &pipe);
    void drainPipes();
    void onLine(std::string text, bool isError);
    void onAnswer();
    void onChannelClosed();
    void onEnded(int status);
    void finishIfGone();
    bool send(const std::string &frames, const boost::asio::yield_context &yield);
    void waitForAnswer(const boost::asio::yield_context &yield);
    void limitMemory();
    void setDeadline(std::chrono::milliseconds time);
    void armDeadline();
    void watchMemory();
    void stopWith(Outcome verdict);
    void conclude(Invocation &invocation);
    void concludeDeath(Invocation &invocation);
    [[nodiscard]] std::string endedHow() const;

    boost::asio::io_context &m_io;
    Children &m_children;
    pid_t m_pid;
    WorkerTask m_task;
    std::filesystem::path m_temporaryFolder;
    Logged m_logged;
    boost::asio::local::stream_protocol::socket m_channel;
    std::unique_ptr<Pipe> m_output, m_error;
    std::string m_received;
    std::unique_ptr<Answer> m_answer;
    Wake m_changed;
    Invocation *m_current = nullptr; ///< On the stack of the coroutine in run().
    std::size_t m_logBytes = 0;
    std::string m_lastError;          ///< The end of standard error, to tell how it died.
    std::optional<Outcome> m_verdict; ///< Why we killed it.
    std::optional<int> m_status;
    bool m_channelClosed = false;
    bool m_gone = false;
    bool m_killed = false;
    bool m_frozen = false;
    bool m_loading = false;
    boost::asio::steady_timer m_deadlineTimer, m_memoryTimer, m_leaveTimer;
    std::chrono::steady_clock::time_point m_deadline;
    std::chrono::steady_clock::duration m_left{};
    std::uint64_t m_peakKb = 0;
};

} // namespace runtime
