#include "runtime-bridge/protocol/trace.h"

#include "runtime-bridge/base/digest.h"

#include <algorithm>

namespace runtime {

namespace {

constexpr std::size_t idDigits = 32, spanDigits = 16;
constexpr std::size_t longestState = 1'024;

bool isHexDigits(std::string_view text)
{
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Of the right length and not all zeros, which the standard calls invalid.
bool isHexId(std::string_view text, std::size_t digits)
{
    return text.size() == digits && isHexDigits(text) &&
           text.find_first_not_of('0') != std::string_view::npos;
}

/// An id as a chain can have it: most are in that form already.
std::string chainId(const std::string &id)
{
    constexpr std::size_t prefix = std::string_view("sha256:").size();
    return isHexId(id, idDigits) ? id : digestOf(id).substr(prefix, idDigits);
}

} // namespace

Trace traceFromHeaders(std::string_view traceparent, std::string_view tracestate)
{
    constexpr std::size_t length = 55; // of version 00; later ones may have more behind it
    Trace trace;
    const std::string_view version = traceparent.substr(0, 2);
    const bool isWellFormed =
        traceparent.size() >= length && isHexDigits(version) && version != "ff" &&
        (traceparent.size() == length || (version != "00" && traceparent[length] == '-')) &&
        traceparent[2] == '-' && traceparent[35] == '-' && traceparent[52] == '-' &&
        isHexId(traceparent.substr(3, idDigits), idDigits) &&
        isHexId(traceparent.substr(36, spanDigits), spanDigits) &&
        isHexDigits(traceparent.substr(53, 2));
    if (!isWellFormed)
        return trace;
    trace.id = traceparent.substr(3, idDigits);
    trace.span = traceparent.substr(36, spanDigits);
    trace.isSampled = std::string_view("13579bdf").find(traceparent[54]) != std::string_view::npos;
    if (tracestate.size() <= longestState)
        trace.state = tracestate;
    return trace;
}

Trace traceOf(const Trace &cause, const std::string &id)
{
    if (cause.id.empty())
        return {chainId(id), spanOf(id), {}, {}, true};
    return {cause.id, spanOf(id), cause.span, cause.state, cause.isSampled};
}

std::string spanOf(const std::string &id)
{
    std::string span = chainId(id).substr(idDigits - spanDigits);
    if (!isHexId(span, spanDigits))
        span.back() = '1';
    return span;
}

std::string traceparentOf(const Trace &trace)
{
    if (trace.id.empty())
        return {};
    return "00-" + trace.id + '-' + trace.span + (trace.isSampled ? "-01" : "-00");
}

std::string xrayHeaderOf(const Trace &trace)
{
    if (trace.id.empty())
        return {};
    return "Root=1-" + trace.id.substr(0, 8) + '-' + trace.id.substr(8) + ";Parent=" + trace.span +
           (trace.isSampled ? ";Sampled=1" : ";Sampled=0");
}

} // namespace runtime
