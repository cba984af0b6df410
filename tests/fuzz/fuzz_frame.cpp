// The bridge protocol: frames in pieces of any size, and every value that a client may send.
#include "runtime-bridge/protocol/frame.h"
#include "runtime-bridge/protocol/messages.h"

#include <nlohmann/json.hpp>

using namespace runtime;

namespace {

template<typename T> void read(const nlohmann::json &message)
{
    (void)fromJson<T>(message);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::size_t piece = 1 + data[0];
    const std::string_view bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
    FrameReader reader;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.feed(bytes.substr(at, piece));
        while (const auto message = reader.next()) {
            if (!*message)
                return 0; // the channel is closed
            (void)functionSpecFromJson(**message);
            read<Invocation>(**message);
            read<InvokeRequest>(**message);
            read<PutRequest>(**message);
            read<DebugRequest>(**message);
            read<Reading>(**message);
            read<Fault>(**message);
        }
    }
    return 0;
}
