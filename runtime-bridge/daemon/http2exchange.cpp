#include "runtime-bridge/daemon/http2exchange.h"

#include "runtime-bridge/daemon/bytetunnel.h"
#include "runtime-bridge/daemon/http2head.h"

#include <boost/beast/core/buffers_to_string.hpp>

namespace runtime {

namespace asio = boost::asio;
using boost::system::error_code;

Http2Exchange::Http2Exchange(asio::io_context &io, HttpPass &pass)
    : m_io(io), m_pass(pass), m_service(io.get_executor())
{
}

Result<std::string> Http2Exchange::run(const asio::ip::tcp::endpoint &address,
                                       const std::function<void()> &answering,
                                       asio::yield_context yield)
{
    error_code error;
    m_service.socket().async_connect(address, yield[error]);
    if (error)
        return failure(ErrorCode::FunctionFailed, "service", error.message());
    answering(); // when its answers come is between the client and the service
    std::string early = boost::beast::buffers_to_string(m_pass.buffer.data());
    m_pass.buffer.consume(m_pass.buffer.size());
    const TunnelCount count = runTunnel(m_io, m_pass.stream.socket(), m_service.socket(),
                                        std::move(early), {}, SettingsAckFilter(), yield);
    return R"({"protocol":"HTTP/2","bytes":)" + std::to_string(count.toClient) + '}';
}

void Http2Exchange::stop()
{
    error_code ignored;
    m_service.socket().close(ignored);
    m_pass.stream.socket().close(ignored);
}

} // namespace runtime
