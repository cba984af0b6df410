#include "runtime-bridge/protocol/frame.h"

#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace runtime {

using nlohmann::json;

std::string encodeFrame(const json &message)
{
    std::string frame(4, '\0');
    json::to_cbor(message, nlohmann::detail::output_adapter<char>(frame));
    const std::size_t size = frame.size() - 4;
    for (int i = 0; i < 4; ++i)
        frame[std::size_t(i)] = char((size >> (24 - 8 * i)) & 0xff);
    return frame;
}

void FrameReader::feed(std::string_view bytes)
{
    if (m_read == m_buffer.size()) {
        m_buffer.clear();
        m_read = 0;
    } else if (m_read > (1u << 20)) {
        m_buffer.erase(0, m_read);
        m_read = 0;
    }
    m_buffer.append(bytes);
}

std::optional<Result<json>> FrameReader::next()
{
    const std::string_view rest = std::string_view(m_buffer).substr(m_read);
    if (rest.size() < 4)
        return std::nullopt;
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i)
        size = size << 8 | static_cast<unsigned char>(rest[std::size_t(i)]);
    if (size > maxFrame)
        return failure(ErrorCode::RequestInvalid, "frame",
                       std::to_string(size) + " bytes, more than " + std::to_string(maxFrame));
    if (rest.size() - 4 < size)
        return std::nullopt;
    json message = readCbor(rest.substr(4, size));
    m_read += 4 + size;
    if (!message.is_object())
        return failure(ErrorCode::RequestInvalid, "frame", "not a CBOR map");
    return message;
}

} // namespace runtime
