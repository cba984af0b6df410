#include "runtime-bridge/daemon/bytetunnel.h"

#include "runtime-bridge/daemon/coroutine.h"

#include <boost/asio/write.hpp>

#include <array>

namespace runtime {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

void carry(TunnelSocket &from, TunnelSocket &to, std::string bytes, const ByteFilter &filter,
           std::uint64_t &count, asio::yield_context yield)
{
    error_code error, ignored;
    std::array<char, 16 << 10> buffer;
    while (!error) {
        if (filter)
            filter(bytes);
        if (!bytes.empty())
            count += asio::async_write(to, asio::buffer(bytes), yield[error]);
        if (error)
            break;
        const std::size_t got = from.async_read_some(asio::buffer(buffer), yield[error]);
        bytes.assign(buffer.data(), got);
    }
    if (error == asio::error::eof) {
        to.shutdown(tcp::socket::shutdown_send, ignored);
    } else {
        from.close(ignored);
        to.close(ignored);
    }
}

} // namespace

TunnelCount runTunnel(asio::io_context &io, TunnelSocket &client, TunnelSocket &service,
                      std::string toService, std::string toClient, const ByteFilter &filter,
                      asio::yield_context yield)
{
    TunnelCount count;
    Wake changed(io);
    bool done = false;
    startCoroutine(io, [&, first = std::move(toService)](asio::yield_context other) mutable {
        carry(client, service, std::move(first), filter, count.toService, other);
        done = true;
        changed.notify();
    });
    carry(service, client, std::move(toClient), {}, count.toClient, yield);
    // The service has no more to say: what the client still sends has nobody to answer it.
    error_code ignored;
    if (!done && service.is_open())
        service.shutdown(tcp::socket::shutdown_both, ignored);
    if (!done)
        client.cancel(ignored);
    while (!done)
        changed.wait(yield);
    return count;
}

} // namespace runtime
