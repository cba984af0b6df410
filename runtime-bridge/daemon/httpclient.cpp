#include "runtime-bridge/daemon/httpclient.h"

#include "runtime-bridge/daemon/httptext.h"

#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <cstdio>

namespace runtime {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t mostWaiting = 256u
                                    << 10; ///< Bytes of an answer that its client has not taken.
constexpr std::size_t pieceSize = 64u << 10;
/// What is read of a body that nobody wants, so that its sender reads the answer first.
constexpr std::size_t mostDropped = 1u << 20;
constexpr std::chrono::milliseconds dropTime{2'000};

bool isBodilessStatus(int status)
{
    return status == 204 || status == 304;
}

} // namespace

std::string httpHeadOf(const HttpResponse &response)
{
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    head.append(http::obsolete_reason(http::int_to_status(unsigned(response.status))))
        .append("\r\n");
    for (const auto &[name, value] : response.headers)
        if (isHeader(name, value) && !isConnectionHeader(name))
            head.append(name).append(": ").append(value).append("\r\n");
    return head;
}

Result<std::string> readPart(asio::io_context &io, HttpClient &client, asio::yield_context yield)
{
    struct Part {
        explicit Part(asio::io_context &context) : wake(context) {}
        Wake wake;
        std::optional<Result<std::string>> bytes;
    };
    const auto part = std::make_shared<Part>(io); // the connection may outlive this coroutine
    client.read([part](Result<std::string> bytes) {
        part->bytes = std::move(bytes);
        part->wake.notify();
    });
    while (!part->bytes)
        part->wake.wait(yield);
    return std::move(*part->bytes);
}

HttpConnection::HttpConnection(asio::io_context &io, HttpStream &stream, beast::flat_buffer &buffer,
                               SharedTimer::Deadline &deadline, const HttpLimits &limits)
    : m_stream(stream), m_buffer(buffer), m_deadline(deadline), m_limits(limits), m_changed(io)
{
}

void HttpConnection::start(const HttpRequest &request, bool keepAlive)
{
    m_keepsAlive = keepAlive;
    m_isHead = request.method == "HEAD";
    m_isOld = request.protocol == "HTTP/1.0";
    m_wantsGoAhead = beast::iequals(request.header("expect"), "100-continue");
    m_hasBegun = m_isBodiless = m_isBroken = m_isGone = false;
    m_patience = m_limits.bodyTime;
    m_body.reset();
}

void HttpConnection::setBody(HeadParser &&parser)
{
    m_body = std::make_unique<BodyParser>(std::move(parser));
    m_body->body_limit(boost::none);
}

void HttpConnection::begin(const HttpResponse &head)
{
    if (std::exchange(m_hasBegun, true))
        return;
    m_isBodiless = m_isHead || isBodilessStatus(head.status);
    m_waiting += httpHeadOf(head);
    if (!isBodilessStatus(head.status) && !m_isOld)
        m_waiting += "Transfer-Encoding: chunked\r\n";
    m_waiting += m_keepsAlive && !m_isOld ? "\r\n" : "Connection: close\r\n\r\n";
    send();
    watch();
}

void HttpConnection::write(std::string bytes)
{
    if (m_isGone || m_isBodiless || bytes.empty()) // an empty chunk would be the last
        return;
    if (m_isOld) {
        m_waiting += bytes;
    } else {
        char size[24];
        std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
        m_waiting.append(size).append(bytes).append("\r\n");
    }
    send();
}

bool HttpConnection::isFull() const
{
    return !m_isGone && m_waiting.size() + m_sending.size() > mostWaiting;
}

void HttpConnection::send()
{
    if (!m_sending.empty() || m_waiting.empty() || m_isGone)
        return;
    m_sending.swap(m_waiting);
    rearm();
    asio::async_write(
        m_stream.socket(), asio::buffer(m_sending),
        [self = shared_from_this()](const Error &error, std::size_t) { self->onSent(error); });
}

void HttpConnection::onSent(const Error &error)
{
    const bool wasFull = isFull();
    m_sending.clear();
    rearm();
    if (error)
        leave();
    send();
    if (wasFull && !isFull() && onRoom)
        onRoom();
    m_changed.notify();
}

void HttpConnection::rearm()
{
    if (!m_sending.empty() || m_isReading)
        m_deadline.expireAfter(m_patience);
    else
        m_deadline.clear();
}

void HttpConnection::read(std::function<void(Result<std::string>)> done)
{
    if (m_isGone)
        return done(failure(ErrorCode::RequestInvalid, "body", "its sender has gone"));
    if (isBodyWhole())
        return done(std::string());
    m_reader = std::move(done);
    if (std::exchange(m_wantsGoAhead, false) && !m_hasBegun) {
        m_waiting += "HTTP/1.1 100 Continue\r\n\r\n";
        send();
    }
    readSome();
}

void HttpConnection::readSome()
{
    m_piece.resize(pieceSize);
    auto &body = m_body->get().body();
    body.data = m_piece.data();
    body.size = m_piece.size();
    m_isReading = true;
    rearm();
    http::async_read_some(
        m_stream.socket(), m_buffer, *m_body,
        [self = shared_from_this()](const Error &error, std::size_t) { self->onRead(error); });
}

void HttpConnection::onRead(Error error)
{
    m_isReading = false;
    rearm();
    if (error == http::error::need_buffer)
        error = {};
    m_piece.resize(m_piece.size() - m_body->get().body().size);
    if (error) {
        leave();
    } else if (m_piece.empty() && !m_body->is_done()) {
        if (m_reader)
            return readSome();
    } else if (m_body->is_done() && m_hasBegun) {
        watch();
    }
    m_changed.notify();
    if (const auto done = std::exchange(m_reader, {}))
        done(error
                 ? Result<std::string>(failure(ErrorCode::RequestInvalid, "body", error.message()))
                 : std::move(m_piece));
}

void HttpConnection::watch()
{
    if (m_isWatching || m_isGone || !isBodyWhole())
        return;
    m_isWatching = true;
    m_stream.socket().async_wait(
        asio::ip::tcp::socket::wait_read, [self = shared_from_this()](const Error &stopped) {
            self->m_isWatching = false;
            self->m_changed.notify();
            if (stopped)
                return;
            char byte = 0;
            const int socket = self->m_stream.socket().native_handle();
            const ssize_t got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
                self->leave(); // else it is the client's next request
        });
}

void HttpConnection::leave()
{
    if (std::exchange(m_isGone, true))
        return;
    m_waiting.clear();
    if (onGone)
        onGone();
    if (onRoom)
        onRoom();
}

void HttpConnection::dropRest(const asio::yield_context &yield)
{
    using namespace std::chrono;
    const auto end = steady_clock::now() + dropTime;
    for (std::size_t dropped = 0; !m_isGone && !isBodyWhole() && dropped < mostDropped;
         dropped += m_piece.size()) {
        m_patience = duration_cast<milliseconds>(end - steady_clock::now());
        if (m_patience <= 0ms)
            return;
        readSome();
        while (m_isReading)
            m_changed.wait(yield);
    }
}

bool HttpConnection::finish(asio::yield_context yield)
{
    onRoom = {};
    onGone = {};
    m_reader = {};
    if (m_hasBegun && !m_isBroken && !m_isGone && !m_isOld && !m_isBodiless)
        m_waiting += "0\r\n\r\n";
    send();
    while (!m_sending.empty())
        m_changed.wait(yield);
    while (m_isReading || m_isWatching) {
        m_stream.cancel();
        m_changed.wait(yield);
    }
    const bool isWhole = isBodyWhole();
    if (!isWhole && !m_isBroken)
        dropRest(yield);
    m_deadline.clear();
    m_body.reset();
    return isWhole && m_keepsAlive && !m_isGone && !m_isBroken && !m_isOld;
}

} // namespace runtime
