#include "runtime-bridge/daemon/nodestock.h"

#include "runtime-bridge/daemon/frameconversation.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/process.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

namespace runtime {

using namespace std::chrono_literals;

namespace {
constexpr std::size_t stockSize = 2;
constexpr auto refillDelay = 50ms; ///< So that the one just taken has the processor first.
constexpr auto keepTime = 10min;
} // namespace

NodeStock::NodeStock(boost::asio::io_context &io, Children &children, std::filesystem::path shims)
    : m_io(io), m_children(children), m_shims(std::move(shims)), m_refill(io), m_idle(io)
{
}

NodeStock::~NodeStock()
{
    *m_alive = false;
}

std::string NodeStock::interpreter()
{
    const char *wanted = std::getenv("EDGEWRIGHT_NODE");
    return findProgram(wanted && *wanted ? wanted : "node");
}

void NodeStock::warm(std::chrono::milliseconds)
{
    if (m_stock.size() < stockSize)
        refillSoon();
}

Result<EmptyWorker> NodeStock::take(const WorkerTask &, const std::filesystem::path &,
                                    boost::asio::yield_context)
{
    if (m_stock.empty())
        return start();
    EmptyWorker worker = std::move(m_stock.front()); // the oldest: surely up by now
    m_stock.pop_front();
    return worker;
}

Result<EmptyWorker> NodeStock::start()
{
    const std::string program = interpreter();
    if (program.empty())
        return failure(ErrorCode::InterpreterMissing, "nodejs", "no node in PATH");
    auto channel = createSocketPair(SOCK_STREAM);
    auto output = createPipe();
    auto error = createPipe();
    if (!channel || !output || !error)
        return failure(ErrorCode::Internal, "nodejs", "no more file descriptors");
    ProcessPlan plan;
    plan.command = {program, (m_shims / "nodejs/worker.js").string()};
    plan.descriptors = {{channel->second.get(), 3},
                        {output->second.get(), STDOUT_FILENO},
                        {error->second.get(), STDERR_FILENO}};
    const Result<pid_t> pid = startProcess(plan);
    if (!pid)
        return tl::unexpected(pid.error());
    m_children.watch(*pid, [this, alive = m_alive, pid = *pid](int) {
        if (*alive)
            std::erase_if(m_stock, [pid](const EmptyWorker &worker) { return worker.pid == pid; });
    });
    return EmptyWorker{*pid, std::make_shared<FrameConversation>(m_io, std::move(channel->first)),
                       std::move(output->first), std::move(error->first)};
}

void NodeStock::refillSoon()
{
    m_refill.expires_after(refillDelay);
    m_refill.async_wait([this](const boost::system::error_code &stopped) {
        if (stopped)
            return;
        Result<EmptyWorker> worker = start();
        if (!worker) {
            logLine("node: " + worker.error().detail);
            return;
        }
        m_stock.push_back(std::move(*worker));
        if (m_stock.size() < stockSize)
            refillSoon();
    });
    m_idle.expires_after(keepTime);
    m_idle.async_wait([this](const boost::system::error_code &stopped) {
        if (!stopped)
            letGo();
    });
}

void NodeStock::letGo()
{
    for (const EmptyWorker &worker : std::exchange(m_stock, {}))
        killTree(worker.pid);
}

} // namespace runtime
