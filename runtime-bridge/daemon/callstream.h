#pragma once

#include "runtime-bridge/base/error.h"

#include <functional>
#include <string>

namespace runtime {

/// The side of an invocation's caller that takes the answer as it comes and gives the request's
/// body as it is asked for. Its calls return at once. It outlives the invocation's outcome.
class CallStream
{
public:
    virtual ~CallStream() = default;

    /// Begins the answer. \a head: a response without its body, as JSON (docs/dialects.md).
    virtual void begin(const std::string &head) = 0;
    /// More of its body.
    virtual void write(std::string bytes) = 0;
    /// More waits to be taken than should: who writes goes on after onRoom.
    [[nodiscard]] virtual bool isFull() const = 0;
    /// Gives the next bytes of the request's body, or none at its end, or an error when the caller
    /// has gone or is too slow. One at a time.
    virtual void read(std::function<void(Result<std::string>)> done) = 0;

    std::function<void()> onRoom; ///< No longer full.
    std::function<void()> onGone; ///< The caller has gone; what is written is dropped.
};

} // namespace runtime
