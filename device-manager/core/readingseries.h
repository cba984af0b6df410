#pragma once

#include <QPointF>

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace device {

/// What names a series on one device.
struct SeriesName {
    std::string function;
    std::string series;
    auto operator<=>(const SeriesName &) const = default;
};

/// A series that the store holds.
struct ReadingSeries {
    SeriesName name;
    std::int64_t firstUs = 0;
    std::int64_t lastUs = 0;
};

/// Part of a series as a chart draws it.
struct SeriesPoints {
    std::vector<QPointF> points; ///< x in milliseconds since 1970.
    std::uint64_t raw = 0;       ///< How many readings these points stand for.
};

} // namespace device
