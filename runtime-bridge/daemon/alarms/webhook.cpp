#include "runtime-bridge/daemon/alarms/webhook.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace runtime {

namespace {
constexpr std::size_t largestAnswer = 64u << 10; ///< Nobody reads it.
} // namespace

Result<> postJson(boost::asio::io_context &io, const WebhookAddress &address,
                  const std::string &json, std::chrono::milliseconds limit,
                  boost::asio::yield_context yield)
{
    namespace http = boost::beast::http;
    boost::system::error_code error;
    boost::asio::ip::tcp::resolver resolver(io);
    const auto endpoints = resolver.async_resolve(address.host, address.port, yield[error]);
    boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::io_context::executor_type> stream(
        io.get_executor());
    stream.expires_after(limit);
    if (!error)
        stream.async_connect(endpoints, yield[error]);
    http::request<http::string_body> request(http::verb::post, address.target, 11);
    const bool isColoned = address.host.find(':') != std::string::npos;
    request.set(http::field::host,
                (isColoned ? '[' + address.host + ']' : address.host) + ':' + address.port);
    request.set(http::field::content_type, "application/json");
    request.set(http::field::user_agent, "edgewright");
    request.set(http::field::connection, "close");
    request.body() = json;
    request.prepare_payload();
    if (!error)
        http::async_write(stream, request, yield[error]);
    http::response_parser<http::string_body> parser;
    parser.body_limit(largestAnswer);
    boost::beast::flat_buffer buffer;
    if (!error)
        http::async_read_header(stream, buffer, parser, yield[error]);
    const std::string where = address.host + ':' + address.port + address.target;
    if (error)
        return failure(ErrorCode::FunctionFailed, where, error.message());
    if (parser.get().result_int() / 100 != 2)
        return failure(ErrorCode::FunctionFailed, where,
                       "it answered " + std::to_string(parser.get().result_int()));
    return {};
}

} // namespace runtime
