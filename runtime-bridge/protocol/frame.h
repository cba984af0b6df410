#pragma once

#include "runtime-bridge/base/error.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

/// The largest frame that either side accepts. Blobs above blobChunk go in several put requests.
inline constexpr std::size_t maxFrame = 32u << 20;
/// An event or a result: an invocation with both, its log and what was captured fits into a frame.
inline constexpr std::size_t maxPayload = 12u << 20;

/// One frame: four bytes of length, most significant first, then that many bytes of CBOR (RFC
/// 8949).
[[nodiscard]] std::string encodeFrame(const nlohmann::json &message);

/// Takes bytes as they come and gives whole frames back. After an error the channel must be closed:
/// the position in the stream is lost.
class FrameReader
{
public:
    void feed(std::string_view bytes);

    /// The next whole message: a CBOR map. Nothing when more bytes are needed;
    /// ErrorCode::RequestInvalid when a frame is too large, not CBOR, or not a map.
    [[nodiscard]] std::optional<Result<nlohmann::json>> next();

private:
    std::string m_buffer;
    std::size_t m_read = 0; ///< Bytes of m_buffer already given out.
};

} // namespace runtime
