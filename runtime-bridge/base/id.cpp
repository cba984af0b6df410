#include "runtime-bridge/base/id.h"

#include "runtime-bridge/base/digest.h"

#include <sys/random.h>

#include <array>
#include <cstdlib>

namespace runtime {

std::string createId()
{
    std::array<unsigned char, 16> bytes{};
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
        if (got > 0)
            filled += std::size_t(got);
        else if (errno != EINTR)
            std::abort(); // the kernel has no randomness: nothing here can be trusted any more
    }
    return toHex({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

} // namespace runtime
