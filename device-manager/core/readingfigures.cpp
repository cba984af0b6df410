#include "device-manager/core/readingseries.h"

#include <algorithm>

namespace device {

void ReadingFigures::add(const ReadingFigures &other)
{
    if (other.count == 0)
        return;
    if (count == 0) {
        *this = other;
        return;
    }
    if (other.low < low || (other.low == low && other.lowUs < lowUs)) {
        low = other.low;
        lowUs = other.lowUs;
    }
    if (other.high > high || (other.high == high && other.highUs < highUs)) {
        high = other.high;
        highUs = other.highUs;
    }
    firstUs = std::min(firstUs, other.firstUs);
    lastUs = std::max(lastUs, other.lastUs);
    count += other.count;
    sum += other.sum;
}

} // namespace device
