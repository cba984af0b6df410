#include "runtime-bridge/base/id.h"

#include "runtime-bridge/base/digest.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <span>

namespace runtime {

namespace {

using Bytes = std::array<unsigned char, 16>;

void fillRandom(std::span<unsigned char> bytes)
{
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
        if (got > 0)
            filled += std::size_t(got);
        else if (errno != EINTR)
            std::abort(); // the kernel has no randomness: nothing here can be trusted any more
    }
}

std::string hexOf(const Bytes &bytes)
{
    return toHex({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

} // namespace

std::string createId()
{
    Bytes bytes;
    fillRandom(bytes);
    return hexOf(bytes);
}

std::string createSortableId()
{
    constexpr std::size_t timeSize = 6, randomSize = 10;
    thread_local std::array<unsigned char, 25 * randomSize> stock;
    thread_local std::size_t used = stock.size();
    if (used == stock.size()) {
        fillRandom(stock);
        used = 0;
    }
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    Bytes bytes;
    for (std::size_t i = 0; i < timeSize; ++i)
        bytes[i] = static_cast<unsigned char>(std::uint64_t(now) >> (8 * (timeSize - 1 - i)));
    std::copy_n(stock.begin() + std::ptrdiff_t(used), randomSize, bytes.begin() + timeSize);
    used += randomSize;
    return hexOf(bytes);
}

} // namespace runtime
