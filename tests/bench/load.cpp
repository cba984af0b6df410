#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

/// One connection: it always waits for an answer.
class Connection
{
public:
    ~Connection()
    {
        if (descriptor >= 0)
            ::close(descriptor);
    }

    bool open(int port)
    {
        descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(std::uint16_t(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int one = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        return ::connect(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
    }

    bool send(const std::string &request)
    {
        m_received.clear();
        began = Clock::now();
        return ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) ==
               ssize_t(request.size());
    }

    /// False when the connection broke.
    bool receive()
    {
        std::array<char, 16 << 10> buffer;
        const ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), 0);
        if (got > 0)
            m_received.append(buffer.data(), std::size_t(got));
        return got > 0;
    }

    /// The status once the answer is whole; 0 before.
    [[nodiscard]] int status() const
    {
        const std::size_t end = m_received.find("\r\n\r\n");
        if (end == std::string::npos || m_received.size() < 12)
            return 0;
        const std::string_view head = std::string_view(m_received).substr(0, end);
        const std::string_view body = std::string_view(m_received).substr(end + 4);
        const std::string length = field(head, "content-length:");
        const bool whole =
            !length.empty() ? body.size() >= std::stoul(length) : body.ends_with("0\r\n\r\n");
        return whole ? std::atoi(m_received.c_str() + 9) : 0;
    }

    int descriptor = -1;
    Clock::time_point began;

private:
    static std::string field(std::string_view head, std::string_view name)
    {
        for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
             at = head.find("\r\n", at + 2)) {
            const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
            if (line.size() > name.size() &&
                ::strncasecmp(line.data(), name.data(), name.size()) == 0)
                return std::string(line.substr(name.size()));
        }
        return {};
    }

    std::string m_received;
};

std::string requestOf(const std::string &path, const std::string &body)
{
    std::string text =
        (body.empty() ? "GET " : "POST ") + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (!body.empty())
        text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n";
    return text + "\r\n" + body;
}

} // namespace

double LoadResult::quantile(double share)
{
    if (milliseconds.empty())
        return 0;
    std::sort(milliseconds.begin(), milliseconds.end());
    return milliseconds[std::min(milliseconds.size() - 1,
                                 std::size_t(double(milliseconds.size()) * share))];
}

LoadResult load(int port, const std::string &path, const std::string &body, int connections,
                std::chrono::milliseconds time)
{
    LoadResult result;
    const std::string request = requestOf(path, body);
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::unique_ptr<Connection>> all;
    const auto begin = [&](Connection &connection) {
        epoll_event event{EPOLLIN, {&connection}};
        return connection.open(port) && connection.send(request) &&
               ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.descriptor, &event) == 0;
    };
    const auto began = Clock::now();
    for (int i = 0; i < connections; ++i) {
        all.push_back(std::make_unique<Connection>());
        if (!begin(*all.back()))
            ++result.failed;
    }
    while (Clock::now() - began < time) {
        std::array<epoll_event, 64> events;
        const int ready = ::epoll_wait(poll, events.data(), int(events.size()), 100);
        for (int i = 0; i < ready; ++i) {
            auto &connection = *static_cast<Connection *>(events[std::size_t(i)].data.ptr);
            if (!connection.receive()) {
                ++result.failed;
                ::close(connection.descriptor);
                (void)begin(connection);
                continue;
            }
            const int status = connection.status();
            if (status == 0)
                continue;
            if (status / 100 == 2) {
                ++result.answered;
                result.milliseconds.push_back(
                    std::chrono::duration<float, std::milli>(Clock::now() - connection.began)
                        .count());
            } else {
                ++result.failed;
            }
            (void)connection.send(request);
        }
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    ::close(poll);
    return result;
}

} // namespace bench
