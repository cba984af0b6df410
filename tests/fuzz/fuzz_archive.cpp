// A zip from anywhere.
#include "runtime-bridge/daemon/archive.h"

#include <cstdlib>

using namespace runtime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    constexpr ArchiveLimits limits{1u << 20, 100};
    const auto files = unpackZip({reinterpret_cast<const char *>(data), size}, limits);
    if (!files)
        return 0;
    std::uint64_t bytes = 0;
    for (const ArchiveFile &file : *files) {
        bytes += file.bytes.size();
        const std::string path = '/' + file.path + '/';
        if (file.path.empty() || file.path[0] == '/' || path.find("/../") != std::string::npos)
            std::abort(); // it would leave its folder
    }
    if (bytes > limits.bytes || files->size() > limits.files)
        std::abort();
    return 0;
}
