#pragma once

#include "device-manager/core/devicefacts.h"

#include <chrono>
#include <optional>
#include <vector>

namespace device {

/// One point of the device test: what functions need, what was found, and what helps where that
/// is not enough.
struct TestPoint {
    enum class Mark { Good, Note, Bad };
    const char *name; ///< "light sensor".
    Mark mark;
    QString found;
    const char *remedy; ///< Empty where there is nothing to mend.
};

/// \a ahead: how far the device's clock is before this computer's; the clock is left out where
/// nobody knows.
[[nodiscard]] std::vector<TestPoint> deviceTest(const DeviceFacts &facts,
                                                std::optional<std::chrono::microseconds> ahead);

/// "1.8 GB", "420 MB".
[[nodiscard]] QString sizeText(std::uint64_t bytes);

} // namespace device
