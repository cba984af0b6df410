#pragma once

#include "runtime-bridge/function/alarm.h"
#include "runtime-bridge/function/triggersettings.h"

#include <vector>

namespace runtime {

/// An application file's "alarms" of the function \a owner:
/// "- {on: failures, above: 5%, for: 1m, action: {webhook: …}}". Those that can be used; everything
/// that is wrong was noted by then.
[[nodiscard]] std::vector<Alarm> readAlarms(const YAML::Node &node, const std::string &owner,
                                            const NoteProblem &note);

/// An item of such a list.
[[nodiscard]] std::string alarmText(const Alarm &alarm);

} // namespace runtime
