#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/serviceexchange.h"

#include <nlohmann/json.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace runtime {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using nlohmann::json;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

namespace {

constexpr std::size_t largestBody = 6'291'456; ///< As AWS Lambda takes it.

/// The first of \a keys that \a object has as text.
std::string firstText(const json &object, std::initializer_list<const char *> keys)
{
    for (const char *key : keys)
        if (const auto it = object.find(key); it != object.end() && it->is_string())
            return it->get<std::string>();
    return {};
}

std::string methodOf(const json &event)
{
    const json context = event.value("requestContext", json::object());
    const json http = context.is_object() ? context.value("http", json::object()) : json::object();
    const std::string inner = http.is_object() ? firstText(http, {"method"}) : std::string();
    return inner.empty() ? firstText(event, {"httpMethod", "method", "__ow_method"}) : inner;
}

void setBody(Request &request, const json &event)
{
    const auto body = event.find("body");
    if (body == event.end() || body->is_null())
        return;
    request.body() = body->is_string() ? body->get<std::string>() : body->dump();
    if (!body->is_string() && request.count(http::field::content_type) == 0)
        request.set(http::field::content_type, "application/json");
    const auto encoded = event.find("isBase64Encoded");
    if (encoded != event.end() && *encoded == true)
        if (std::optional<std::string> bytes = fromBase64(request.body()))
            request.body() = std::move(*bytes);
}

Request requestOf(const std::string &text)
{
    Request request(http::verb::post, "/", 11);
    const json event = json::parse(text, nullptr, false);
    const std::string method = event.is_object() ? methodOf(event) : std::string();
    const std::string path =
        event.is_object() ? firstText(event, {"rawPath", "path", "__ow_path"}) : std::string();
    request.set(http::field::host, "127.0.0.1");
    if (method.empty() && path.empty()) {
        request.set(http::field::content_type, "application/json");
        request.body() = text;
    } else {
        std::string upper = method.empty() ? "GET" : method;
        for (char &c : upper)
            c = char(std::toupper(static_cast<unsigned char>(c)));
        request.method_string(upper);
        const std::string query = firstText(event, {"rawQueryString"});
        request.target((path.starts_with('/') ? path : '/' + path) +
                       (query.empty() ? "" : '?' + query));
        const json headers = event.value("headers", json::object());
        for (const auto &[name, value] : headers.items())
            if (value.is_string() && isHeader(name, value.get<std::string>()) &&
                !isConnectionHeader(name))
                request.set(name, value.get<std::string>());
        setBody(request, event);
    }
    request.set(http::field::connection, "close");
    request.prepare_payload();
    return request;
}

std::string resultOf(const Response &response)
{
    json headers = json::object();
    json cookies = json::array();
    for (const auto &field : response) {
        const std::string name = toLower(std::string(field.name_string()));
        const std::string value(field.value());
        if (name == "set-cookie")
            cookies.push_back(value);
        else if (!isConnectionHeader(name))
            headers[name] =
                headers.contains(name) ? headers[name].get<std::string>() + ", " + value : value;
    }
    const bool isText = isUtf8(response.body());
    json result{{"statusCode", response.result_int()},
                {"headers", std::move(headers)},
                {"body", isText ? response.body() : toBase64(response.body())},
                {"isBase64Encoded", !isText}};
    if (!cookies.empty())
        result["cookies"] = std::move(cookies);
    return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

class EventExchange final : public ServiceExchange
{
public:
    EventExchange(asio::io_context &io, const std::string &event, const Trace &trace)
        : m_stream(io.get_executor()), m_request(requestOf(event))
    {
        m_request.set("traceparent", traceparentOf(trace));
        if (!trace.state.empty())
            m_request.set("tracestate", trace.state);
    }

    Result<std::string> run(const asio::ip::tcp::endpoint &address,
                            const std::function<void()> &answering,
                            asio::yield_context yield) override
    {
        error_code error;
        m_stream.socket().async_connect(address, yield[error]);
        if (!error)
            http::async_write(m_stream, m_request, yield[error]);
        http::response_parser<http::string_body> parser;
        parser.body_limit(largestBody);
        parser.skip(m_request.method() == http::verb::head);
        beast::flat_buffer buffer;
        if (!error)
            http::async_read_header(m_stream, buffer, parser, yield[error]);
        if (!error) {
            answering();
            http::async_read(m_stream, buffer, parser, yield[error]);
        }
        if (error)
            return failure(ErrorCode::FunctionFailed, "service", error.message());
        return resultOf(parser.get());
    }

    void stop() override
    {
        error_code ignored;
        m_stream.socket().close(ignored);
    }

private:
    beast::basic_stream<asio::ip::tcp, asio::io_context::executor_type> m_stream;
    Request m_request;
};

} // namespace

std::unique_ptr<ServiceExchange> createEventExchange(asio::io_context &io, const std::string &event,
                                                     const Trace &trace)
{
    return std::make_unique<EventExchange>(io, event, trace);
}

} // namespace runtime
