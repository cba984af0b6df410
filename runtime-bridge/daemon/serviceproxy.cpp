#include "runtime-bridge/daemon/serviceproxy.h"

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/http2exchange.h"
#include "runtime-bridge/daemon/http2head.h"
#include "runtime-bridge/daemon/httpevent.h"
#include "runtime-bridge/daemon/proxyexchange.h"

#include <boost/asio/write.hpp>

namespace runtime {

namespace {

/// Path and query without \a prefix.
std::string targetWithout(const std::string &prefix, const std::string &target)
{
    if (prefix.empty() || !target.starts_with(prefix))
        return target;
    const std::string rest = target.substr(prefix.size());
    return rest.starts_with('/') ? rest : '/' + rest;
}

} // namespace

Passed passToService(boost::asio::io_context &io, Invoker &invoker, HttpPass &pass,
                     const HttpRequest &request, const RouteMatch &route,
                     boost::asio::yield_context yield)
{
    const std::string id = createSortableId();
    const Trace cause = callerOf(request);
    HttpRequest traced = request; // without a body, which is passed on as it comes
    tellTrace(traced, traceOf(cause, id));
    ProxyExchange exchange(io, pass, traced, targetWithout(route.prefix, request.target),
                           route.prefix, id);
    Result<Invocation> invocation = invoker.invokeFor(
        {.exchange = &exchange},
        {route.function, eventOfRequest(traced, route, id), "http", id, cause}, yield);
    return {std::move(invocation), exchange.hasAnswered()};
}

bool readHttp2Request(HttpPass &pass, HttpRequest &request, boost::asio::yield_context yield)
{
    boost::system::error_code error;
    pass.stream.expires_after(pass.limits.headerTime);
    boost::asio::async_write(pass.stream, boost::asio::buffer(http2Settings()), yield[error]);
    while (!error) {
        const std::string_view bytes(static_cast<const char *>(pass.buffer.data().data()),
                                     pass.buffer.size());
        bool broken = false;
        if (const std::optional<Http2Head> head = readHttp2Head(bytes, broken)) {
            pass.stream.expires_never();
            request.method = head->method;
            request.target = head->path;
            request.headers = {{"host", head->authority}};
            tellTrace(request, traceFromHeaders(head->traceparent, head->tracestate));
            return true;
        }
        if (broken)
            break;
        pass.buffer.commit(
            pass.stream.async_read_some(pass.buffer.prepare(16u << 10), yield[error]));
    }
    return false;
}

void passHttp2(boost::asio::io_context &io, Invoker &invoker, HttpPass &pass,
               const HttpRequest &request, const RouteMatch &route,
               boost::asio::yield_context yield)
{
    boost::system::error_code ignored;
    if (!route.isService || route.function.empty()) {
        boost::asio::async_write(pass.stream, boost::asio::buffer(http2Refusal()), yield[ignored]);
        return;
    }
    const std::string id = createSortableId();
    Http2Exchange exchange(io, pass);
    (void)invoker.invokeFor(
        {.exchange = &exchange},
        {route.function, eventOfRequest(request, route, id), "http", id, callerOf(request)}, yield);
}

} // namespace runtime
