#include "runtime-bridge/daemon/pythonparent.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/frameconversation.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/process.h"

#include <nlohmann/json.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace runtime {

using nlohmann::json;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {
constexpr auto forkLimit = 15s; ///< Includes the start of the parent on a slow device.
constexpr auto spareTime = 10min;
} // namespace

PythonParent::PythonParent(asio::io_context &io, Children &children, std::filesystem::path shims)
    : m_io(io)
    , m_children(children)
    , m_shims(std::move(shims))
    , m_refill(io)
    , m_idle(io)
    , m_answered(io)
{
}

PythonParent::~PythonParent()
{
    *m_alive = false;
}

std::string PythonParent::interpreter()
{
    if (const char *wanted = std::getenv("EDGEWRIGHT_PYTHON"); wanted && *wanted)
        return findProgram(wanted);
    const std::string system = findProgram("/usr/bin/python3");
    return system.empty() ? findProgram("python3") : system;
}

Result<> PythonParent::start()
{
    if (m_control)
        return {};
    const std::string program = interpreter();
    if (program.empty())
        return failure(ErrorCode::InterpreterMissing, "python3", "no python3 in PATH");
    Result<std::pair<Descriptor, Descriptor>> pair = createSocketPair(SOCK_SEQPACKET);
    if (!pair)
        return tl::unexpected(pair.error());
    ProcessPlan plan;
    plan.command = {program, (m_shims / "python/parent.py").string()};
    plan.descriptors = {{pair->second.get(), 3}, {STDERR_FILENO, 1}, {STDERR_FILENO, 2}};
    plan.adoptsOrphans = false; // its workers do, each for itself
    const Result<pid_t> pid = startProcess(plan);
    if (!pid)
        return tl::unexpected(pid.error());
    m_pid = *pid;
    m_children.watch(*pid, [this, alive = m_alive, pid = *pid](int) {
        if (*alive && m_pid == pid)
            onLost();
    });
    m_control = std::make_unique<asio::posix::stream_descriptor>(m_io, pair->first.release());
    readControl();
    return {};
}

Result<EmptyWorker> PythonParent::take(const WorkerTask &, const std::filesystem::path &,
                                       asio::yield_context yield)
{
    // One that is on its way comes sooner than another.
    const auto deadline = std::chrono::steady_clock::now() + forkLimit;
    if (!m_spare && m_isForkingAhead && !std::exchange(m_isSpareAwaited, true)) {
        while (m_isForkingAhead && std::chrono::steady_clock::now() < deadline)
            m_answered.waitUntil(deadline, yield);
        m_isSpareAwaited = false;
    }
    if (m_spare) {
        EmptyWorker worker = std::move(*m_spare);
        m_spare.reset();
        return worker;
    }
    return fork(false, yield);
}

void PythonParent::warm(std::chrono::milliseconds delay)
{
    m_idle.expires_after(spareTime);
    m_idle.async_wait([this, alive = m_alive](const boost::system::error_code &stopped) {
        if (!stopped && *alive)
            dropSpare();
    });
    m_refill.cancel();
    if (delay == 0ms)
        return forkAhead();
    m_refill.expires_after(delay);
    m_refill.async_wait([this, alive = m_alive](const boost::system::error_code &stopped) {
        if (!stopped && *alive)
            forkAhead();
    });
}

void PythonParent::forkAhead()
{
    if (m_spare || std::exchange(m_isForkingAhead, true))
        return;
    startCoroutine(m_io, [this](asio::yield_context yield) {
        Result<EmptyWorker> worker = fork(true, yield);
        m_isForkingAhead = false;
        m_answered.notify();
        if (!worker)
            return;
        m_spare = std::move(*worker);
        m_children.watch(m_spare->pid, [this, alive = m_alive, pid = m_spare->pid](int) {
            if (*alive && m_spare && m_spare->pid == pid)
                m_spare.reset();
        });
    });
}

