#pragma once

#include "device-manager/core/readingstore.h"

#include <QString>

#include <limits>
#include <set>
#include <stop_token>

namespace device {

/// Which readings an export holds.
struct ExportRange {
    std::int64_t fromUs = std::numeric_limits<std::int64_t>::min();
    std::int64_t toUs = std::numeric_limits<std::int64_t>::max();
    std::set<SeriesName> series = {}; ///< Empty: all.
};

/// Writes the readings of \a store in \a range to \a file, whole or not at all, as lines of
/// time,function,series,value,sequence,bundle with that line first; time in seconds since 1970 with
/// microseconds, oldest first. Works beside the store, in little memory. \a store must outlive the
/// result.
[[nodiscard]] ReadingStore::Reply<> exportReadings(ReadingStore &store, const QString &file,
                                                   const ExportRange &range = {},
                                                   std::stop_token stop = {});

inline constexpr const char *csvHead = "time,function,series,value,sequence,bundle";
/// One such line, without its end.
[[nodiscard]] std::string csvLine(const runtime::Reading &reading);

} // namespace device
