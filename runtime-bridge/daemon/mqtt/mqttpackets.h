#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runtime::mqtt {

/// MQTT 3.1.1 (OASIS standard, 29 October 2014), what a subscriber needs of it. The numbers are
/// those of its section 2.2.1.
enum class PacketType : std::uint8_t {
    Connect = 1,
    Connack = 2,
    Publish = 3,
    Puback = 4,
    Pubrec = 5,
    Pubrel = 6,
    Pubcomp = 7,
    Subscribe = 8,
    Suback = 9,
    Pingreq = 12,
    Pingresp = 13,
    Disconnect = 14,
};

struct Packet {
    PacketType type{};
    std::uint8_t flags = 0; ///< The low half of the first byte.
    std::string body{};     ///< What follows the fixed header.
};

struct Publication {
    std::string topic{};
    std::string payload{};
    std::uint16_t id = 0; ///< 0 with QoS 0.
    int qos = 0;
    bool isRetained = false;
    bool isRepeated = false;
};

struct ConnectOptions {
    std::string client{}; ///< At most 23 letters and digits.
    std::string user{};   ///< Empty: none, and no password.
    std::string password{};
    bool isClean = true;             ///< The broker forgets the client when it goes.
    std::uint16_t keepAliveSec = 30; ///< Silence after which the broker gives the client up.
};

[[nodiscard]] std::string connectPacket(const ConnectOptions &options);
[[nodiscard]] std::string subscribePacket(std::uint16_t id, std::string_view filter, int qos);
/// Puback, Pubrec, Pubrel or Pubcomp.
[[nodiscard]] std::string answerPacket(PacketType type, std::uint16_t id);
/// Pingreq or Disconnect.
[[nodiscard]] std::string emptyPacket(PacketType type);

/// What a broker's CONNACK says: empty when it accepts, else why not.
[[nodiscard]] std::string refusalOf(const Packet &connack);
/// Whether the broker that accepted remembers the client ("session present").
[[nodiscard]] bool hasSession(const Packet &connack);
/// The number that an answer is about; nothing when it is too short.
[[nodiscard]] std::optional<std::uint16_t> idOf(const Packet &packet);
/// Nothing when it breaks the protocol.
[[nodiscard]] std::optional<Publication> publicationOf(const Packet &packet);

/// Cuts what a broker sends on a connection into packets. Its first is a CONNACK, or it is none.
class PacketReader
{
public:
    /// Larger ones break the stream: a broker's own limit is 256 MB.
    static constexpr std::size_t longest = 8u << 20;

    void feed(std::string_view bytes) { m_bytes += bytes; }
    /// The next whole one; nothing while it is not there, or when the stream is broken.
    [[nodiscard]] std::optional<Packet> next();
    [[nodiscard]] bool isBroken() const { return m_broken; }

private:
    std::string m_bytes;
    bool m_begun = false;
    bool m_broken = false;
};

} // namespace runtime::mqtt
