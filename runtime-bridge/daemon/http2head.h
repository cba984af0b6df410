#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace runtime {

/// What the first request of an HTTP/2 connection says (RFC 9113, 8.3.1).
struct Http2Head {
    std::string method;
    std::string path; ///< With its query.
    std::string authority;
    std::string traceparent, tracestate;
};

/// Of the bytes a client sends from the connection's start. Nothing yet: more are needed.
/// \a broken is set when they are no HTTP/2, or too many before the first request.
[[nodiscard]] std::optional<Http2Head> readHttp2Head(std::string_view bytes, bool &broken);

/// Takes the client's first acknowledgement of settings out of what it sends: it answers settings
/// that we sent, of which the service knows nothing. The rest stays as it is.
class SettingsAckFilter
{
public:
    void operator()(std::string &bytes);

private:
    std::string m_held;      ///< Bytes of a frame's head that is not whole yet.
    std::size_t m_skip = 24; ///< Bytes to let pass before the next frame; the preface first.
    bool m_done = false;
};

/// An empty SETTINGS frame: some clients send nothing before they have the server's.
[[nodiscard]] std::string_view http2Settings();
/// GOAWAY with HTTP_1_1_REQUIRED: nothing here answers this over HTTP/2.
[[nodiscard]] std::string_view http2Refusal();

} // namespace runtime
