#pragma once

#include <QString>

#include <utility>

namespace device {

/// The smallest range of two round steps that holds [least, most].
[[nodiscard]] std::pair<double, double> niceRange(double least, double most);

/// A reading as people read it: "213.4", "0.25", "1".
[[nodiscard]] QString valueText(double value);

/// The step between marks of a time axis of \a span milliseconds on which about \a count fit: a
/// round one, of 1 ms to 5 years.
[[nodiscard]] double timeStep(double span, int count);
/// The first mark after \a from, in milliseconds since 1970: steps of a minute and more lie at
/// round local times.
[[nodiscard]] double firstTick(double from, double step);
/// What stands at a mark: "12:03:10", "12:03:10.250", "21 Nov".
[[nodiscard]] QString tickText(double time, double step);
/// A moment in full, as fine as a chart of \a span milliseconds shows it.
[[nodiscard]] QString momentText(double time, double span);
/// "10 s", "1.5 ms", "3 days".
[[nodiscard]] QString spanText(double span);

} // namespace device
