#include "runtime-bridge/sources/source.h"

#include "runtime-bridge/base/bytetext.h"

#include <nlohmann/json.hpp>

namespace runtime::sources {

void addBytes(nlohmann::json &message, std::string_view bytes)
{
    if (isUtf8(bytes))
        message["text"] = bytes;
    else
        message["base64"] = toBase64(bytes);
}

std::string textOrBase64(std::string_view bytes)
{
    return isUtf8(bytes) ? std::string(bytes) : toBase64(bytes);
}

} // namespace runtime::sources
