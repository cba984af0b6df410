#include "runtime-bridge/daemon/proxyexchange.h"

#include "runtime-bridge/daemon/bytetunnel.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/httptext.h"

#include <nlohmann/json.hpp>

#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace runtime {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using nlohmann::json;
using tcp = asio::ip::tcp;

namespace {

/// Those that Connection names, and those that always belong to one connection.
std::set<std::string> hopHeaders(std::string_view connection)
{
    std::set<std::string> names{"connection", "keep-alive",         "proxy-connection",
                                "te",         "proxy-authenticate", "proxy-authorization"};
    while (!connection.empty()) {
        const std::string_view name = connection.substr(0, connection.find(','));
        connection.remove_prefix(std::min(connection.size(), name.size() + 1));
        names.insert(toLower(std::string(trimmed(name))));
    }
    return names;
}

void setBuffer(http::buffer_body::value_type &body, char *data, std::size_t size, bool more)
{
    body.data = size > 0 ? data : nullptr; // an empty chunk would be the last
    body.size = size;
    body.more = more;
}

std::string forwardedFor(const HttpRequest &request)
{
    const std::string before(request.header("x-forwarded-for"));
    return before.empty() ? request.remoteAddress : before + ", " + request.remoteAddress;
}

} // namespace

ProxyExchange::ProxyExchange(asio::io_context &io, HttpPass &pass, const HttpRequest &request,
                             std::string target, std::string prefix, std::string id)
    : m_io(io)
    , m_pass(pass)
    , m_request(request)
    , m_target(std::move(target))
    , m_prefix(std::move(prefix))
    , m_id(std::move(id))
    , m_service(io.get_executor())
    , m_changed(io)
    , m_isUpgrade(!request.header("upgrade").empty())
{
}

ProxyExchange::~ProxyExchange() = default;

void ProxyExchange::stop()
{
    error_code ignored;
    m_service.socket().close(ignored);
    if (m_hasAnswered) // its rest does not come
        m_pass.stream.socket().close(ignored);
    else
        m_pass.stream.socket().cancel(ignored);
}

http::request<http::buffer_body> ProxyExchange::serviceRequest() const
{
    const auto &head = m_clientBody->get();
    http::request<Body> request;
    request.version(11);
    request.method_string(m_request.method);
    request.target(m_target);
    std::set<std::string> left = hopHeaders(m_request.header("connection"));
    left.insert({"expect", "x-forwarded-for"});
    if (m_isUpgrade)
        left.erase("upgrade");
    else
        left.insert("upgrade");
    const bool isHttp2 = m_isUpgrade && !m_request.header("http2-settings").empty();
    if (isHttp2)
        left.erase("http2-settings");
    for (const auto &[name, value] : m_request.headers)
        if (!left.contains(name) && isHeader(name, value))
            request.insert(name, value);
    if (m_request.header("host").empty()) // a client of HTTP/1.0 may leave it out, we may not
        request.set(http::field::host, "localhost");
    request.set("x-forwarded-for", forwardedFor(m_request));
    const auto tell = [&](const char *name, std::string_view value) {
        if (m_request.header(name).empty() && !value.empty())
            request.set(name, value);
    };
    tell("x-forwarded-proto", "http");
    tell("x-forwarded-host", m_request.header("host"));
    tell("x-forwarded-prefix", m_prefix);
    request.set("x-invocation-id", m_id);
    if (m_isUpgrade) {
        request.set(http::field::connection, isHttp2 ? "Upgrade, HTTP2-Settings" : "Upgrade");
    } else {
        request.set(http::field::connection, "close");
        if (head.chunked())
            request.chunked(true);
    }
    request.body().data = nullptr;
    request.body().more = !m_clientBody->is_done();
    return request;
}

Result<std::string> ProxyExchange::run(const tcp::endpoint &address,
                                       const std::function<void()> &answering,
                                       asio::yield_context yield)
{
    const auto broken = [](const error_code &error) {
        return failure(ErrorCode::FunctionFailed, "service",
                       "the service broke off: " + error.message());
    };
    if (!m_pass.parser)
        return failure(ErrorCode::Internal, "service", "no request");
    m_clientBody = std::make_unique<http::request_parser<Body>>(std::move(*m_pass.parser));
    m_clientBody->body_limit(boost::none);
    error_code error;
    m_service.socket().async_connect(address, yield[error]);
    if (error)
        return broken(error);
    error_code ignored;
    m_service.socket().set_option(tcp::no_delay(true), ignored);
    m_head = std::make_unique<http::request<Body>>(serviceRequest());
    m_sender = std::make_unique<http::request_serializer<Body>>(*m_head);
    http::async_write_header(m_service, *m_sender, yield[error]);
    if (error)
        return broken(error);
    if (!m_clientBody->is_done()) {
        m_bodyDone = m_bodyWhole = false;
        startCoroutine(m_io, [this](asio::yield_context other) {
            sendBody(other);
            m_bodyDone = true;
            m_changed.notify();
        });
    }
    error = readHead(yield);
    if (!error) {
        answering();
        m_hasAnswered = true;
        if (m_answer->get().result() == http::status::switching_protocols)
            return passUpgraded(yield);
        error = passBody(yield);
    }
    finishBody(yield);
    if (error)
        return broken(error);
    return result(m_received);
}

