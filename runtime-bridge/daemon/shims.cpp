#include "runtime-bridge/daemon/shims.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"

namespace runtime {

namespace fs = std::filesystem;

Result<fs::path> writeShims(const fs::path &folder)
{
    const auto shims = unpack(embeddedShims());
    std::string all;
    for (const auto &[path, bytes] : shims)
        all.append(path).append("\n").append(bytes);
    const fs::path target = folder / shortDigest(digestOf(all), 16);
    for (const auto &[path, bytes] : shims) {
        const Result<std::string> present = readFile(target / path);
        if (present && *present == bytes)
            continue;
        if (const Result<> written = writeFile(target / path, bytes); !written)
            return tl::unexpected(written.error());
    }
    return target;
}

} // namespace runtime
