// The HTTP front: the bytes go over a real connection into the server, which makes the event of
// each request and the response of what stands in its body, whole or streamed.
#include "runtime-bridge/daemon/httpclient.h"
#include "runtime-bridge/daemon/httpevent.h"
#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/routes.h"

#include <nlohmann/json.hpp>

#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

using namespace runtime;
using namespace std::chrono_literals;

namespace {

boost::asio::io_context context{1};

/// The body back as it comes, in an answer that streams.
HttpResponse echo(const HttpRequest &request, boost::asio::yield_context yield)
{
    request.client->begin({200, {{"content-type", "text/plain"}}, {}});
    if (!request.bodyStreams)
        request.client->write(request.body);
    while (request.bodyStreams) {
        const Result<std::string> part = readPart(context, *request.client, yield);
        if (!part)
            request.client->breakOff();
        if (!part || part->empty())
            break;
        request.client->write(*part);
    }
    return {};
}

/// Has the handler read the bodies of some requests as they come.
struct Streams final : HttpPasser {
    bool takes(const HttpRequest & /*request*/) override { return false; }
    bool streams(const HttpRequest &request) override
    {
        return request.query().find('s') != std::string_view::npos;
    }
    std::optional<HttpResponse> pass(HttpPass & /*pass*/, HttpRequest /*request*/,
                                     boost::asio::yield_context /*yield*/) override
    {
        return std::nullopt;
    }
};

HttpResponse answer(const HttpRequest &request, boost::asio::yield_context yield)
{
    const bool whisk = request.query().find('w') != std::string_view::npos;
    RouteMatch route;
    route.function = "f";
    route.dialect = whisk ? "openwhisk" : "aws";
    route.key = request.method + " /";
    route.parameters = {{"id", std::string(request.path())}};
    const std::string event = eventOfRequest(request, route, "id");
    if (!nlohmann::json::accept(event))
        std::abort(); // an event is JSON whatever came
    if (request.query().find('e') != std::string_view::npos)
        return echo(request, yield);
    return responseOfResult(request.body, route.dialect);
}

/// The server on a context that runs as long as something is left to do.
struct Front {
    Front() : server(io, answer, {4096, 65'536, 200ms, 200ms, 10}, &streams)
    {
        const Result<std::string> address = server.start("127.0.0.1", 0);
        port = address ? std::atoi(address->substr(address->rfind(':') + 1).c_str()) : 0;
        if (port == 0)
            std::abort();
    }
    boost::asio::io_context &io = context;
    Streams streams;
    HttpServer server;
    int port = 0;
};

/// The fuzzer's own timer may interrupt the connecting, which goes on then (connect(2)).
bool isConnected(int client, const sockaddr_in &address)
{
    if (::connect(client, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
        return true;
    pollfd ready{client, POLLOUT, 0};
    int error = errno;
    while (error == EINTR && ::poll(&ready, 1, 5'000) < 0)
        error = errno;
    socklen_t size = sizeof error;
    return error == EINTR && ::getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
           error == 0;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static Front front;
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(front.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // From another address each time: the ports of one would be used up by closed connections.
    static std::uint32_t count = 0;
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(0x7f000002 + ++count % 0xff0000);
    if (client < 0 || ::bind(client, reinterpret_cast<sockaddr *>(&from), sizeof from) != 0 ||
        !isConnected(client, address)) {
        std::perror("fuzz_http: connecting");
        std::abort();
    }
    const linger hard{1, 0}; // no connection lingers: there are many
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    (void)!::send(client, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(client, SHUT_WR);
    const auto begun = std::chrono::steady_clock::now();
    for (char byte[4096];;) {
        front.io.restart();
        front.io.poll();
        const ssize_t got = ::recv(client, byte, sizeof byte, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            break;
        if (std::chrono::steady_clock::now() - begun > 5s)
            std::abort(); // neither an answer nor an end
    }
    ::close(client);
    front.io.poll();
    return 0;
}
