#include "tests/bench/echo.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

void serve(tcp::socket socket, asio::yield_context yield)
{
    boost::system::error_code error;
    socket.set_option(tcp::no_delay(true), error);
    boost::beast::flat_buffer buffer;
    for (;;) {
        http::request<http::string_body> request;
        http::async_read(socket, buffer, request, yield[error]);
        if (error)
            return;
        http::response<http::string_body> response;
        response.body() = std::move(request.body());
        response.prepare_payload();
        http::async_write(socket, response, yield[error]);
        if (error || !request.keep_alive())
            return;
    }
}

} // namespace

int echo(int port)
{
    asio::io_context io(1);
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), std::uint16_t(port)});
    asio::spawn(
        io,
        [&](asio::yield_context yield) {
            for (;;) {
                auto socket = std::make_shared<tcp::socket>(io);
                acceptor.async_accept(*socket, yield);
                asio::spawn(
                    io, [socket](asio::yield_context inner) { serve(std::move(*socket), inner); },
                    asio::detached);
            }
        },
        asio::detached);
    io.run();
    return 0;
}

} // namespace bench
