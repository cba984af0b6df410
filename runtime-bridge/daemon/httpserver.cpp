#include "runtime-bridge/daemon/httpserver.h"

#include "runtime-bridge/daemon/httpclient.h"
#include "runtime-bridge/daemon/httppass.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/peerowner.h"
#include "runtime-bridge/daemon/sharedtimer.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <iostream>
#include <unordered_set>

#include <unistd.h>

namespace runtime {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using Stream = HttpStream;
using Parser = http::request_parser<http::string_body>;

std::string_view HttpRequest::path() const
{
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view HttpRequest::query() const
{
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view()
                                     : std::string_view(target).substr(mark + 1);
}

std::string_view HttpRequest::header(std::string_view name) const
{
    for (const auto &[key, value] : headers)
        if (key == name)
            return value;
    return {};
}

HttpResponse textResponse(int status, std::string text)
{
    return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text)};
}

HttpResponse jsonResponse(int status, std::string json)
{
    return {status, {{"content-type", "application/json"}}, std::move(json)};
}

namespace {

/// Without the body.
HttpRequest toRequest(const http::request<http::string_body> &message, const std::string &remote)
{
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.remoteAddress = remote;
    request.protocol = message.version() == 10 ? "HTTP/1.0" : "HTTP/1.1";
    for (const auto &field : message)
        request.headers.emplace_back(toLower(std::string(field.name_string())),
                                     std::string(field.value()));
    return request;
}

/// A longer body than this, or one of unknown length, may stream: shorter ones have mostly come
/// with the head.
constexpr std::uint64_t smallBody = 64u << 10;
constexpr std::size_t bodyPiece = 64u << 10; ///< Read at a time.

bool mayStream(const Parser &parser)
{
    const auto length = parser.content_length();
    return parser.chunked() || (length && *length > smallBody);
}

/// The answer's head, to its empty line. Not Beast's own: it writes ten pieces.
std::string headOf(const HttpResponse &response, bool keepAlive)
{
    std::string head = httpHeadOf(response);
    if (response.status != 204 && response.status != 304)
        head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    return head.append(keepAlive ? "\r\n" : "Connection: close\r\n\r\n");
}

} // namespace

struct HttpServer::Private : std::enable_shared_from_this<Private> {
    Private(asio::io_context &io, Handler function, HttpLimits bounds, HttpPasser *other)
        : context(io), handler(std::move(function)), limits(bounds), passer(other), acceptor(io)
    {
    }

    asio::io_context &context;
    Handler handler;
    HttpLimits limits;
    HttpPasser *passer;
    tcp::acceptor acceptor;
    SharedTimer timer{context};
    std::unordered_set<Stream *> idle; ///< Connections that wait for a request's first bytes.
    std::size_t connections = 0;
    bool stopping = false;

    struct Peer;

    void accept(asio::yield_context yield);
    bool isAllowed(Stream &stream) const;
    void serve(Stream &stream, asio::yield_context yield);
    /// Whether the connection may take another request.
    bool serveOne(Peer &peer, asio::yield_context yield);
    error_code readBody(Peer &peer, Parser &parser, asio::yield_context yield);
    bool write(Peer &peer, HttpResponse response, bool isHead, bool keepAlive,
               asio::yield_context yield);
    HttpResponse answer(const HttpRequest &request, asio::yield_context yield);
    /// As serveOne(), by the passer.
    bool passOn(Peer &peer, Parser *parser, HttpRequest request, asio::yield_context yield);
};

namespace {

/// The first bytes of a connection that speaks HTTP/2 (RFC 9113, 3.4).
bool isHttp2(const beast::flat_buffer &buffer)
{
    static constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\n";
    const std::string_view bytes(static_cast<const char *>(buffer.data().data()), buffer.size());
    return bytes.starts_with(preface);
}

std::string remoteOf(Stream &stream)
{
    error_code ignored;
    return stream.socket().remote_endpoint(ignored).address().to_string();
}

} // namespace

/// A connection. Its reads and writes go to the socket itself: what Beast's stream adds is a timer
/// for each of them, and only those that pass requests on need that.
struct HttpServer::Private::Peer {
    Peer(asio::io_context &io, Stream &connection, SharedTimer &timer, const HttpLimits &limits)
        : stream(connection)
        , address(remoteOf(connection))
        , deadline(timer, [this] { stream.cancel(); })
        , client(std::make_shared<HttpConnection>(io, connection, buffer, deadline, limits))
    {
    }
    Stream &stream;
    std::string address;
    beast::flat_buffer buffer;
    SharedTimer::Deadline deadline;
    std::shared_ptr<HttpConnection> client;
};

