#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/functionhost.h"
#include "runtime-bridge/daemon/hub.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace runtime {

class AlarmActions;
class Connection;
class QueueStore;
class TaskRunner;
class Dependencies;

struct ServeOptions {
    std::filesystem::path folder;
    std::chrono::seconds idleExit{600}; ///< 0: never.
    std::string listen;                 ///< Controller API, "HOST:PORT"; empty: none.
    std::filesystem::path authFile;
};

/// Builds and connects every part of the runtime: this is the place to see what there is.
///
/// One thread, but for the one that writes the records. Ends by itself when nobody needs it, on
/// SIGTERM and SIGINT, and on request: no new work is accepted, what runs may finish until a
/// deadline, or until a second signal, then every worker is killed.
class RuntimeServer
{
public:
    RuntimeServer(boost::asio::io_context &io, ServeOptions options);
    ~RuntimeServer();

    /// Opens the records, serves the kept functions again, listens on the management socket.
    [[nodiscard]] Result<> start();
    void stop();

    [[nodiscard]] Hello hello() const;
    [[nodiscard]] boost::asio::io_context &io() { return m_io; }
    [[nodiscard]] FunctionHost &host() { return *m_host; }
    [[nodiscard]] Hub &hub() { return m_hub; }
    [[nodiscard]] QueueStore &queues() { return *m_queues; }
    [[nodiscard]] TaskRunner &tasks() { return *m_tasks; }

    /// Starts the HTTP gateway, when it does not run: its address.
    [[nodiscard]] Result<std::string> gateway(int port);

    void onConnectionEnded(Connection &connection);

private:
    struct FrontDoors; ///< HTTP.

    Result<> listen();
    void watchSignals();
    Result<> startControllerApi();
    void accept();
    void watchIdle();
    [[nodiscard]] bool isIdle() const;
    void drain(boost::asio::yield_context yield);

    boost::asio::io_context &m_io;
    ServeOptions m_options;
    Hello m_hello;
    Children m_children;
    Hub m_hub;
    std::map<std::string, std::unique_ptr<WorkerSource>> m_sources; ///< By runtime's name.
    std::unique_ptr<QueueStore> m_queues;
    std::unique_ptr<Dependencies> m_dependencies;
    std::unique_ptr<FunctionHost> m_host;
    std::unique_ptr<TaskRunner> m_tasks;
    std::unique_ptr<AlarmActions> m_alarmActions;
    std::unique_ptr<FrontDoors> m_doors;
    boost::asio::local::stream_protocol::acceptor m_acceptor;
    boost::asio::signal_set m_signals;
    boost::asio::steady_timer m_idleTimer;
    std::map<std::uint64_t, std::shared_ptr<Connection>> m_connections;
    std::uint64_t m_lastConnection = 0;
    bool m_stopping = false;
    bool m_signalled = false;
    bool m_hurried = false; ///< A second signal came: what still runs is not waited for.
};

} // namespace runtime
