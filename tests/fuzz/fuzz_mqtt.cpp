// What an MQTT broker sends: packets in pieces of any size, and what each says.
#include "runtime-bridge/daemon/mqtt/mqttpackets.h"

using namespace runtime::mqtt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::size_t piece = 1 + data[0];
    const std::string_view bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
    PacketReader reader;
    for (std::size_t at = 0; at < bytes.size() && !reader.isBroken(); at += piece) {
        reader.feed(bytes.substr(at, piece));
        while (const auto packet = reader.next()) {
            (void)refusalOf(*packet);
            (void)hasSession(*packet);
            (void)idOf(*packet);
            (void)publicationOf(*packet);
        }
    }
    return 0;
}
