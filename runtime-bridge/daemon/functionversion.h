#pragma once

#include "runtime-bridge/daemon/dependencies.h"
#include "runtime-bridge/daemon/worker.h"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace runtime {

class QueueStore;

/// The places and parts that every function of one runtime shares.
struct HostParts {
    boost::asio::io_context &io;
    Children &children;
    std::filesystem::path folder;                                     ///< The runtime's.
    QueueStore *queues;                                               ///< Outlives every trigger.
    std::function<WorkerSource *(const std::string &runtime)> source; ///< Null: no such runtime.
    Dependencies &dependencies;
    std::string gateway; ///< Its address; empty until it runs.
};

/// One version of a function and the workers that run it.
class FunctionVersion : public std::enable_shared_from_this<FunctionVersion>
{
public:
    FunctionVersion(HostParts &parts, WorkerTask task, Worker::Logged logged);
    ~FunctionVersion();

    /// Starts a worker and loads the function in it; it is idle then.
    [[nodiscard]] Result<std::shared_ptr<Worker>> start(boost::asio::yield_context yield);
    /// start() in two parts: expectStart() now, so that it counts at once, startExpected() from a
    /// coroutine that begins later.
    void expectStart() { ++m_starting; }
    [[nodiscard]] Result<std::shared_ptr<Worker>> startExpected(boost::asio::yield_context yield);

    /// A worker for one invocation, the last used one that may take it; null when there is none.
    [[nodiscard]] std::shared_ptr<Worker> take();
    void giveBack(const std::shared_ptr<Worker> &worker);

    /// No more invocations: idle workers end now, busy ones when they are given back.
    void retire();
    /// Ends everything now.
    void kill();
    /// Retires it; the debugger has left what it held.
    void endDebugging();
    void cancelAll(); ///< kill(), and what ran ends as cancelled.
    void setFrozen(bool frozen);
    /// Keeps the last idle worker whatever its age: its files may be gone.
    void setKeepsOne(bool keeps) { m_keepsOne = keeps; }

    [[nodiscard]] bool mayGrow() const;
    [[nodiscard]] int starting() const { return m_starting; }
    [[nodiscard]] int workers() const { return int(m_workers.size()); }
    /// Workers that live, and those to come.
    [[nodiscard]] int expected() const;
    [[nodiscard]] bool hasServing() const; ///< A worker that has loaded and does not end.
    [[nodiscard]] const std::vector<std::shared_ptr<Worker>> &allWorkers() const
    {
        return m_workers;
    }
    [[nodiscard]] const WorkerTask &task() const { return m_task; }

    /// A worker became free or went: somebody who waits may be served.
    std::function<void()> onChange;
    std::function<void()> onConnecting; ///< See Worker.
    /// What goes on before there is a worker.
    std::function<void(const std::string &line)> onProgress;

private:
    Result<std::shared_ptr<Worker>> startPrepared(boost::asio::yield_context yield);
    void onGone(const Worker *worker);
    void watchIdle();
    void endIdle();

    HostParts &m_parts;
    WorkerTask m_task;
    Worker::Logged m_logged;
    std::vector<std::shared_ptr<Worker>> m_workers; ///< Loading, idle and busy.
    std::vector<std::shared_ptr<Worker>> m_free;    ///< May take one more; the last used last.
    boost::asio::steady_timer m_idleTimer;
    int m_starting = 0;
    bool m_retired = false;
    bool m_prepared = false; ///< Its packages are there.
    bool m_frozen = false;
    bool m_hasLoaded = false; ///< The first worker has, or has failed to.
    bool m_keepsOne = false;
    bool m_idleWatched = false;
};

} // namespace runtime
