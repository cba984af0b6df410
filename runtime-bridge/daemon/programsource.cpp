#include "runtime-bridge/daemon/programsource.h"

#include "runtime-bridge/daemon/frameconversation.h"
#include "runtime-bridge/daemon/process.h"
#include "runtime-bridge/daemon/runtimeapi.h"
#include "runtime-bridge/daemon/serviceconversation.h"
#include "runtime-bridge/daemon/workerlimits.h"

#include <sys/socket.h>
#include <unistd.h>

namespace runtime {

namespace fs = std::filesystem;
namespace asio = boost::asio;

namespace {

/// Both ends of a conversation: ours, and what the process needs to find its own.
struct Ends {
    std::shared_ptr<WorkerConversation> conversation;
    Descriptor channel;
    std::vector<std::string> environment;
};

Result<Ends> createEnds(asio::io_context &io, Launch::Speaks speaks)
{
    if (speaks == Launch::Speaks::Frames) {
        auto pair = createSocketPair(SOCK_STREAM);
        if (!pair)
            return tl::unexpected(pair.error());
        return Ends{std::make_shared<FrameConversation>(io, std::move(pair->first)),
                    std::move(pair->second),
                    {}};
    }
    if (speaks == Launch::Speaks::Http) {
        const Result<std::uint16_t> port = findFreePort();
        if (!port)
            return tl::unexpected(port.error());
        return Ends{std::make_shared<ServiceConversation>(io, *port),
                    {},
                    {"PORT=" + std::to_string(*port), "HOST=127.0.0.1"}};
    }
    const auto api = std::make_shared<RuntimeApi>(io);
    const Result<std::string> address = api->start();
    if (!address)
        return tl::unexpected(address.error());
    return Ends{api, {}, {"AWS_LAMBDA_RUNTIME_API=" + *address}};
}

} // namespace

ProgramSource::ProgramSource(asio::io_context &io, Children &children, Launcher launcher)
    : m_io(io), m_children(children), m_launcher(std::move(launcher))
{
}

Result<EmptyWorker> ProgramSource::take(const WorkerTask &task, const fs::path &temporaryFolder,
                                        asio::yield_context yield)
{
    Result<Launch> launch = m_launcher(task, yield);
    if (!launch)
        return tl::unexpected(launch.error());
    Result<Ends> ends = createEnds(m_io, launch->speaks);
    auto output = createPipe();
    auto error = createPipe();
    if (!ends || !output || !error)
        return failure(ErrorCode::Internal, task.spec.runtime, "no more file descriptors");
    std::error_code ignored;
    fs::create_directories(temporaryFolder, ignored);
    ProcessPlan plan;
    plan.command = std::move(launch->command);
    plan.folder = task.root;
    for (const auto &[name, value] : workerEnvironment(task, temporaryFolder))
        plan.environment.push_back(name + '=' + value);
    for (auto *more : {&launch->environment, &ends->environment})
        plan.environment.insert(plan.environment.end(), more->begin(), more->end());
    for (const auto &[name, value] : task.spec.environment)
        plan.environment.push_back(name + '=' + value);
    plan.descriptors = {{output->second.get(), STDOUT_FILENO},
                        {error->second.get(), STDERR_FILENO}};
    if (ends->channel.isOpen())
        plan.descriptors.emplace_back(ends->channel.get(), 3);
    const Result<pid_t> pid = startProcess(plan);
    if (!pid) {
        fs::remove_all(temporaryFolder, ignored);
        return tl::unexpected(pid.error());
    }
    return EmptyWorker{*pid, ends->conversation, std::move(output->first), std::move(error->first)};
}

} // namespace runtime
