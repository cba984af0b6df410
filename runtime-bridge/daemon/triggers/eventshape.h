#pragma once

#include "runtime-bridge/daemon/embeddedfiles.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// The files of resources/events: "aws/object.json" has the shape of that kind's events for that
/// dialect, as its platform documents it.
[[nodiscard]] EmbeddedFiles embeddedEventShapes();

/// What the "${name}" of a shape stand for.
using EventValues = std::map<std::string, nlohmann::json>;

/// The event of \a kind for \a dialect, filled in: JSON text. A dialect without a shape of its own
/// has that of "any", else AWS's.
///
/// A text that is "${name}" alone becomes the value with its type; within a text the value is
/// written out; "${name:a=x,b=y}" becomes x where the value is a. So it is in names. A member whose
/// value is not known is left out. A list's item with "$each" is repeated for each of \a items,
/// whose values come before \a values; without one in the shape, the first item's values count.
/// {"$gzip": …} becomes its content's JSON text, compressed and in base64.
[[nodiscard]] std::string shapeEvent(const std::string &kind, const std::string &dialect,
                                     const EventValues &values,
                                     const std::vector<EventValues> &items = {});

/// Whether an event of \a kind can hold several items for \a dialect.
[[nodiscard]] bool takesSeveral(const std::string &kind, const std::string &dialect);

/// "2026-11-21T08:59:00Z", with ".123" where \a withMilliseconds.
[[nodiscard]] std::string eventTime(std::int64_t timeUs, bool withMilliseconds = false);

/// What every shape may name: time, time_ms, seconds, id, function.
[[nodiscard]] EventValues commonValues(const std::string &function, std::int64_t timeUs);

/// Digests as the shapes write them: md5, md5_upper, md5_base64 of \a bytes.
void addDigests(EventValues &values, std::string_view bytes);

} // namespace runtime
