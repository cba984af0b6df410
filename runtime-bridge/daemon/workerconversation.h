#pragma once

#include "runtime-bridge/daemon/workertask.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/spawn.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace runtime {

class CallStream;
class ServiceExchange;

/// What a worker's process said of its loading or of an invocation.
struct WorkerAnswer {
    enum class Kind { Loaded, InitFailed, NoDebugger, Result, Error };
    Kind kind = Kind::Result;
    std::string result;  ///< JSON.
    Fault fault;         ///< InitFailed, Error; NoDebugger: the message.
    std::string capture; ///< Error: see Invocation.
    std::optional<double> ms;
    std::optional<double> cpuMs;
    std::optional<std::uint64_t> memoryKb;
};

/// One invocation as a worker's process is told of it.
struct WorkerCall {
    const Invocation &invocation;
    std::chrono::milliseconds timeout;
    ServiceExchange *exchange = nullptr; ///< Services: what to do in place of passing the event.
    CallStream *stream = nullptr;        ///< Who takes the answer as it comes; may be null.
};

/// How a worker's process is told what to do and answers: by frames with our shims, by the AWS
/// Lambda Runtime API, or by HTTP with a web server. Limits, logs and the end of the process are
/// the Worker's part.
class WorkerConversation
{
public:
    /// Hears what the process says. May call close().
    class Listener
    {
    public:
        virtual ~Listener() = default;
        /// \a id: of the invocation; empty: of the loading.
        virtual void onAnswer(const std::string &id, WorkerAnswer answer) = 0;
        virtual void onAnswering(const std::string &id) = 0; ///< Its answer began to stream.
        virtual void onConnecting() = 0;                     ///< Debugging, see Worker.
        virtual void onProfiled(std::string samples) = 0;    ///< See Worker::setProfiling().
        /// Nothing will be said any more. \a broken: what came was no message.
        virtual void onClosed(bool broken) = 0;
    };

    virtual ~WorkerConversation() = default;

    /// Begins: tells the process what it runs. Answered by Loaded, InitFailed or NoDebugger.
    virtual void load(const WorkerTask &task, const std::map<std::string, std::string> &environment,
                      Listener &listener, boost::asio::yield_context yield) = 0;
    /// Answered by Result or Error, perhaps before it returns.
    virtual void invoke(const WorkerCall &call, boost::asio::yield_context yield) = 0;
    /// Gives one invocation up while others go on; false where that takes the end of the process.
    virtual bool abandon(const std::string & /*id*/) { return false; }
    /// The process is asked by SIGTERM first, and has time to leave.
    [[nodiscard]] virtual bool leavesGently() const { return false; }
    /// Tells the listener what has come and was not read yet: last words of a process that ended.
    virtual void drain() {}
    /// The listener hears nothing any more.
    virtual void close() = 0;
};

} // namespace runtime
