#include "runtime-bridge/daemon/serviceconversation.h"

#include "runtime-bridge/daemon/descriptor.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace runtime {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {
constexpr auto firstPause = 2ms; ///< Between looks whether it listens.
constexpr auto longestPause = 50ms;
constexpr auto endTime = 200ms; ///< From a broken connection to the news that the process ended.
} // namespace

ServiceConversation::ServiceConversation(asio::io_context &io, std::uint16_t port)
    : m_io(io), m_address(asio::ip::address_v4::loopback(), port), m_changed(io)
{
}

ServiceConversation::~ServiceConversation() = default;

void ServiceConversation::load(const WorkerTask &task, const std::map<std::string, std::string> &,
                               Listener &listener, asio::yield_context yield)
{
    const auto self = shared_from_this();
    m_listener = &listener;
    WorkerAnswer answer;
    answer.kind = WorkerAnswer::Kind::Loaded;
    if (task.debug) {
        answer.kind = WorkerAnswer::Kind::NoDebugger;
        answer.fault.message = "a service cannot be debugged yet";
    } else {
        for (auto pause = firstPause; !m_closed && !connect(yield);
             pause = std::min<std::chrono::milliseconds>(2 * pause, longestPause))
            m_changed.waitFor(pause, yield);
    }
    if (m_listener)
        m_listener->onAnswer({}, std::move(answer));
}

bool ServiceConversation::connect(asio::yield_context yield)
{
    // A server that was told "localhost" may listen on either.
    const asio::ip::address both[] = {asio::ip::address_v4::loopback(),
                                      asio::ip::address_v6::loopback()};
    for (const asio::ip::address &host : both) {
        tcp::socket socket(m_io);
        boost::system::error_code error;
        m_address.address(host);
        socket.async_connect(m_address, yield[error]);
        if (!error)
            return true;
    }
    return false;
}

void ServiceConversation::invoke(const WorkerCall &call, asio::yield_context yield)
{
    const auto self = shared_from_this();
    const std::string id = call.invocation.id;
    const std::unique_ptr<ServiceExchange> own =
        call.exchange ? nullptr
                      : createEventExchange(m_io, call.invocation.event, call.invocation.trace);
    ServiceExchange &exchange = call.exchange ? *call.exchange : *own;
    m_running[id] = &exchange;
    const auto answering = [this, id] {
        if (m_listener)
            m_listener->onAnswering(id);
    };
    Result<std::string> result = exchange.run(m_address, answering, yield);
    m_running.erase(id);
    WorkerAnswer answer;
    if (result) {
        answer.result = std::move(*result);
    } else {
        const auto deadline = std::chrono::steady_clock::now() + endTime;
        while (!m_closed && std::chrono::steady_clock::now() < deadline)
            m_changed.waitUntil(deadline, yield); // its end tells more than a broken connection
        answer.kind = WorkerAnswer::Kind::Error;
        answer.fault = {"ServiceFailed", result.error().detail, {}};
    }
    if (m_listener)
        m_listener->onAnswer(id, std::move(answer));
}

bool ServiceConversation::abandon(const std::string &id)
{
    if (const auto it = m_running.find(id); it != m_running.end())
        it->second->stop();
    return true;
}

void ServiceConversation::close()
{
    m_listener = nullptr;
    m_closed = true;
    for (const auto running = m_running; const auto &[id, exchange] : running)
        exchange->stop();
    m_changed.notify();
}

Result<std::uint16_t> findFreePort()
{
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (!socket.isOpen() || ::bind(socket.get(), generic, size) != 0 ||
        ::getsockname(socket.get(), generic, &size) != 0)
        return failure(ErrorCode::PortInUse, "127.0.0.1:0", std::strerror(errno));
    return ntohs(address.sin_port);
}

} // namespace runtime
