#include "runtime-bridge/daemon/http2head.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <memory>

namespace runtime {

namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t frameHead = 9;
constexpr std::size_t longest = 128u << 10; ///< From the connection's start to the first request.

enum FrameType : unsigned char { Headers = 1, Settings = 4, Continuation = 9 };
enum FrameFlag : unsigned char { Ack = 1, EndHeaders = 4, Padded = 8, Priority = 32 };

std::size_t number(std::string_view bytes, std::size_t count)
{
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

/// The block of fields that a HEADERS frame carries; false when it is none.
bool takeBlock(std::string_view payload, unsigned char flags, std::string &block)
{
    std::size_t padding = 0;
    if (flags & Padded) {
        if (payload.empty())
            return false;
        padding = number(payload, 1);
        payload.remove_prefix(1);
    }
    const std::size_t priority = flags & Priority ? 5 : 0;
    if (payload.size() < priority + padding)
        return false;
    block.append(payload.substr(priority, payload.size() - priority - padding));
    return true;
}

std::optional<Http2Head> inflate(std::string_view block)
{
    nghttp2_hd_inflater *raw = nullptr;
    if (nghttp2_hd_inflate_new(&raw) != 0)
        return std::nullopt;
    const std::unique_ptr<nghttp2_hd_inflater, void (*)(nghttp2_hd_inflater *)> inflater(
        raw, nghttp2_hd_inflate_del);
    Http2Head head;
    for (;;) {
        nghttp2_nv field;
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(inflater.get(), &field, &flags,
                                                    reinterpret_cast<const uint8_t *>(block.data()),
                                                    block.size(), 1);
        if (used < 0)
            return std::nullopt;
        block.remove_prefix(std::size_t(used));
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            const std::string_view name(reinterpret_cast<const char *>(field.name), field.namelen);
            std::string value(reinterpret_cast<const char *>(field.value), field.valuelen);
            if (name == ":method")
                head.method = std::move(value);
            else if (name == ":path")
                head.path = std::move(value);
            else if (name == ":authority" || (name == "host" && head.authority.empty()))
                head.authority = std::move(value);
            else if (name == "traceparent")
                head.traceparent = std::move(value);
            else if (name == "tracestate")
                head.tracestate = std::move(value);
        }
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            return head;
        if (used == 0 && !(flags & NGHTTP2_HD_INFLATE_EMIT))
            return std::nullopt;
    }
}

} // namespace

std::optional<Http2Head> readHttp2Head(std::string_view bytes, bool &broken)
{
    broken = bytes.size() > longest ||
             bytes.substr(0, preface.size()) != preface.substr(0, bytes.size());
    if (broken || bytes.size() < preface.size())
        return std::nullopt;
    bytes.remove_prefix(preface.size());
    std::string block;
    bool begun = false;
    while (bytes.size() >= frameHead) {
        const std::size_t size = number(bytes, 3);
        const auto type = static_cast<unsigned char>(bytes[3]);
        const auto flags = static_cast<unsigned char>(bytes[4]);
        broken = size > longest || (begun && type != Continuation);
        if (broken || bytes.size() < frameHead + size)
            return std::nullopt;
        const std::string_view payload = bytes.substr(frameHead, size);
        bytes.remove_prefix(frameHead + size);
        if (type != Headers && type != Continuation)
            continue;
        begun = true;
        broken = !takeBlock(payload, type == Headers ? flags : 0, block);
        if (broken)
            return std::nullopt;
        if (!(flags & EndHeaders))
            continue;
        std::optional<Http2Head> head = inflate(block);
        broken = !head;
        return head;
    }
    return std::nullopt;
}

void SettingsAckFilter::operator()(std::string &bytes)
{
    if (m_done)
        return;
    std::string all = std::move(m_held) + bytes;
    m_held.clear();
    bytes.clear();
    std::string_view rest = all;
    while (!rest.empty()) {
        const std::size_t passed = std::min(m_skip, rest.size());
        bytes.append(rest.substr(0, passed));
        rest.remove_prefix(passed);
        m_skip -= passed;
        if (rest.size() < frameHead) {
            m_held = rest;
            return;
        }
        const bool isAck = rest[3] == Settings && (rest[4] & Ack) != 0;
        if (isAck) {
            m_done = true;
            bytes.append(rest.substr(frameHead));
            return;
        }
        m_skip = frameHead + number(rest, 3);
    }
}

std::string_view http2Settings()
{
    return {"\0\0\0\4\0\0\0\0\0", frameHead};
}

std::string_view http2Refusal()
{
    return {"\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\15", frameHead + 8};
}

} // namespace runtime