bool HttpServer::Private::isAllowed(Stream &stream) const
{
    if (!limits.ownUserOnly)
        return true;
    error_code error;
    const tcp::endpoint own = stream.socket().local_endpoint(error);
    const tcp::endpoint peer = error ? tcp::endpoint() : stream.socket().remote_endpoint(error);
    return !error && ownerOfPeer(own, peer) == ::getuid();
}

void HttpServer::Private::accept(asio::yield_context yield)
{
    while (acceptor.is_open()) {
        error_code error;
        auto socket = std::make_shared<Stream>(context.get_executor());
        acceptor.async_accept(socket->socket(), yield[error]);
        if (error == asio::error::operation_aborted)
            return;
        if (error) { // out of descriptors, or the peer is gone already
            asio::steady_timer pause(context, std::chrono::milliseconds(50));
            pause.async_wait(yield[error]);
            continue;
        }
        if (connections >= limits.connections || !isAllowed(*socket))
            continue; // closes it
        ++connections;
        asio::spawn(
            context,
            [self = shared_from_this(), socket](asio::yield_context inner) {
                self->serve(*socket, inner);
            },
            [self = shared_from_this()](const std::exception_ptr &thrown) {
                --self->connections;
                if (thrown)
                    std::clog << "http: a connection ended by an exception" << std::endl;
            });
    }
}

void HttpServer::Private::serve(Stream &stream, asio::yield_context yield)
{
    error_code error;
    stream.socket().set_option(tcp::no_delay(true), error);
    {
        Peer peer(context, stream, timer, limits);
        while (!stopping && serveOne(peer, yield))
            ;
    }
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

bool HttpServer::Private::serveOne(Peer &peer, asio::yield_context yield)
{
    Parser parser;
    parser.header_limit(std::uint32_t(limits.header));
    parser.body_limit(boost::none); // of those that are passed on
    error_code error;
    peer.deadline.expireAfter(limits.headerTime);
    idle.insert(&peer.stream);
    http::async_read_header(peer.stream.socket(), peer.buffer, parser, yield[error]);
    idle.erase(&peer.stream);
    const auto refuse = [&](int status, const char *text) {
        write(peer, textResponse(status, text), false, false, yield);
        return false;
    };
    if (error == http::error::header_limit)
        return refuse(431, "The request's header is too large.\n");
    if (error == http::error::bad_version && passer && isHttp2(peer.buffer)) {
        HttpRequest request;
        request.protocol = "HTTP/2";
        request.remoteAddress = peer.address;
        return passOn(peer, nullptr, std::move(request), yield);
    }
    if (error.category() == http::make_error_code(http::error::bad_version).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message)
        return refuse(400, "This is no HTTP/1.1 request.\n");
    if (error)
        return false;

    HttpRequest request = toRequest(parser.get(), peer.address);
    if (passer && passer->takes(request))
        return passOn(peer, &parser, std::move(request), yield);
    const bool keepAlive = parser.get().keep_alive();
    request.client = peer.client.get();
    peer.client->start(request, keepAlive);
    request.bodyStreams = passer && mayStream(parser) && passer->streams(request);
    if (request.bodyStreams) {
        peer.client->setBody(std::move(parser));
    } else {
        parser.body_limit(limits.body);
        if (parser.content_length().value_or(0) > limits.body)
            return refuse(413, "The request's body is too large.\n");
        error = readBody(peer, parser, yield);
        if (error == http::error::body_limit)
            return refuse(413, "The request's body is too large.\n");
        if (error)
            return false;
        request.body = std::move(parser.get().body());
    }
    peer.deadline.clear();
    HttpResponse response = answer(request, yield);
    if (!peer.client->isUsed())
        return write(peer, std::move(response), request.method == "HEAD", keepAlive && !stopping,
                     yield);
    const bool isSent = peer.client->hasBegun() ||
                        write(peer, std::move(response), request.method == "HEAD",
                              keepAlive && !stopping && peer.client->isBodyWhole(), yield);
    return peer.client->finish(yield) && isSent && !stopping;
}

error_code HttpServer::Private::readBody(Peer &peer, Parser &parser, asio::yield_context yield)
{
    error_code error;
    peer.deadline.expireAfter(limits.bodyTime);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        static constexpr std::string_view goOn = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(peer.stream.socket(), asio::buffer(goOn), yield[error]);
    }
    // A small body came with the head: nothing is to be waited for. The parser must not be given
    // the same bytes again before more have come.
    for (bool hasNew = true; !error && !parser.is_done();) {
        if (hasNew && peer.buffer.size() > 0) {
            const std::size_t taken = parser.put(peer.buffer.data(), error);
            peer.buffer.consume(taken);
            hasNew = taken > 0 && error != http::error::need_more;
            if (error == http::error::need_more)
                error = {};
            continue;
        }
        const std::size_t size =
            peer.stream.socket().async_read_some(peer.buffer.prepare(bodyPiece), yield[error]);
        peer.buffer.commit(size);
        hasNew = true;
        if (error == asio::error::eof) {
            error = {};
            parser.put_eof(error);
            if (!error && !parser.is_done())
                error = http::error::partial_message;
        }
    }
    return error;
}