void PythonParent::dropSpare()
{
    if (const std::optional<EmptyWorker> spare = std::exchange(m_spare, std::nullopt))
        killTree(spare->pid);
}

Result<EmptyWorker> PythonParent::fork(bool isAhead, asio::yield_context yield)
{
    if (const Result<> started = start(); !started)
        return tl::unexpected(started.error());
    auto channel = createSocketPair(SOCK_STREAM);
    auto output = createPipe();
    auto error = createPipe();
    if (!channel || !output || !error)
        return failure(ErrorCode::Internal, "python3", "no more file descriptors");
    const std::uint64_t id = ++m_lastId;
    m_requests[id] = {};
    Result<> sent =
        sendRequest(json{{"op", "fork"}, {"id", id}, {"ahead", isAhead}}.dump(),
                    {channel->second.get(), output->second.get(), error->second.get()}, yield);
    for (Descriptor *theirs : {&channel->second, &output->second, &error->second})
        theirs->close();
    const auto deadline = std::chrono::steady_clock::now() + forkLimit;
    while (sent && m_requests[id].pid == 0 && !m_requests[id].lost &&
           std::chrono::steady_clock::now() < deadline)
        m_answered.waitUntil(deadline, yield);
    const Forked forked = m_requests[id];
    m_requests.erase(id);
    if (!sent)
        return tl::unexpected(sent.error());
    if (forked.pid == 0)
        return failure(ErrorCode::Internal, "python3", "the interpreter does not start");
    return EmptyWorker{forked.pid,
                       std::make_shared<FrameConversation>(m_io, std::move(channel->first)),
                       std::move(output->first), std::move(error->first)};
}

Result<> PythonParent::sendRequest(std::string packet, const std::array<int, 3> &descriptors,
                                   asio::yield_context yield)
{
    iovec part{packet.data(), packet.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> ancillary{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = ancillary.data();
    message.msg_controllen = ancillary.size();
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptors);
    std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof descriptors);
    while (m_control) {
        if (::sendmsg(m_control->native_handle(), &message, MSG_NOSIGNAL) >= 0)
            return {};
        if (errno != EAGAIN)
            break;
        boost::system::error_code ignored;
        m_control->async_wait(asio::posix::descriptor_base::wait_write, yield[ignored]);
    }
    return failure(ErrorCode::Internal, "python3", "the interpreter has ended");
}

void PythonParent::readControl()
{
    m_control->async_wait(asio::posix::descriptor_base::wait_read,
                          [this, alive = m_alive](const boost::system::error_code &error) {
                              if (error || !*alive || !m_control)
                                  return;
                              std::array<char, 4096> packet;
                              for (;;) {
                                  const ssize_t size =
                                      ::recv(m_control->native_handle(), packet.data(),
                                             packet.size(), MSG_DONTWAIT);
                                  if (size < 0 && errno == EAGAIN)
                                      break;
                                  if (size <= 0)
                                      return onLost();
                                  onMessage({packet.data(), std::size_t(size)});
                              }
                              readControl();
                          });
}

void PythonParent::onMessage(std::string_view packet)
{
    const json message = json::parse(packet, nullptr, false);
    if (!message.is_object())
        return;
    if (const auto forked = message.find("forked"); forked != message.end()) {
        const pid_t pid = message.value("pid", 0);
        const auto it = m_requests.find(forked->get<std::uint64_t>());
        if (it == m_requests.end())
            return killTree(pid); // nobody waits for it any more
        it->second.pid = pid;
        m_answered.notify();
    } else if (message.contains("ended")) {
        m_children.reportEnd(message.value("ended", 0), message.value("status", 0));
    }
}

void PythonParent::onLost()
{
    if (m_pid > 0)
        killTree(m_pid);
    m_pid = 0;
    m_control.reset();
    if (m_spare) // it dies with its parent, who does not tell
        m_children.reportEnd(m_spare->pid, 0);
    for (auto &[id, request] : m_requests)
        request.lost = true;
    m_answered.notify();
}

} // namespace runtime
