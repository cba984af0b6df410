#pragma once

#include "device-manager/core/readingstore.h"

#include <QString>

namespace device {

/// Writes every reading of \a store to \a file, whole or not at all, as lines of
/// time,function,series,value,sequence,bundle with that line first; time in seconds since 1970 with
/// microseconds. \a store must outlive the result.
[[nodiscard]] ReadingStore::Reply<> exportReadings(ReadingStore &store, const QString &file);

/// One such line, without its end.
[[nodiscard]] std::string csvLine(const runtime::Reading &reading);

} // namespace device
