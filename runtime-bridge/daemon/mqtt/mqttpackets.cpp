#include "runtime-bridge/daemon/mqtt/mqttpackets.h"

#include <array>

namespace runtime::mqtt {

namespace {

std::string number16(std::uint16_t value)
{
    return {char(value >> 8), char(value & 0xff)};
}

/// Text with its length before it; what is too long is cut, and nothing of ours is.
std::string counted(std::string_view text)
{
    text = text.substr(0, 0xffff);
    return number16(std::uint16_t(text.size())).append(text);
}

std::string packet(PacketType type, std::uint8_t flags, std::string_view body)
{
    std::string bytes(1, char(std::uint8_t(type) << 4 | flags));
    std::size_t rest = body.size();
    do {
        const auto low = std::uint8_t(rest % 128);
        rest /= 128;
        bytes += char(rest > 0 ? low | 0x80 : low);
    } while (rest > 0);
    return bytes.append(body);
}

std::uint16_t readNumber16(std::string_view bytes)
{
    return std::uint16_t(std::uint8_t(bytes[0]) << 8 | std::uint8_t(bytes[1]));
}

} // namespace

std::string connectPacket(const ConnectOptions &options)
{
    std::string body = counted("MQTT") + char(4);
    const bool hasUser = !options.user.empty();
    const bool hasPassword = hasUser && !options.password.empty();
    body += char((hasUser ? 0x80 : 0) | (hasPassword ? 0x40 : 0) | (options.isClean ? 0x02 : 0));
    body += number16(options.keepAliveSec) + counted(options.client);
    if (hasUser)
        body += counted(options.user);
    if (hasPassword)
        body += counted(options.password);
    return packet(PacketType::Connect, 0, body);
}

std::string subscribePacket(std::uint16_t id, std::string_view filter, int qos)
{
    return packet(PacketType::Subscribe, 2, number16(id) + counted(filter) + char(qos));
}

std::string answerPacket(PacketType type, std::uint16_t id)
{
    return packet(type, type == PacketType::Pubrel ? 2 : 0, number16(id));
}

std::string emptyPacket(PacketType type)
{
    return packet(type, 0, {});
}

std::string refusalOf(const Packet &connack)
{
    static constexpr std::array reasons{"",
                                        "it does not speak MQTT 3.1.1",
                                        "it does not accept the client's name",
                                        "it serves nobody at present",
                                        "user name or password are wrong",
                                        "the user may not connect"};
    if (connack.type != PacketType::Connack || connack.body.size() != 2)
        return "what answers is no MQTT broker";
    const auto code = std::size_t(std::uint8_t(connack.body[1]));
    return code < reasons.size() ? reasons[code] : "it refuses for reason " + std::to_string(code);
}

bool hasSession(const Packet &connack)
{
    return connack.body.size() == 2 && (connack.body[0] & 1);
}

std::optional<std::uint16_t> idOf(const Packet &packet)
{
    if (packet.body.size() < 2)
        return std::nullopt;
    return readNumber16(packet.body);
}

std::optional<Publication> publicationOf(const Packet &packet)
{
    Publication message;
    message.qos = packet.flags >> 1 & 3;
    message.isRetained = packet.flags & 1;
    message.isRepeated = packet.flags & 8;
    const std::string_view body = packet.body;
    if (message.qos > 2 || body.size() < 2)
        return std::nullopt;
    const std::size_t topicEnd = 2 + std::size_t(readNumber16(body));
    const std::size_t payload = topicEnd + (message.qos > 0 ? 2 : 0);
    if (topicEnd == 2 || body.size() < payload)
        return std::nullopt;
    message.topic = body.substr(2, topicEnd - 2);
    if (message.qos > 0)
        message.id = readNumber16(body.substr(topicEnd));
    if (message.qos > 0 && message.id == 0)
        return std::nullopt;
    message.payload = body.substr(payload);
    return message;
}

std::optional<Packet> PacketReader::next()
{
    if (!m_begun && !m_bytes.empty()) {
        m_begun = true;
        m_broken = std::uint8_t(m_bytes[0]) != std::uint8_t(PacketType::Connack) << 4;
    }
    std::size_t size = 0;
    std::size_t at = 1;
    for (int shift = 0;; shift += 7, ++at) {
        if (shift > 21) {
            m_broken = true;
            return std::nullopt;
        }
        if (m_bytes.size() <= at)
            return std::nullopt;
        size |= std::size_t(m_bytes[at] & 0x7f) << shift;
        if (!(m_bytes[at] & 0x80))
            break;
    }
    ++at;
    if (size > longest)
        m_broken = true;
    if (m_broken || m_bytes.size() < at + size)
        return std::nullopt;
    const auto first = std::uint8_t(m_bytes[0]);
    Packet packet{PacketType(first >> 4), std::uint8_t(first & 0x0f), m_bytes.substr(at, size)};
    m_bytes.erase(0, at + size);
    return packet;
}

} // namespace runtime::mqtt
