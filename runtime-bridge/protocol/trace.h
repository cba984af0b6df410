#pragma once

#include <string>
#include <string_view>

namespace runtime {

/// Where an invocation stands in a chain of calls, as W3C Trace Context has it
/// (https://www.w3.org/TR/trace-context/).
struct Trace {
    std::string id;     ///< Of the chain: 32 lower-case hexadecimal digits. Empty: none.
    std::string span;   ///< Of the invocation: 16 of them.
    std::string parent; ///< The span that caused it; empty: the chain begins here.
    std::string state;  ///< tracestate, as it came.
    bool isSampled = true;
};

/// The caller that the headers tell: its chain, and its span. Without an id where \a traceparent is
/// missing or is not as the standard has it.
[[nodiscard]] Trace traceFromHeaders(std::string_view traceparent, std::string_view tracestate);

/// The place of the invocation \a id, caused by \a cause. Without a cause a chain begins, which has
/// the invocation's id. The same for the same arguments.
[[nodiscard]] Trace traceOf(const Trace &cause, const std::string &id);

/// The span of the invocation \a id: traceOf() gives it.
[[nodiscard]] std::string spanOf(const std::string &id);

/// The header "traceparent" of calls that \a trace causes; empty without an id.
[[nodiscard]] std::string traceparentOf(const Trace &trace);

/// The same as AWS writes it: "Root=1-…;Parent=…;Sampled=1".
[[nodiscard]] std::string xrayHeaderOf(const Trace &trace);

} // namespace runtime
