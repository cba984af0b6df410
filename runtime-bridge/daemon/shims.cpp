#include "runtime-bridge/daemon/shims.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/daemon/archive.h"

namespace runtime {

namespace fs = std::filesystem;

Result<fs::path> writeShims(const fs::path &folder)
{
    const Result<std::vector<ArchiveFile>> shims = unpackZip(embeddedShims());
    if (!shims)
        return tl::unexpected(shims.error());
    std::string all;
    for (const ArchiveFile &shim : *shims)
        all.append(shim.path).append("\n").append(shim.bytes);
    const fs::path target = folder / shortDigest(digestOf(all), 16);
    for (const ArchiveFile &shim : *shims) {
        const Result<std::string> present = readFile(target / shim.path);
        if (present && *present == shim.bytes)
            continue;
        if (const Result<> written = writeFile(target / shim.path, shim.bytes); !written)
            return tl::unexpected(written.error());
    }
    return target;
}

} // namespace runtime
