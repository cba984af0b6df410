#include "runtime-bridge/daemon/triggers/sourceprogram.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/process.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace runtime {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto firstStartPause = 500ms;
constexpr auto longestStartPause = 30s;
constexpr auto roomPause = 100ms; ///< Between two looks whether there is room again.
constexpr auto endLimit = 10s;    ///< For its goodbye; then it is killed.
/// A program that says so much without an end of line is not ours.
constexpr std::size_t longestLine = 16u << 20;

fs::path sourceProgramPath()
{
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path() / "edgewright-source";
}

} // namespace

struct SourceProgram::Child {
    explicit Child(asio::io_context &io) : socket(io) {}
    asio::posix::stream_descriptor socket; ///< Its standard input and output.
    pid_t pid = 0;
    bool hasEnded = false;
};

SourceProgram::SourceProgram(asio::io_context &io, Children &children, std::string kind,
                             const json &order, Keep keep)
    : m_io(io)
    , m_children(children)
    , m_kind(std::move(kind))
    , m_order(order.dump(-1, ' ', false, json::error_handler_t::replace) + '\n')
    , m_keep(std::move(keep))
    , m_wake(io)
{
}

void SourceProgram::start()
{
    startCoroutine(m_io, [self = shared_from_this()](Yield yield) { self->run(yield); });
}

void SourceProgram::stop()
{
    m_stopped = true;
    changed = {};
    if (m_child) {
        boost::system::error_code ignored;
        m_child->socket.close(ignored); // it ends with that
    }
    m_wake.notify();
}

void SourceProgram::run(Yield yield)
{
    std::chrono::milliseconds pause = firstStartPause;
    while (!m_stopped) {
        const std::string why = session(yield);
        if (m_connected)
            pause = firstStartPause;
        setState(false, why);
        if (!m_stopped)
            m_wake.waitFor(pause, yield);
        pause = std::min<std::chrono::milliseconds>(2 * pause, longestStartPause);
    }
}

std::string SourceProgram::session(Yield yield)
{
    const Result<std::shared_ptr<Child>> child = startChild();
    if (!child)
        return child.error().detail;
    m_child = *child;
    m_told.clear();
    m_kept = m_acknowledged = 0;
    const std::string why = converse(**child, yield);
    waitForEnd(**child, yield);
    if (!why.empty() || !m_told.empty())
        return why.empty() ? m_told : why;
    return "the program edgewright-source ended";
}

Result<std::shared_ptr<SourceProgram::Child>> SourceProgram::startChild()
{
    const fs::path program = sourceProgramPath();
    if (::access(program.c_str(), X_OK) != 0)
        return failure(ErrorCode::RuntimeMissing, program.string(),
                       "the program edgewright-source is missing in " +
                           program.parent_path().string() +
                           ": install Edgewright there, or run the function where it is installed");
    Result<std::pair<Descriptor, Descriptor>> ends = createSocketPair(SOCK_STREAM);
    if (!ends)
        return tl::unexpected(ends.error());
    ProcessPlan plan;
    plan.command = {program.string(), m_kind};
    plan.descriptors = {{ends->second.get(), STDIN_FILENO}, {ends->second.get(), STDOUT_FILENO}};
    plan.adoptsOrphans = false;
    const Result<pid_t> pid = startProcess(plan);
    if (!pid)
        return tl::unexpected(pid.error());
    auto child = std::make_shared<Child>(m_io);
    child->pid = *pid;
    child->socket.assign(ends->first.release());
    m_children.watch(*pid, [child, self = shared_from_this()](int) {
        child->hasEnded = true;
        self->m_wake.notify();
    });
    return child;
}

std::string SourceProgram::converse(Child &child, Yield yield)
{
    boost::system::error_code error;
    asio::async_write(child.socket, asio::buffer(m_order), yield[error]);
    std::string text;
    std::array<char, 16 << 10> buffer;
    while (!error && !m_stopped) {
        const std::size_t count = child.socket.async_read_some(asio::buffer(buffer), yield[error]);
        if (m_stopped)
            break;
        text.append(buffer.data(), count);
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos;
             begin = end + 1)
            if (const std::string wrong = onLine({text.data() + begin, end - begin}, yield);
                m_stopped || !wrong.empty())
                return wrong;
        text.erase(0, begin);
        if (text.size() > longestLine)
            return "the program edgewright-source spoke too long a line";
        if (!error && m_kept > std::exchange(m_acknowledged, m_kept)) {
            const std::string told = "ack " + std::to_string(m_kept) + '\n';
            asio::async_write(child.socket, asio::buffer(told), yield[error]);
        }
    }
    return {};
}

std::string SourceProgram::onLine(std::string_view line, Yield yield)
{
    const json told = readJson(line);
    if (!told.is_object())
        return "the program edgewright-source spoke what is no JSON";
    if (told.value("state", "") == "connected")
        setState(true, {});
    if (const std::string why = told.value("trouble", ""); !why.empty()) {
        m_told = why;
        if (m_connected)
            setState(false, why);
    }
    if (!told.contains("id"))
        return {};
    if (const std::string why = told.value("dropped", ""); !why.empty()) {
        if (dropped)
            dropped(why);
    } else {
        while (!m_stopped && mayKeep && !mayKeep())
            m_wake.waitFor(roomPause, yield);
        if (m_stopped)
            return {};
        if (const Result<> kept = m_keep(told.value("message", json::object())); !kept)
            return "a message could not be kept: " + kept.error().detail;
    }
    m_kept = told.value("id", std::uint64_t(0));
    return {};
}

void SourceProgram::waitForEnd(Child &child, Yield yield)
{
    boost::system::error_code ignored;
    child.socket.close(ignored);
    const auto deadline = std::chrono::steady_clock::now() + endLimit;
    while (!child.hasEnded && std::chrono::steady_clock::now() < deadline)
        m_wake.waitUntil(deadline, yield);
    if (!child.hasEnded)
        killTree(child.pid);
}

void SourceProgram::setState(bool connected, std::string trouble)
{
    const bool isSame = m_connected == connected && m_trouble == trouble;
    m_connected = connected;
    m_trouble = std::move(trouble);
    if (!isSame && changed)
        changed();
}

} // namespace runtime