error_code ProxyExchange::readHead(asio::yield_context yield)
{
    error_code error;
    do { // 100, 103: the final answer follows
        m_answer = std::make_unique<http::response_parser<Body>>();
        m_answer->body_limit(boost::none);
        m_answer->skip(m_request.method == "HEAD");
        http::async_read_header(m_service, m_buffer, *m_answer, yield[error]);
    } while (!error && m_answer->get().result_int() < 200 &&
             m_answer->get().result() != http::status::switching_protocols);
    return error;
}

void ProxyExchange::sendBody(asio::yield_context yield)
{
    error_code error;
    bool wanted = true; // by the service
    std::array<char, 16 << 10> buffer;
    if (m_request.header("expect") == "100-continue") {
        static constexpr std::string_view goOn = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(m_pass.stream, asio::buffer(goOn), yield[error]);
    }
    while (!error && !m_clientBody->is_done()) {
        auto &body = m_clientBody->get().body();
        body.data = buffer.data();
        body.size = buffer.size();
        m_pass.stream.expires_after(m_pass.limits.bodyTime);
        http::async_read_some(m_pass.stream, m_pass.buffer, *m_clientBody, yield[error]);
        if (error == http::error::need_buffer)
            error = {};
        if (error)
            break;
        auto &out = m_head->body();
        setBuffer(out, buffer.data(), buffer.size() - body.size, !m_clientBody->is_done());
        if (out.size == 0 && out.more)
            continue;
        http::async_write(m_service, *m_sender, yield[error]);
        if (error == http::error::need_buffer)
            error = {};
        else if (error)
            wanted = false;
    }
    m_pass.stream.expires_never();
    m_bodyWhole = !error;
    error_code ignored;
    if (error && wanted) // the client went away
        m_service.socket().close(ignored);
}

void ProxyExchange::watchClient()
{
    m_pass.stream.socket().async_wait(
        tcp::socket::wait_read, [this, alive = std::weak_ptr(m_alive)](const error_code &stopped) {
            if (stopped || alive.expired())
                return;
            char byte = 0;
            const int socket = m_pass.stream.socket().native_handle();
            const ssize_t got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
            if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
                return; // its next request
            m_clientGone = true;
            error_code ignored;
            m_service.socket().close(ignored);
        });
}

error_code ProxyExchange::passBody(asio::yield_context yield)
{
    auto &source = m_answer->get();
    http::response<Body> head;
    head.version(11);
    head.result(source.result_int());
    head.reason(source.reason());
    const std::set<std::string> left = hopHeaders(source[http::field::connection]);
    for (const auto &field : source)
        if (!left.contains(toLower(std::string(field.name_string()))) &&
            field.name() != http::field::upgrade)
            head.insert(field.name_string(), field.value());
    head.set("x-invocation-id", m_id);
    const bool bodiless = m_answer->is_done();
    const bool oldClient = m_request.protocol == "HTTP/1.0";
    if (!bodiless && !m_answer->content_length())
        head.chunked(!oldClient);
    m_pass.keepAlive =
        m_clientBody->keep_alive() && (bodiless || !oldClient || m_answer->content_length());
    head.keep_alive(m_pass.keepAlive);
    head.body().data = nullptr;
    head.body().more = !bodiless;
    http::response_serializer<Body> writer(head);
    error_code error;
    http::async_write_header(m_pass.stream, writer, yield[error]);
    m_clientGone = m_clientGone || error;
    if (m_bodyDone && m_bodyWhole)
        watchClient();
    std::array<char, 16 << 10> buffer;
    while (!error && !m_answer->is_done()) {
        auto &body = source.body();
        body.data = buffer.data();
        body.size = buffer.size();
        http::async_read_some(m_service, m_buffer, *m_answer, yield[error]);
        if (error == http::error::need_buffer)
            error = {};
        if (error)
            break;
        setBuffer(head.body(), buffer.data(), buffer.size() - body.size, !m_answer->is_done());
        m_received += head.body().size;
        if (head.body().size == 0 && head.body().more)
            continue;
        http::async_write(m_pass.stream, writer, yield[error]);
        if (error == http::error::need_buffer)
            error = {};
        m_clientGone = m_clientGone || error;
    }
    m_pass.keepAlive = m_pass.keepAlive && !error;
    return m_clientGone ? error_code() : error;
}

void ProxyExchange::finishBody(asio::yield_context yield)
{
    error_code ignored;
    m_service.socket().close(ignored);
    // Ends the watch; and where the service answered before it had all, the rest of the request.
    m_pass.stream.socket().cancel(ignored);
    while (!m_bodyDone)
        m_changed.wait(yield);
    if (!m_bodyWhole)
        m_pass.keepAlive = false;
}

std::string ProxyExchange::passUpgraded(asio::yield_context yield)
{
    while (!m_bodyDone)
        m_changed.wait(yield);
    auto &head = m_answer->get();
    std::string text = "HTTP/1.1 101 " + std::string(head.reason()) + "\r\n";
    for (const auto &field : head)
        text += std::string(field.name_string()) + ": " + std::string(field.value()) + "\r\n";
    text += "\r\n";
    text += beast::buffers_to_string(m_buffer.data());
    std::string early = beast::buffers_to_string(m_pass.buffer.data());
    m_pass.buffer.consume(m_pass.buffer.size());
    const TunnelCount count = runTunnel(m_io, m_pass.stream.socket(), m_service.socket(),
                                        std::move(early), std::move(text), {}, yield);
    m_pass.keepAlive = false;
    return result(count.toClient);
}

std::string ProxyExchange::result(std::uint64_t bytes) const
{
    return json{{"statusCode", m_answer->get().result_int()}, {"bytes", bytes}}.dump();
}

} // namespace runtime
