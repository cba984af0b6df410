#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/protocol/messages.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/spawn.hpp>

#include <string>
#include <vector>

namespace runtime {

class CallStream;
class Cancellation;
class ServiceExchange;

/// Who invokes, where it is more than the request; each may be null.
struct Caller {
    Cancellation *cancellation = nullptr;
    ServiceExchange *exchange = nullptr; ///< Services: in place of the event, see WorkerCall.
    CallStream *stream = nullptr;        ///< Takes an answer as it comes.
};

/// The functions of this runtime, as its front doors (management socket, gateway, controller API)
/// need them. All calls are made on the runtime's one thread; those with a yield_context suspend.
class Invoker
{
public:
    virtual ~Invoker() = default;

    /// Exactly one outcome, never later than the function's timeout plus the time in its queue.
    /// An error only where nothing was tried: ErrorCode::FunctionUnknown. The event is JSON: who
    /// has it from elsewhere checks it.
    [[nodiscard]] virtual Result<Invocation> invoke(const InvokeRequest &request,
                                                    boost::asio::yield_context yield) = 0;

    /// Accepts \a request as a task: its id, at once. It is done later, and its result kept.
    [[nodiscard]] virtual Result<std::string> submit(const InvokeRequest &request)
    {
        return failure(ErrorCode::RequestInvalid, request.function, "there are no tasks here");
    }

    /// The same for \a caller, which may get the answer before this returns.
    [[nodiscard]] virtual Result<Invocation> invokeFor(const Caller & /*caller*/,
                                                       const InvokeRequest &request,
                                                       boost::asio::yield_context yield)
    {
        return invoke(request, yield);
    }

    /// See "put" in docs/protocol.md. \a lease: the connection the function belongs to; 0: none.
    [[nodiscard]] virtual Result<PutResult> put(PutRequest request, std::uint64_t lease,
                                                boost::asio::yield_context yield) = 0;

    [[nodiscard]] virtual Result<> remove(const std::string &function) = 0;

    [[nodiscard]] virtual std::vector<FunctionState> functions() const = 0;

    /// Another number after each change of the set of functions, of a bundle or of what is armed,
    /// so that the front doors need not look at functions() for every call. 0: look every time.
    [[nodiscard]] virtual std::uint64_t revision() const { return 0; }
};

} // namespace runtime
