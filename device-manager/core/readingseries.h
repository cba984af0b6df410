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

/// What is said of readings of one series that lie next to each other in time. Nothing but count 0
/// where there are none.
struct ReadingFigures {
    std::int64_t firstUs = 0, lastUs = 0;
    std::uint64_t count = 0;
    double sum = 0;
    double low = 0, high = 0;
    std::int64_t lowUs = 0, highUs = 0; ///< When the lowest and the highest were, the first time.

    void add(std::int64_t timeUs, double value)
    {
        add({timeUs, timeUs, 1, value, value, value, timeUs, timeUs});
    }
    void add(const ReadingFigures &other);
    [[nodiscard]] double mean() const { return count == 0 ? 0 : sum / double(count); }
    /// Readings a second; 0 with fewer than two times.
    [[nodiscard]] double rate() const
    {
        return lastUs > firstUs ? double(count - 1) * 1e6 / double(lastUs - firstUs) : 0;
    }
    bool operator==(const ReadingFigures &) const = default;
};

/// Part of a series as a chart draws it.
struct SeriesPoints {
    std::vector<QPointF> points; ///< x in milliseconds since 1970; one before and one after.
    std::uint64_t raw = 0;       ///< How many readings these points stand for.
};

} // namespace device
