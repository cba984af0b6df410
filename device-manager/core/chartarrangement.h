#pragma once

#include "device-manager/core/serieskey.h"
#include "runtime-bridge/base/error.h"

#include <QByteArray>

#include <set>
#include <vector>

namespace device {

/// A value that a series should not pass.
struct Threshold {
    double value = 0;
    bool above = true; ///< Alarm above it; else below.
    bool operator==(const Threshold &) const = default;
    [[nodiscard]] bool isPassedBy(double reading) const
    {
        return above ? reading > value : reading < value;
    }
};

/// One chart: which series, how they are scaled, what is marked.
struct ChartSpec {
    enum class Kind { Time, Xy }; ///< Xy: the second series over the first.
    enum class Scale {
        Shared,     ///< One axis for all.
        Normalised, ///< Each from its own lowest to its own highest.
    };
    Kind kind = Kind::Time;
    Scale scale = Scale::Shared;
    std::vector<SeriesKey> series;
    std::vector<Threshold> thresholds;
    bool operator==(const ChartSpec &) const = default;
};

/// The charts of an application, in their order. What nobody arranged is not in it: a series that
/// is neither in a chart nor hidden gets a chart of its own.
struct ChartArrangement {
    std::vector<ChartSpec> charts;
    std::set<SeriesKey> hidden;
    bool operator==(const ChartArrangement &) const = default;

    /// Whether somebody decided where \a key belongs.
    [[nodiscard]] bool knows(const SeriesKey &key) const;
};

/// How series that are not arranged by hand are put together.
enum class Grouping { EachAlone, ByFunction, ByPlace, AllInOne };
[[nodiscard]] ChartArrangement grouped(const std::set<SeriesKey> &keys, Grouping grouping);

/// As it lies in the application's folder: .edgewright/charts.json.
[[nodiscard]] QByteArray toJson(const ChartArrangement &arrangement);
/// ErrorCode::RequestInvalid for what is no arrangement, or one of a newer version.
[[nodiscard]] runtime::Result<ChartArrangement> arrangementFromJson(const QByteArray &text);

} // namespace device
