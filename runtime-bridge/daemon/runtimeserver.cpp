#include "runtime-bridge/daemon/runtimeserver.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/daemon/alarms/alarmactions.h"
#include "runtime-bridge/daemon/compiledlaunchers.h"
#include "runtime-bridge/daemon/connection.h"
#include "runtime-bridge/daemon/controllerapi.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/dependencies.h"
#include "runtime-bridge/daemon/gateway.h"
#include "runtime-bridge/daemon/launchers.h"
#include "runtime-bridge/daemon/nodestock.h"
#include "runtime-bridge/daemon/pythonparent.h"
#include "runtime-bridge/daemon/queuedoor.h"
#include "runtime-bridge/daemon/shims.h"
#include "runtime-bridge/daemon/taskrunner.h"
#include "runtime-bridge/daemon/version.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <csignal>

namespace runtime {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using namespace std::chrono_literals;
using LocalProtocol = asio::local::stream_protocol;

namespace {
constexpr auto drainLimit = 5s;

Hello createHello()
{
    Hello hello;
    hello.version = programVersion;
    if (const Result<std::string> bytes = readFile("/proc/self/exe"))
        hello.program = digestOf(*bytes);
    hello.instance = createId();
    utsname names{};
    ::uname(&names);
    hello.machine = names.machine;
    hello.hostName = names.nodename;
    return hello;
}
} // namespace

struct RuntimeServer::FrontDoors {
    std::unique_ptr<Gateway> gateway;
    std::unique_ptr<ControllerApi> controllerApi;
};

RuntimeServer::RuntimeServer(asio::io_context &io, ServeOptions options)
    : m_io(io)
    , m_options(std::move(options))
    , m_hello(createHello())
    , m_children(io)
    , m_hub(io)
    , m_doors(std::make_unique<FrontDoors>())
    , m_acceptor(io)
    , m_signals(io, SIGTERM, SIGINT)
    , m_idleTimer(io)
{
}

RuntimeServer::~RuntimeServer() = default;

Result<> RuntimeServer::start()
{
    std::error_code error;
    fs::remove_all(m_options.folder / "tmp", error); // of a runtime that was killed
    const Result<fs::path> shims = writeShims(m_options.folder / "shims");
    if (!shims)
        return tl::unexpected(shims.error());
    if (Result<> opened = m_hub.openRecords(m_options.folder / "records.sqlite"); !opened)
        return opened;
    m_sources["python3"] = std::make_unique<PythonParent>(m_io, m_children, *shims);
    m_sources["nodejs"] = std::make_unique<NodeStock>(m_io, m_children, *shims);
    const auto program = [this](const char *name, ProgramSource::Launcher launcher) {
        m_sources[name] = std::make_unique<ProgramSource>(m_io, m_children, std::move(launcher));
    };
    program("custom", customLauncher());
    program("service", serviceLauncher());
    const auto compiler = std::make_shared<Compiler>(m_io, m_children, m_options.folder / "builds");
    program("go", goLauncher(compiler, *shims / "go/main.go"));
    program("java", javaLauncher(compiler, *shims / "java"));
    program("php", shimLauncher("php", *shims / "php/worker.php"));
    program("ruby", shimLauncher("ruby", *shims / "ruby/worker.rb"));
    for (const auto &[name, source] : m_sources)
        m_hello.features.push_back("runtime:" + name);
    Result<std::unique_ptr<QueueStore>> queues =
        QueueStore::open(m_options.folder / "queues.sqlite");
    if (!queues)
        return tl::unexpected(queues.error());
    m_queues = std::move(*queues);
    m_dependencies =
        std::make_unique<Dependencies>(m_io, m_children, m_options.folder / "dependencies", *shims);
    HostParts parts{m_io,
                    m_children,
                    m_options.folder,
                    m_queues.get(),
                    [this](const std::string &runtime) {
                        const auto it = m_sources.find(runtime);
                        return it == m_sources.end() ? nullptr : it->second.get();
                    },
                    *m_dependencies,
                    {}};
    m_host = std::make_unique<FunctionHost>(std::move(parts), m_hub);
    m_tasks = std::make_unique<TaskRunner>(m_io, *m_host, m_hub, *m_queues);
    m_host->onSubmit = [this](const InvokeRequest &request) { return m_tasks->submit(request); };
    m_alarmActions = std::make_unique<AlarmActions>(m_io, *m_host);
    m_hub.onAlarm = [this](const AlarmChange &change) {
        if (!m_stopping)
            m_alarmActions->run(change);
    };
    m_host->restore();
    m_tasks->start();
    if (Result<> started = startControllerApi(); !started)
        return started;
    if (Result<> listening = listen(); !listening)
        return listening;
    watchSignals();
    accept();
    watchIdle();
    logLine("serving in " + m_options.folder.string());
    return {};
}

void RuntimeServer::watchSignals()
{
    m_signals.async_wait([this](const boost::system::error_code &error, int) {
        if (error)
            return;
        m_hurried = std::exchange(m_signalled, true);
        stop();
        watchSignals();
    });
}

Result<> RuntimeServer::listen()
{
    const fs::path path = runtimeSocket(m_options.folder);
    std::error_code ignored;
    fs::remove(path, ignored); // ours alone: we hold the lock
    try {
        const LocalProtocol::endpoint endpoint(path.string());
        m_acceptor.open();
        const mode_t mask = ::umask(0177);
        boost::system::error_code error;
        m_acceptor.bind(endpoint, error);
        ::umask(mask);
        if (!error)
            m_acceptor.listen(64, error);
        if (error)
            return failure(ErrorCode::FileUnwritable, path.string(), error.message());
    } catch (const boost::system::system_error &error) { // a path longer than a socket's may be
        return failure(ErrorCode::FileUnwritable, path.string(), error.what());
    }
    return {};
}

Result<> RuntimeServer::startControllerApi()
{
    if (m_options.listen.empty())
        return {};
    ControllerOptions options;
    options.listen = m_options.listen;
    options.authFile = m_options.authFile;
    options.folder = m_options.folder / "actions";
    m_doors->controllerApi =
        std::make_unique<ControllerApi>(m_io, *m_host, m_hub.records(), std::move(options));
    const Result<std::string> address = m_doors->controllerApi->start();
    if (!address)
        return tl::unexpected(address.error());
    logLine("controller API at " + *address);
    return {};
}

Result<std::string> RuntimeServer::gateway(int port)
{
    if (m_stopping)
        return failure(ErrorCode::RuntimeBusy, "gateway", "the runtime is shutting down");
    if (!m_doors->gateway) {
        m_doors->gateway = std::make_unique<Gateway>(m_io, *m_host);
        m_doors->gateway->metrics = [this] {
            return m_hub.metrics().prometheus(m_host->functions());
        };
        m_doors->gateway->ownAnswer = [this](const HttpRequest &request) {
            return answerOfQueues(request, *m_queues, *m_tasks);
        };
    }
    Result<std::string> address = m_doors->gateway->start(port);
    if (address)
        m_host->setGateway(*address);
    return address;
}

Hello RuntimeServer::hello() const
{
    Hello hello = m_hello;
    hello.timeUs = nowUs();
    return hello;
}

void RuntimeServer::accept()
{
    m_acceptor.async_accept([this](const boost::system::error_code &error,
                                   LocalProtocol::socket socket) {
        if (error == asio::error::operation_aborted || m_stopping)
            return;
        if (!error) {
            const std::uint64_t id = ++m_lastConnection;
            const auto connection = std::make_shared<Connection>(*this, std::move(socket), id);
            m_connections[id] = connection;
            startCoroutine(m_io,
                           [connection](asio::yield_context yield) { connection->serve(yield); });
        }
        accept();
    });
}

void RuntimeServer::onConnectionEnded(Connection &connection)
{
    m_connections.erase(connection.id());
    m_host->endLease(connection.id());
    watchIdle();
}

bool RuntimeServer::isIdle() const
{
    return m_connections.empty() && !m_host->hasKept() && !m_host->isBusy();
}

void RuntimeServer::watchIdle()
{
    if (m_options.idleExit == 0s || !m_options.listen.empty() || m_stopping)
        return;
    m_idleTimer.expires_after(m_options.idleExit);
    m_idleTimer.async_wait([this](const boost::system::error_code &error) {
        if (error)
            return;
        if (isIdle()) {
            logLine("nobody needs this runtime");
            stop();
        } else {
            watchIdle();
        }
    });
}

void RuntimeServer::stop()
{
    if (std::exchange(m_stopping, true))
        return;
    logLine("stopping");
    boost::system::error_code ignored;
    m_acceptor.close(ignored);
    if (m_doors->gateway)
        m_doors->gateway->stop();
    if (m_doors->controllerApi)
        m_doors->controllerApi->stop();
    std::error_code error;
    fs::remove(runtimeSocket(m_options.folder), error);
    startCoroutine(m_io, [this](asio::yield_context yield) { drain(yield); });
}

void RuntimeServer::drain(asio::yield_context yield)
{
    m_tasks->rest();
    m_host->beginShutdown();
    Wake wake(m_io);
    const auto deadline = std::chrono::steady_clock::now() + drainLimit;
    while (m_host->isBusy() && !m_hurried && std::chrono::steady_clock::now() < deadline)
        wake.waitFor(10ms, yield);
    m_host->endAll();
    // The answers of what ended just now.
    const auto answered = std::chrono::steady_clock::now() + 500ms;
    while (m_host->isBusy() && std::chrono::steady_clock::now() < answered)
        wake.waitFor(5ms, yield);
    wake.waitFor(20ms, yield);
    m_children.killAll();
    for (const auto connections = m_connections; const auto &[id, connection] : connections)
        connection->close();
    m_hub.closeRecords();
    std::error_code error;
    fs::remove_all(m_options.folder / "tmp", error);
    logLine("stopped");
    m_io.stop();
}

} // namespace runtime
