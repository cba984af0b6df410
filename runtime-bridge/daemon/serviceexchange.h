#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/protocol/trace.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/spawn.hpp>

#include <functional>
#include <memory>
#include <string>

namespace runtime {

/// One request to a service, and its answer.
class ServiceExchange
{
public:
    virtual ~ServiceExchange() = default;

    /// Speaks with the service at \a address. \a answering is called when the head of its answer
    /// has come: the timeout counts no further. Gives what the invocation keeps as its result,
    /// JSON; an error when the service broke off.
    [[nodiscard]] virtual Result<std::string> run(const boost::asio::ip::tcp::endpoint &address,
                                                  const std::function<void()> &answering,
                                                  boost::asio::yield_context yield) = 0;
    /// run() ends soon.
    virtual void stop() = 0;
};

/// A request made of an event: one of API Gateway's shapes, or {"method", "path", "headers",
/// "body"}; any other JSON is posted to "/". It tells \a trace. The result has statusCode, headers
/// and body.
[[nodiscard]] std::unique_ptr<ServiceExchange>
createEventExchange(boost::asio::io_context &io, const std::string &event, const Trace &trace);

} // namespace runtime
