#include "runtime-bridge/daemon/shims.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"

namespace runtime {

namespace fs = std::filesystem;

Result<fs::path> writeShims(const fs::path &folder)
{
    std::string all;
    for (const Shim &shim : embeddedShims())
        all.append(shim.path).append("\n").append(shim.text);
    const fs::path target = folder / shortDigest(digestOf(all), 16);
    for (const Shim &shim : embeddedShims()) {
        const Result<std::string> present = readFile(target / shim.path);
        if (present && *present == shim.text)
            continue;
        if (const Result<> written = writeFile(target / shim.path, shim.text); !written)
            return tl::unexpected(written.error());
    }
    return target;
}

} // namespace runtime
