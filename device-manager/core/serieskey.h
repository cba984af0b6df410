#pragma once

#include <QString>

#include <tuple>

namespace device {

/// What names a series among all that a window watches.
struct SeriesKey {
    QString place; ///< The device or "here"; in an arrangement empty for the one that is watched.
    QString function;
    QString series;

    friend bool operator==(const SeriesKey &, const SeriesKey &) = default;
    friend bool operator<(const SeriesKey &a, const SeriesKey &b)
    {
        return std::tie(a.place, a.function, a.series) < std::tie(b.place, b.function, b.series);
    }
};

} // namespace device
