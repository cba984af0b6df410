#include "runtime-bridge/daemon/compiler.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/launchers.h"
#include "runtime-bridge/daemon/process.h"

#include <nlohmann/json.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace runtime {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto buildLimit = 5min; ///< A first Go build compiles the standard library.
constexpr std::size_t longestOutput = 256u << 10;
constexpr std::size_t buildsKept = 50;
constexpr std::size_t placesTold = 20;

bool hasEnding(const std::string &name, std::string_view endings)
{
    while (!endings.empty()) {
        const std::string_view ending = endings.substr(0, endings.find(' '));
        endings.remove_prefix(std::min(endings.size(), ending.size() + 1));
        if (ending.starts_with('.') ? name.ends_with(ending) : name == ending)
            return true;
    }
    return false;
}

std::string keyOf(const WorkerTask &task, const BuildPlan &plan)
{
    std::error_code error;
    std::string text =
        plan.program + '\n' + plan.recipe + '\n' + task.spec.handler + '\n' +
        std::to_string(fs::file_size(plan.program, error)) + '\n' +
        std::to_string(fs::last_write_time(plan.program, error).time_since_epoch().count());
    for (const fs::path &file : filesWith(task.root, plan.endings)) {
        const Result<std::string> bytes = readFile(task.root / file);
        text += '\n' + file.string() + ' ' + (bytes ? digestOf(*bytes) : std::string());
    }
    return shortDigest(digestOf(text), 32);
}

/// "handler.go:5" of "./handler.go:5:2: undefined: x"; empty when the line begins with no place.
std::string placeOf(std::string_view line)
{
    if (line.starts_with("./"))
        line.remove_prefix(2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos ||
        line.substr(0, colon).find('.') == std::string_view::npos)
        return {};
    const std::string_view rest = line.substr(colon + 1);
    const std::size_t end = rest.find_first_not_of("0123456789");
    if (end == 0 || end == std::string_view::npos || rest[end] != ':')
        return {};
    return std::string(line.substr(0, colon + 1 + end));
}

Error buildError(const WorkerTask &task, std::string output, const fs::path &work)
{
    const std::string folder = work.string() + '/';
    for (std::size_t at = output.find(folder); at != std::string::npos; at = output.find(folder))
        output.erase(at, folder.size());
    Fault fault{"BuildError", output, {}};
    std::string_view rest = output;
    while (!rest.empty() && fault.stack.size() < placesTold) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (std::string place = placeOf(line); !place.empty())
            fault.stack.push_back(std::move(place));
    }
    std::ranges::reverse(fault.stack); // the first is what to look at
    return {ErrorCode::FunctionInitFailed, task.spec.name,
            toJson(fault).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

} // namespace

std::vector<fs::path> filesWith(const fs::path &root, std::string_view endings)
{
    std::vector<fs::path> files;
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(root, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        const std::string name = it->path().filename().string();
        if (name.starts_with('.') && it->is_directory(error))
            it.disable_recursion_pending();
        else if (it->is_regular_file(error) && hasEnding(name, endings))
            files.push_back(it->path().lexically_relative(root));
    }
    std::ranges::sort(files);
    return files;
}

Compiler::Compiler(asio::io_context &io, Children &children, fs::path folder)
    : m_io(io), m_children(children), m_folder(std::move(folder)), m_turnstile(io)
{
}

Result<fs::path> Compiler::build(const WorkerTask &task, const BuildPlan &plan,
                                 asio::yield_context yield)
{
    const Turnstile::Pass pass(m_turnstile, yield);
    const fs::path built = m_folder / keyOf(task, plan);
    std::error_code error;
    if (fs::is_directory(built, error)) {
        fs::last_write_time(built, fs::file_time_type::clock::now(), error);
        return built;
    }
    const fs::path temporary = m_folder / ("new-" + createId());
    const fs::path work = temporary / "EDGEWRIGHT_BUILD", out = temporary / "out";
    fs::create_directories(work, error);
    fs::create_directories(out, error);
    Result<fs::path> result = built;
    if (const auto command = plan.prepare(work, out); !command)
        result = tl::unexpected(command.error());
    else if (const Result<Ended> ended = run(*command, plan, work, yield); !ended)
        result = tl::unexpected(ended.error());
    else if (!ended->isGood)
        result = tl::unexpected(buildError(task, ended->output, work));
    else
        fs::rename(out, built, error);
    if (result && error)
        result = failure(ErrorCode::FileUnwritable, built.string(), error.message());
    fs::remove_all(temporary, error);
    removeOldest();
    return result;
}

Result<Compiler::Ended> Compiler::run(const std::vector<std::string> &command,
                                      const BuildPlan &plan, const fs::path &folder,
                                      asio::yield_context yield)
{
    auto pipe = createPipe();
    if (!pipe)
        return tl::unexpected(pipe.error());
    ProcessPlan process;
    process.command = command;
    process.environment = plan.environment;
    process.folder = folder;
    process.descriptors = {{pipe->second.get(), STDOUT_FILENO},
                           {pipe->second.get(), STDERR_FILENO}};
    const Result<pid_t> pid = startProcess(process);
    if (!pid)
        return tl::unexpected(pid.error());
    pipe->second.close();
    struct State {
        explicit State(asio::io_context &io) : wake(io) {}
        Wake wake;
        std::optional<int> status;
    };
    const auto state = std::make_shared<State>(m_io);
    m_children.watch(*pid, [state](int status) {
        state->status = status;
        state->wake.notify();
    });
    asio::steady_timer limit(m_io, buildLimit);
    limit.async_wait([pid = *pid](const boost::system::error_code &stopped) {
        if (!stopped)
            killTree(pid);
    });
    Ended ended;
    asio::posix::stream_descriptor reader(m_io, pipe->first.release());
    std::array<char, 8192> buffer;
    for (boost::system::error_code error; !error;) {
        const std::size_t got = reader.async_read_some(asio::buffer(buffer), yield[error]);
        if (ended.output.size() < longestOutput)
            ended.output.append(buffer.data(), got);
    }
    while (!state->status)
        state->wake.wait(yield);
    ended.isGood = WIFEXITED(*state->status) && WEXITSTATUS(*state->status) == 0;
    return ended;
}

void Compiler::removeOldest() const
{
    std::vector<std::pair<fs::file_time_type, fs::path>> all;
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(m_folder, error))
        all.emplace_back(entry.last_write_time(error), entry.path());
    std::ranges::sort(all, std::ranges::greater());
    for (std::size_t i = buildsKept; i < all.size(); ++i)
        fs::remove_all(all[i].second, error);
}

} // namespace runtime
