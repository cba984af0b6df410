#include "runtime-bridge/daemon/embeddedfiles.h"

#include <zstd.h>

#include <cstdlib>

namespace runtime {

std::vector<std::pair<std::string, std::string>> unpack(const EmbeddedFiles &files)
{
    std::string all(files.size, '\0');
    if (ZSTD_decompress(all.data(), all.size(), files.bytes.data(), files.bytes.size()) !=
        all.size())
        std::abort(); // the program's own file is damaged
    std::vector<std::pair<std::string, std::string>> unpacked;
    std::size_t next = all.find("\n\n") + 2;
    for (std::size_t at = 0; all[at] != '\n'; at = all.find('\n', at) + 1) {
        const std::size_t space = all.find(' ', at);
        const std::size_t size = std::strtoull(&all[space], nullptr, 10);
        unpacked.emplace_back(all.substr(at, space - at), all.substr(next, size));
        next += size;
    }
    return unpacked;
}

} // namespace runtime
