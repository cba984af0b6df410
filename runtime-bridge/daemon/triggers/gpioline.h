#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/descriptor.h"
#include "runtime-bridge/function/sensortrigger.h"

#include <linux/gpio.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace runtime {

/// Where the character devices of GPIO chips are, and how they are spoken to.
struct GpioSystem {
    std::filesystem::path folder = "/dev";
    int (*control)(int descriptor, unsigned long request, void *data) = nullptr; ///< Null: ioctl.
};

/// A line whose edges come from \c events, as gpio_v2_line_event.
struct GpioLine {
    Descriptor events;
    std::string chip; ///< "gpiochip0"
    std::string name; ///< "GPIO17", else its number.
};

/// Asks the kernel for the edges of the line that \a trigger names, by its number or its name.
/// Failure: its detail says what is missing and what helps.
[[nodiscard]] Result<GpioLine> openGpioLine(const SensorTrigger &trigger,
                                            const GpioSystem &system = {});

/// What openGpioLine() asks for.
[[nodiscard]] gpio_v2_line_request gpioRequest(const SensorTrigger &trigger, std::uint32_t line);

struct GpioEdge {
    bool isRising = false;
    std::int64_t timeUs = 0;  ///< Of the day.
    std::uint32_t missed = 0; ///< Edges before it that the kernel had no room for.
};
/// The edges that \a descriptor has now. Failure: it has gone. \a last: number of the last edge.
[[nodiscard]] Result<std::vector<GpioEdge>> readGpioEdges(int descriptor, std::uint32_t &last);

} // namespace runtime