HttpResponse HttpServer::Private::answer(const HttpRequest &request, asio::yield_context yield)
{
    // Not around the coroutine's own unwinding, which is no std::exception.
    try {
        return handler(request, yield);
    } catch (const std::exception &error) {
        std::clog << "http: " << request.method << ' ' << request.path() << ": " << error.what()
                  << std::endl;
        if (request.client)
            request.client->breakOff();
        return textResponse(500, "The runtime failed.\n");
    }
}

bool HttpServer::Private::write(Peer &peer, HttpResponse response, bool isHead, bool keepAlive,
                                asio::yield_context yield)
{
    const std::string head = headOf(response, keepAlive);
    const bool isBodiless = isHead || response.status == 204 || response.status == 304;
    const std::array<asio::const_buffer, 2> parts{
        asio::buffer(head), isBodiless ? asio::const_buffer() : asio::buffer(response.body)};
    error_code error;
    peer.deadline.expireAfter(limits.bodyTime);
    asio::async_write(peer.stream.socket(), parts, yield[error]);
    peer.deadline.clear();
    return !error && keepAlive;
}

bool HttpServer::Private::passOn(Peer &peer, Parser *parser, HttpRequest request,
                                 asio::yield_context yield)
{
    peer.deadline.clear();
    HttpPass pass{peer.stream, peer.buffer, parser, limits};
    const bool isHead = request.method == "HEAD";
    std::optional<HttpResponse> response;
    try {
        response = passer->pass(pass, std::move(request), yield);
    } catch (const std::exception &error) {
        std::clog << "http: a request that was passed on: " << error.what() << std::endl;
        return false;
    }
    if (response) // its body is still to come, and nobody reads it
        return write(peer, std::move(*response), isHead, false, yield);
    return pass.keepAlive && !stopping;
}

HttpServer::HttpServer(asio::io_context &context, Handler handler, HttpLimits limits,
                       HttpPasser *passer)
    : d(std::make_shared<Private>(context, std::move(handler), limits, passer))
{
}

HttpServer::~HttpServer()
{
    stop();
    d->passer = nullptr; // its connections may end later
}

Result<std::string> HttpServer::start(const std::string &host, int port)
{
    error_code error;
    const asio::ip::address address = asio::ip::make_address(host, error);
    if (error || port < 0 || port > 65'535)
        return failure(ErrorCode::UsageInvalid, host + ':' + std::to_string(port),
                       "not an IP address and a port");
    const tcp::endpoint endpoint(address, std::uint16_t(port));
    const auto attempt = [&](auto step) {
        if (!error)
            step();
    };
    attempt([&] { d->acceptor.open(endpoint.protocol(), error); });
    attempt([&] { d->acceptor.set_option(tcp::acceptor::reuse_address(true), error); });
    attempt([&] { d->acceptor.bind(endpoint, error); });
    attempt([&] { d->acceptor.listen(asio::socket_base::max_listen_connections, error); });
    if (error) {
        const std::string reason = error.message();
        d->acceptor.close(error);
        return failure(ErrorCode::PortInUse, host + ':' + std::to_string(port), reason);
    }
    d->stopping = false;
    const int given = d->acceptor.local_endpoint(error).port();
    asio::spawn(
        d->context, [shared = d](asio::yield_context yield) { shared->accept(yield); },
        asio::detached);
    const std::string name = address.is_v6() ? '[' + host + ']' : host;
    return "http://" + name + ':' + std::to_string(given);
}

void HttpServer::stop()
{
    error_code ignored;
    d->stopping = true;
    d->acceptor.close(ignored);
    for (Stream *stream : d->idle)
        stream->cancel();
}

} // namespace runtime
